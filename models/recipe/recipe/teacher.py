"""Labels from a better recogniser: what viet-asr hears in sentences, cut at its pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recipe.recordings import RATE_HZ, Recordings
from recipe.syllables import speakable

FRAME_S = 0.04
LEAD_S = 0.3  # silence before each clip, without which the teacher loses a first word
_PAUSE = 5  # frames without a token: a place to cut
_LONGEST_S = 5.0
_SURE = -0.25  # mean log probability of a piece's tokens


@dataclass(frozen=True, slots=True)
class Piece:
    """Words between two pauses of a clip; `start` and `end` in samples."""

    clip: int
    start: int
    end: int
    words: tuple[str, ...]


def label(recordings: Recordings, report: Callable[[str], None]) -> list[Piece]:
    """What the teacher hears in the train split's sentences, with text and without; nothing where it is not installed.

    The published texts have figures and mistakes in them; the teacher has fewer.
    """
    try:
        from bot.asr.vietasr_network import Network

        network = Network()
    except Exception as error:  # it says in Vietnamese what is missing
        report(f"no teacher, so sentences are left out: {error}")
        return []
    training = [(at, clip) for at, clip in enumerate(recordings.clips) if clip.split == "train"]
    chosen = [at for at, clip in training if clip.kind.startswith("sentence")]
    labelled: list[Piece] = []
    for number, at in enumerate(chosen, start=1):
        stream, samples = network.open(), recordings.audio(at)
        parts = [stream.accept(samples).log_probs, stream.finish().log_probs]
        log_probs = np.concatenate([part for part in parts if len(part)])
        best = log_probs.argmax(1)
        labelled += pieces(at, best, log_probs.max(1), network.vocabulary, len(samples))
        if number % 100 == 0:
            report(f"labelled {number} of {len(chosen)} sentences")
    return labelled


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
        start, end = (int((edge * FRAME_S - LEAD_S) * RATE_HZ) for edge in edges[number : number + 2])
        yield Piece(clip, max(start, 0), min(end, samples), words)
