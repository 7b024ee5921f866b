"""Who speaks in which clip, as far as it can be heard: clips of one source, clustered by pitch and mean spectrum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from voice.clips import DigitClip
from voice.world import Floats, Parameters

# The table says only that neighbours of one source and word are mostly one person.
_NEIGHBOURS = 9
_CLIPS_EACH = 250  # of a source: a cluster for each so many, so that a person is hardly ever in two
_PITCH_WEIGHT = 3.0
_COLOUR = slice(1, 25)


@dataclass(frozen=True, slots=True)
class Voice:
    """What is left of a speaker when the word is taken out of a clip: [25], pitch and colour of the spectrum."""

    print: Floats


def voice_prints(clips: Sequence[DigitClip], said: Sequence[Parameters]) -> Floats:
    """[clips, 25]: pitch and the mean spectrum of the voiced frames, without what all clips of the word have."""
    raw = np.stack([voice_print(each) for each in said])
    return raw - _means_of(raw, [clip.word for clip in clips])


def voice_print(said: Parameters) -> Floats:
    voiced = said.voiced > 0.5
    return np.append(said.cepstra[voiced][:, _COLOUR].mean(axis=0), said.pitch)


def clusters(clips: Sequence[DigitClip], prints: Floats) -> list[str]:
    """A name for each clip's speaker: `s22/3`."""
    smooth = _smoothed(clips, prints)
    scaled = smooth / smooth.std(axis=0)
    scaled[:, -1] *= _PITCH_WEIGHT
    members: dict[str, list[int]] = defaultdict(list)
    for at, clip in enumerate(clips):
        members[clip.source].append(at)
    names = [""] * len(clips)
    for source, of_source in members.items():
        count = max(len(of_source) // _CLIPS_EACH, 1)
        tree = linkage(scaled[of_source], "ward") if len(of_source) > 1 else None
        found = fcluster(tree, count, "maxclust") if tree is not None else [1]
        for at, number in zip(of_source, found, strict=True):
            names[at] = f"{source}/{number}"
    return names


def _smoothed(clips: Sequence[DigitClip], prints: Floats) -> Floats:
    """Each print as the median of its neighbours': words and moods fall out, the person stays."""
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, clip in enumerate(clips):
        alike[clip.source, clip.word].append(at)
    smooth = prints.copy()
    for run in alike.values():
        for place, at in enumerate(run):
            start = max(place - _NEIGHBOURS // 2, 0)
            smooth[at] = np.median(prints[run[start : start + _NEIGHBOURS]], axis=0)
    return smooth


def _means_of(rows: Floats, names: Sequence[str]) -> Floats:
    """For each row the mean of the rows of its name."""
    labels = np.array(names)
    means = np.zeros_like(rows)
    for name in dict.fromkeys(names):
        means[labels == name] = rows[labels == name].mean(axis=0)
    return means
