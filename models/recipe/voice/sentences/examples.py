"""Aligned readings as tensors for the networks, each reader's colour, pitch and level taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from bot.tts.average_frames import ONSET, RIME, frames, syllables
from bot.tts.average_network import PITCH_SCALE
from bot.tts.world import CEPSTRA, STEP
from bot.vietnamese.syllables import UNIT_ID, units
from torch import Tensor

from voice.sentences.alignment import Aligned
from voice.sentences.readings import Reals

_WORST = 0.04  # the part of the readings that fit worst is left out
_LEAST_VOICED = 0.2
_LOUD = -1.0  # level of the frames that are the measure of a reading
_DEEPEST = 10.4  # nepers of power (45 dB) below them is the floor
_HELD_OUT = 40  # one reading in so many
_BATCH_FRAMES = 3200
_OCTAVE = 0.6  # log F0 further from the reader's own is a mistake of the analysis


@dataclass(frozen=True, slots=True)
class Colours:
    """Over the readers: each one's mean cepstra [50] and the mean of these, the spread within one [50]; each one's
    median F0 in Hz.
    """

    cepstra_means: dict[str, Reals]
    cepstra_mean: Reals
    cepstra_spread: Reals
    pitches_hz: dict[str, float]

    @property
    def apart(self) -> Reals:
        """[50]: how differently the readers sound, as a part of the spread."""
        return np.asarray(np.std(list(self.cepstra_means.values()), axis=0) / self.cepstra_spread, np.float32)


@dataclass(frozen=True, slots=True)
class Example:
    """One reading. `wanted` [steps, 2, 52] as the network puts it out, `trusted` [steps, 2] whether its pitch counts;
    `lengths` [syllables, 2] log steps of onset and rime; `heard` [2 syllables] the recogniser's units.
    """

    reader: int
    ids: Tensor
    context: Tensor
    kinds: Tensor
    owners: Tensor
    places: Tensor
    wanted: Tensor
    trusted: Tensor
    lengths: Tensor
    heard: Tensor

    def __len__(self) -> int:
        return len(self.kinds)


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples padded to the longest; masks [batch, time, 1] are 1 where there is something."""

    reader: Tensor
    ids: Tensor
    context: Tensor
    mask: Tensor
    kinds: Tensor
    owners: Tensor
    places: Tensor
    frame_mask: Tensor
    wanted: Tensor
    trusted: Tensor
    lengths: Tensor


def examples(aligned: Sequence[Aligned], envelope_of: Reals) -> tuple[list[Example], list[Example], list[str], Colours]:
    """Those to learn from, those held out, the readers by their numbers, and their colours."""
    worst = np.quantile([each.fit for each in aligned], _WORST)
    fitting = [each for each in aligned if each.fit > worst and each.reading.voiced.mean() > _LEAST_VOICED]
    readers = sorted({each.reading.reader for each in fitting})
    sounding: dict[str, list[Reals]] = defaultdict(list)
    pitch: dict[str, list[Reals]] = defaultdict(list)
    spectra = [_levelled(each, envelope_of) for each in fitting]
    for each, levelled in zip(fitting, spectra, strict=True):
        heard = np.repeat(each.segments.kinds, STEP * each.segments.frames) > 0
        sounding[each.reading.reader].append(levelled[heard])
        pitch[each.reading.reader].append(each.reading.log_f0[each.reading.voiced])
    means = {reader: np.concatenate(parts).mean(axis=0) for reader, parts in sounding.items()}
    spread = np.mean([np.concatenate(parts).std(axis=0) for parts in sounding.values()], axis=0)
    median = {reader: float(np.median(np.concatenate(parts))) for reader, parts in pitch.items()}
    made = [
        _example(each, levelled, readers.index(name), means[name], spread, median[name])
        for each, levelled in zip(fitting, spectra, strict=True)
        for name in [each.reading.reader]
    ]
    colours = Colours(
        means,
        np.mean(list(means.values()), axis=0).astype(np.float32),
        spread.astype(np.float32),
        {reader: float(np.exp(value)) for reader, value in median.items()},
    )
    learnt = [example for at, example in enumerate(made) if at % _HELD_OUT]
    return learnt, made[::_HELD_OUT], readers, colours


def batches(given: Sequence[Example], rng: np.random.Generator) -> list[list[Example]]:
    """All of them in groups of like length, in any order."""
    order = np.argsort([len(each) * rng.uniform(0.9, 1.1) for each in given])
    groups: list[list[Example]] = [[]]
    for at in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(given[at]) > _BATCH_FRAMES:
            groups.append([])
        groups[-1].append(given[at])
    return [groups[at] for at in rng.permutation(len(groups))]


def batch(group: Sequence[Example]) -> Batch:
    def padded(name: str) -> Tensor:
        return together([getattr(each, name) for each in group])

    return Batch(
        torch.tensor([each.reader for each in group]),
        padded("ids"),
        padded("context"),
        together([torch.ones(len(each.ids), 1) for each in group]),
        padded("kinds"),
        padded("owners"),
        padded("places"),
        together([torch.ones(len(each), 1) for each in group]),
        padded("wanted"),
        padded("trusted"),
        padded("lengths"),
    )


def together(given: Sequence[Tensor]) -> Tensor:
    """[batch, longest, ...], zeros behind the shorter ones."""
    return torch.nn.utils.rnn.pad_sequence(list(given), batch_first=True)


def _levelled(each: Aligned, envelope_of: Reals) -> Reals:
    """The cepstra with the loud frames at level 0, and nothing 45 dB or more below them, as on a telephone line."""
    cepstra = each.reading.cepstra.astype(np.float64)
    cepstra[:, 0] -= np.quantile(cepstra[:, 0], 0.9)
    spectra = cepstra @ envelope_of[:-1]
    loud = spectra[cepstra[:, 0] > _LOUD].mean()
    floored = np.logaddexp(spectra, loud - _DEEPEST)
    return (floored @ np.linalg.pinv(envelope_of[:-1])).astype(np.float32)


def _example(each: Aligned, levelled: Reals, reader: int, mean: Reals, spread: Reals, median: float) -> Example:
    reading, segments = each.reading, each.segments
    said = syllables(reading.words, each.pauses_after)
    told = frames(segments)
    voiced = reading.voiced
    pitch = np.interp(np.arange(len(voiced)), np.flatnonzero(voiced), reading.log_f0[voiced]) - median
    wanted = np.concatenate(
        [
            (levelled - mean) / spread,
            (pitch / PITCH_SCALE)[:, None],
            voiced[:, None],
        ],
        axis=1,
    ).astype(np.float32)
    trusted = (voiced & (np.abs(pitch) < _OCTAVE)).astype(np.float32)
    lengths = np.zeros((len(reading.words), 2), np.float32)
    for column, kind in enumerate((ONSET, RIME)):
        own = segments.kinds == kind
        lengths[segments.syllables[own], column] = np.log(segments.frames[own])
    return Example(
        reader,
        torch.from_numpy(said.ids),
        torch.from_numpy(said.context),
        torch.from_numpy(told.kinds),
        torch.from_numpy(told.syllables),
        torch.from_numpy(told.places),
        torch.from_numpy(wanted.reshape(-1, STEP, CEPSTRA + 2)),
        torch.from_numpy(trusted.reshape(-1, STEP)),
        torch.from_numpy(lengths),
        heard(reading.words),
    )


def heard(words: Sequence[str]) -> Tensor:
    """[2 words]: the recogniser's unit of each onset and rime."""
    return torch.tensor([UNIT_ID[unit] for word in words for unit in units(word)])
