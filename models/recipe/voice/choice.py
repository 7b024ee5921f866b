"""Which clips of a word make its average: clear and usual ones, of many speakers, nobody's share too large."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voice.clips import DigitClip
from voice.world import Floats, Parameters

LARGEST_SHARE_OF_A_WORD = 0.2
LARGEST_SHARE = 0.15  # of the whole voice
_FRAMES = 50
_SHAPE = slice(1, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A clip with what is known of it; `speaker` is a cluster's name, `clearness` what a recogniser makes of it."""

    clip: DigitClip
    said: Parameters
    speaker: str
    clearness: int


class SharesError(ValueError):
    """One speaker would be too much of the voice."""


def choose(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """About `count` candidates of one word: each speaker's best in turn, none beyond the largest share of a word.

    Raises:
        SharesError: there are too few speakers to keep everybody's share small.
    """
    usual = _distances(candidates)
    order = sorted(range(len(candidates)), key=lambda at: (-candidates[at].clearness, usual[at]))
    speakers: dict[str, list[Candidate]] = defaultdict(list)
    for at in order:
        if candidates[at].clearness:
            speakers[candidates[at].speaker].append(candidates[at])
    chosen: list[Candidate] = []
    for turn in range(count):
        for name in sorted(speakers):
            if turn < len(speakers[name]) and len(chosen) < count:
                chosen.append(speakers[name][turn])
    for most in range(count, 0, -1):
        kept = _at_most(chosen, most)
        if most == 1 or max(shares(kept).values(), default=0.0) <= LARGEST_SHARE_OF_A_WORD:
            break
    check_shares(kept, LARGEST_SHARE_OF_A_WORD)
    return kept


def shares(chosen: Sequence[Candidate]) -> dict[str, float]:
    """Each speaker's part of the clips, the largest first."""
    counts = Counter(each.speaker for each in chosen)
    return {name: count / len(chosen) for name, count in counts.most_common()}


def check_shares(chosen: Sequence[Candidate], largest: float = LARGEST_SHARE) -> None:
    """Raises SharesError: a speaker has more than the largest share."""
    name, share = next(iter(shares(chosen).items()), ("nobody", 1.0))
    if share > largest:
        raise SharesError(f"{name} would be {share:.0%} of the clips, more than {largest:.0%}: record more speakers")


def _at_most(chosen: Sequence[Candidate], most: int) -> list[Candidate]:
    seen: Counter[str] = Counter()
    kept = []
    for each in chosen:
        seen[each.speaker] += 1
        if seen[each.speaker] <= most:
            kept.append(each)
    return kept


def _distances(candidates: Sequence[Candidate]) -> Floats:
    """How unusual each one's spectrum is among its word's: mis-cut clips are far from the median."""
    shapes = np.stack([each.said.stretched(_FRAMES).cepstra[:, _SHAPE] for each in candidates])
    shapes = shapes - shapes.mean(axis=1, keepdims=True)  # the speaker's own colour
    return np.asarray(((shapes - np.median(shapes, axis=0)) ** 2).sum(axis=(1, 2)))
