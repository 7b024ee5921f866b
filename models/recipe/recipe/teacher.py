"""Labels from a better recogniser: what viet-asr hears in sentences, cut at its pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from bot.vietnamese.syllables import speakable

from recipe.recordings import RATE_HZ, Recordings, Samples

if TYPE_CHECKING:
    from bot.asr.vietasr_network import Network

Report = Callable[[str], None]

FRAME_S = 0.04
LEAD_S = 0.3  # silence before each clip, without which the teacher loses a first word
DELAY_S = 0.12  # from the middle of a word to where the teacher is sure of it
_PAUSE = 5  # frames without a token: a place to cut
_LONGEST_S = 5.0
_SURE = -0.25  # mean log probability of a piece's tokens


@dataclass(frozen=True, slots=True)
class Piece:
    """Words between two pauses of a clip; `start`, `end` and the middle of each word in samples."""

    clip: int
    start: int
    end: int
    words: tuple[str, ...]
    middles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A single word of a clip; `start` and `end` in samples."""

    word: str
    clip: int
    start: int
    end: int


def label(recordings: Recordings, report: Report) -> list[Piece]:
    """What the teacher hears in the train split's sentences, with text and without; nothing where it is not installed.

    The published texts have figures and mistakes in them; the teacher has fewer.
    """
    training = [(at, clip) for at, clip in enumerate(recordings.clips) if clip.split == "train"]
    chosen = [at for at, clip in training if clip.kind.startswith("sentence")]
    labelled: list[Piece] = []
    with ProcessPoolExecutor(initializer=_load) as pool:
        try:
            pool.submit(_tokens_known).result()
        except Exception as error:  # it says in Vietnamese what is missing
            report(f"no teacher, so sentences are left out: {error}")
            return []
        heard = pool.map(_pieces, chosen, (np.array(recordings.audio(at)) for at in chosen), chunksize=4)
        for number, found in enumerate(heard, start=1):
            labelled += found
            if number % 100 == 0:
                report(f"labelled {number} of {len(chosen)} sentences")
    return labelled


def cut_words(recordings: Recordings, found: Sequence[Piece], words: Sequence[str], report: Report) -> list[Cut]:
    """`words` cut out of the pieces, each where the teacher hears it in the cut alone and not another of them."""
    made = [cut for piece in found for cut in cuts(piece, frozenset(words))]
    audio = (np.array(recordings.audio(cut.clip)[cut.start : cut.end]) for cut in made)
    with ProcessPoolExecutor(initializer=_load) as pool:
        heard = list(pool.map(_likeliest, audio, repeat(tuple(words)), chunksize=20)) if made else []
    sure = [cut for cut, word in zip(made, heard, strict=True) if word == cut.word]
    report(f"cut {len(sure)} words out of sentences, {len(made) - len(sure)} more were not clear")
    return sure


def cuts(piece: Piece, words: frozenset[str]) -> Iterator[Cut]:
    """Half way between a word's middle and its neighbours'."""
    edges = [piece.start, *((a + b) // 2 for a, b in pairwise(piece.middles)), piece.end]
    for word, (start, end) in zip(piece.words, pairwise(edges), strict=True):
        if word in words and end - start > RATE_HZ // 10:
            yield Cut(word, piece.clip, start, end)


def _likeliest(samples: Samples, words: Sequence[str]) -> str:
    network = _network()
    log_probs = _log_probs(network, samples)
    best = [log_probs[:, network.vocabulary.index(f"▁{word}")].max() for word in words]
    return words[int(np.argmax(best))]


_teacher: list[Network | Exception] = []  # of a child process


def _load() -> None:
    try:
        from bot.asr.vietasr_network import Network

        _teacher.append(Network())
    except Exception as error:
        _teacher.append(error)


def _network() -> Network:
    """The teacher of this process. Raises what loading it raised."""
    if isinstance(_teacher[0], Exception):
        raise _teacher[0]
    return _teacher[0]


def _tokens_known() -> int:
    return len(_network().vocabulary)


def _log_probs(network: Network, samples: Samples) -> npt.NDArray[np.float32]:
    stream = network.open()
    parts = [stream.accept(samples).log_probs, stream.finish().log_probs]
    return np.concatenate([part for part in parts if len(part)])


def _pieces(clip: int, samples: Samples) -> list[Piece]:
    network = _network()
    log_probs = _log_probs(network, samples)
    return list(pieces(clip, log_probs.argmax(1), log_probs.max(1), network.vocabulary, len(samples)))


def pieces(
    clip: int, tokens: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], vocabulary: Sequence[str], samples: int
) -> Iterator[Piece]:
    """The sure pieces of a clip. `tokens` and `scores` [frames] are the best token of each frame and its log
    probability; token 0 is the blank, and a token that begins a word begins with "▁"."""
    spoken = [t for t in np.flatnonzero(tokens) if t == 0 or tokens[t] != tokens[t - 1]]
    if not spoken:
        return
    groups, group = [], [spoken[0]]
    for last, frame in pairwise(spoken):
        long = (frame - group[0]) * FRAME_S > _LONGEST_S and frame - last >= 3
        if frame - last > _PAUSE or long:
            groups.append(group)
            group = []
        group.append(frame)
    groups.append(group)
    edges = [0.0, *((a[-1] + b[0]) / 2 for a, b in pairwise(groups)), len(tokens)]
    for number, group in enumerate(groups):
        text = "".join(vocabulary[tokens[frame]] for frame in group)
        words = tuple(text.replace("▁", " ").split())
        if not text.startswith("▁") or not speakable(" ".join(words)) or scores[group].mean() < _SURE:
            continue
        start, end = (_sample(edge) for edge in edges[number : number + 2])
        middles = tuple(_sample(frame) for frame in group if vocabulary[tokens[frame]].startswith("▁"))
        yield Piece(clip, max(start, 0), min(end, samples), words, middles)


def _sample(frame: float) -> int:
    return int((frame * FRAME_S - LEAD_S - DELAY_S) * RATE_HZ)
