"""One saying of a word out of many: aligned in time, averaged, and made as lively as each of them was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voice.world import Floats, Parameters

_ROUNDS = 2
# Sounds differ in these; the first is the level, by which closures and bursts find each other.
_SHAPE = slice(0, 20)


def average(sayings: Sequence[Parameters]) -> Parameters:
    """The mean of sayings, its F0 relative to each speaker's (a median of 0) and its loudest frame at level 0.

    All are aligned (DTW) to the saying that is most like the others, then to their own mean. A mean is smoother than
    what it is the mean of: its cepstra get back the spread over time that the sayings have.
    """
    level = [_levelled(saying) for saying in sayings]
    length = int(np.median([len(saying) for saying in level]))
    even = [saying.stretched(length) for saying in level]
    mean = even[_medoid(even)]
    for _ in range(_ROUNDS):
        mean = _mean([_aligned(saying, mean) for saying in even])
    spread = np.mean([saying.cepstra.std(axis=0) for saying in even], axis=0)
    return replace(mean, cepstra=_spread(mean.cepstra, spread))


def alignment(reference: Floats, other: Floats) -> list[tuple[int, int]]:
    """Which frames of two sequences [frames, features] belong together: the cheapest way through both (DTW)."""
    near = ((reference[:, None] - other[None]) ** 2).sum(axis=-1)
    cost = np.full((len(reference) + 1, len(other) + 1), np.inf)
    cost[0, 0] = 0.0
    for i in range(len(reference)):
        for j in range(len(other)):
            cost[i + 1, j + 1] = near[i, j] + min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
    i, j = len(reference), len(other)
    pairs = []
    while i and j:
        pairs.append((i - 1, j - 1))
        _, i, j = min((cost[i - 1, j - 1], i - 1, j - 1), (cost[i - 1, j], i - 1, j), (cost[i, j - 1], i, j - 1))
    return pairs[::-1]


def _levelled(saying: Parameters) -> Parameters:
    cepstra = saying.cepstra.copy()
    cepstra[:, 0] -= cepstra[:, 0].max()
    return replace(saying, log_f0=saying.log_f0 - saying.pitch, cepstra=cepstra)


def _medoid(sayings: Sequence[Parameters]) -> int:
    shapes = np.stack([saying.cepstra[:, _SHAPE].ravel() for saying in sayings])
    apart = ((shapes[:, None] - shapes[None]) ** 2).sum(axis=-1)
    return int(np.median(apart, axis=1).argmin())


def _aligned(saying: Parameters, reference: Parameters) -> Parameters:
    """The frames of `saying` put where the reference has theirs, the mean of several that fall on one."""
    pairs = np.array(alignment(reference.cepstra[:, _SHAPE], saying.cepstra[:, _SHAPE]))
    groups = np.split(pairs[:, 1], np.flatnonzero(np.diff(pairs[:, 0])) + 1)
    return Parameters(*(np.stack([part[group].mean(axis=0) for group in groups]) for part in saying.parts))


def _mean(sayings: Sequence[Parameters]) -> Parameters:
    return Parameters(*(np.mean(parts, axis=0) for parts in zip(*(saying.parts for saying in sayings), strict=True)))


def _spread(cepstra: Floats, wanted: Floats) -> Floats:
    mean, now = cepstra.mean(axis=0), cepstra.std(axis=0)
    livelier = mean + (cepstra - mean) * (wanted / np.maximum(now, 1e-6))
    livelier[:, 0] -= livelier[:, 0].max()
    return np.asarray(livelier)
