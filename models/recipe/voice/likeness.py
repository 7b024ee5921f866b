"""Is a training speaker recognised in the average voice? By the colour of the spectrum; its pitch is a setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voice.choice import Candidate
from voice.speakers import voice_print
from voice.world import Floats, Parameters

Names = npt.NDArray[np.str_]

_FEWEST = 40  # clips of a speaker who is compared
_SHRINKAGE = 0.3  # of the covariance within speakers
_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Distances where clips of one speaker vary by 1 in every direction, as an LDA sees them.

    `distances`: of each speaker to the average voice. The rest are ratios of the nearest speaker's distance to the
    second nearest's, near 0 where one is recognised and near 1 where nobody is: of the voice, of a stranger (each
    speaker among the others), of a speaker's own half (among all, his other half with them). `identified`: how many of
    those halves are nearest to their own speaker.
    """

    distances: Mapping[str, float]
    strangers: tuple[float, ...]
    own: tuple[float, ...]
    identified: float

    @property
    def nearest(self) -> str:
        return min(self.distances, key=self.distances.__getitem__)

    @property
    def ratio(self) -> float:
        return _ratio(list(self.distances.values()))

    @property
    def is_nobodys(self) -> bool:
        """The nearest speaker is no more marked than the nearest of a stranger is by chance (nine in ten)."""
        return self.ratio >= float(np.percentile(self.strangers, 10))

    @property
    def sentence(self) -> str:
        return (
            f"{'no speaker' if self.is_nobodys else 'A SPEAKER'} recognised: {self.nearest} is nearest, at "
            f"{self.ratio:.2f} of the second; strangers {np.percentile(self.strangers, 10):.2f} and more, a speaker's "
            f"own half {np.median(self.own):.2f} ({self.identified:.0%} of halves identified)"
        )


def likeness(candidates: Sequence[Candidate], voice: Mapping[str, Parameters]) -> Likeness:
    """`voice`: the averages by their words."""
    names = np.array([each.speaker for each in candidates])
    words = np.array([each.clip.word for each in candidates])
    prints = np.stack([_colour(each.said) for each in candidates])
    of_word = _word_effects(prints, words, names)
    rest = prints - np.stack([of_word[word] for word in words])
    ours = np.mean([_colour(said) - of_word[word] for word, said in voice.items()], axis=0)
    return compared(rest, names, ours, fewest=_FEWEST)


def compared(prints: Floats, names: Names, voice: Floats, *, fewest: int = 2) -> Likeness:
    """`prints` [clips, colours] of the speakers `names` [clips] and of the voice [colours], free of what is said.

    Speakers of fewer than `fewest` clips are left out.
    """
    known = [name for name in dict.fromkeys(names.tolist()) if (names == name).sum() >= fewest]
    whiten = _whitening(prints, names, known)
    halves = [{name: whiten @ prints[names == name][half::2].mean(axis=0) for name in known} for half in (0, 1)]
    whole = {name: whiten @ prints[names == name].mean(axis=0) for name in known}
    others = {name: [apart for other, apart in _apart(whole[name], whole).items() if other != name] for name in known}
    own = {name: _apart(halves[0][name], {**whole, name: halves[1][name]}) for name in known}
    return Likeness(
        distances=_apart(whiten @ voice, whole),
        strangers=tuple(_ratio(far) for far in others.values()),
        own=tuple(_ratio(list(far.values())) for far in own.values()),
        identified=float(np.mean([min(far, key=far.__getitem__) == name for name, far in own.items()])),
    )


def _ratio(distances: Sequence[float]) -> float:
    nearest, second, *_ = [*sorted(distances), np.inf, np.inf]
    return float(nearest / second) if np.isfinite(second) else 0.0


def _apart(place: Floats, places: Mapping[str, Floats]) -> dict[str, float]:
    return {name: float(np.linalg.norm(place - other)) for name, other in places.items()}


def _colour(said: Parameters) -> Floats:
    return voice_print(said)[:-1]


def _word_effects(prints: Floats, words: Names, names: Names) -> dict[str, Floats]:
    """What a word adds to the print of whoever says it; speakers say different words, so both are fitted in turn."""
    effects = {word: prints[words == word].mean(axis=0) for word in dict.fromkeys(words.tolist())}
    for _ in range(_ROUNDS):
        rest = prints - np.stack([effects[word] for word in words])
        people = {name: rest[names == name].mean(axis=0) for name in dict.fromkeys(names.tolist())}
        alone = prints - np.stack([people[name] for name in names])
        effects = {word: alone[words == word].mean(axis=0) for word in effects}
    return effects


def _whitening(rest: Floats, names: Names, known: Sequence[str]) -> Floats:
    within = np.mean([np.cov(rest[names == name].T) for name in known], axis=0)
    shrunk = (1 - _SHRINKAGE) * within + _SHRINKAGE * np.diag(np.diag(within))
    return np.asarray(np.linalg.inv(np.linalg.cholesky(shrunk)))
