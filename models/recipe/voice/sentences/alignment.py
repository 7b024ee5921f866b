"""Where each sound of a reading is: a hidden Markov model of onsets and rimes, anchored in the teacher's word times.

Its first rounds know each state by a Gaussian. The last ones know it by a small network, which cannot learn an
utterance by heart and so puts a boundary where it mostly is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from bot.tts.average_frames import ONSET, RIME, SILENCE, Segments
from bot.tts.world import STEP
from bot.vietnamese.syllables import sounds

from recipe.teacher import Report
from voice.sentences.readings import Reading
from voice.sentences.states import Classes, Doubles, Gaussians, Integers, Model

_ONSET_STATES, _RIME_STATES = 2, 4
_EACH = _ONSET_STATES + _RIME_STATES + 1  # states of a syllable and of the pause after it
_SHAPE = 25  # cepstra that are looked at
_ROUNDS, _SHARPER = 4, 2
_REACH = 30.0  # frames from a word's anchor that its sounds may lie
_SHORTEST_PAUSE = 10  # steps
_NEVER = -1e9

State = tuple[str, str, int]
_PAUSE: State = ("pause", "", 0)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A reading with its sounds in time, and how well they fit: mean log probability of a frame."""

    reading: Reading
    segments: Segments
    pauses_after: tuple[bool, ...]
    fit: float


def align(readings: Sequence[Reading], report: Report) -> list[Aligned]:
    """All readings whose sounds have been seen often enough to be known; Viterbi training from the anchors."""
    counts = Counter(state for reading in readings for state in set(_states(reading)))
    known = [reading for reading in readings if all(counts[state] >= 3 for state in _states(reading))]
    report(f"aligning {len(known)} of {len(readings)} readings")
    number = {state: at for at, state in enumerate(dict.fromkeys(s for r in known for s in _states(r)))}
    heard = _heard(known)
    chains = [np.array([number[state] for state in _states(reading)]) for reading in known]
    paths = [_anchored(reading) for reading in known]
    share = (known, heard, chains)
    for turn in range(_ROUNDS + _SHARPER):
        if turn < _ROUNDS:
            model: Model = Gaussians.of(heard, chains, paths, len(number))
        else:
            model = Classes.learnt(heard, [chain[path] for chain, path in zip(chains, paths, strict=True)], len(number))
        with ProcessPoolExecutor(initializer=_share, initargs=share) as pool:
            found = list(pool.map(partial(_best, model), range(len(known)), chunksize=50))
        moved = np.mean([np.mean(path != old) for (path, _), old in zip(found, paths, strict=True)])
        paths = [path for path, _ in found]
        fits = [fit for _, fit in found]
        report(f"round {turn + 1} of {_ROUNDS + _SHARPER}: mean fit {np.mean(fits):.2f}, {moved:.0%} of steps moved")
    return [_aligned(*each) for each in zip(known, paths, fits, strict=True)]


_shared: list[tuple[Sequence[Reading], Sequence[Doubles], Sequence[Integers]]] = []  # of a child process


def _share(*given: Sequence[Any]) -> None:
    _shared[:] = [given]


def _best(model: Model, at: int) -> tuple[Integers, float]:
    known, heard, chains = _shared[0]
    return _viterbi(known[at], model.scores(heard[at], chains[at]), chains[at])


def _states(reading: Reading) -> list[State]:
    """A pause, then each syllable's sounds and the pause after it."""
    chain = [_PAUSE]
    for word in reading.words:
        said = sounds(word)
        half = (said.medial + said.nucleus, said.rime)
        chain += [("onset", said.onset, at) for at in range(_ONSET_STATES)]
        chain += [("rime", half[at >= _RIME_STATES // 4], at) for at in range(_RIME_STATES)]
        chain.append(_PAUSE)
    return chain


def _heard(readings: Sequence[Reading]) -> list[Doubles]:
    """[steps, 51] of each: cepstra as the reader differs from himself, their slope, and voicing."""
    shapes = {reading.reader: [] for reading in readings}
    for reading in readings:
        shapes[reading.reader].append(reading.cepstra[::STEP, :_SHAPE])
    colour = {reader: np.concatenate(parts) for reader, parts in shapes.items()}
    usual = {reader: (every.mean(axis=0), every.std(axis=0)) for reader, every in colour.items()}
    made = []
    for reading in readings:
        mean, spread = usual[reading.reader]
        shape = (reading.cepstra[::STEP, :_SHAPE] - mean) / spread
        voiced = 2.0 * reading.voiced[::STEP, None]
        made.append(np.concatenate([shape, 2 * np.gradient(shape, axis=0), voiced], axis=1).astype(np.float64))
    return made


def _anchored(reading: Reading) -> Integers:
    """A first path: each word around its anchor, the onset the first third."""
    path = np.zeros(reading.steps, np.int64)
    middles = np.array(reading.middles)
    for number, middle in enumerate(middles):
        before = (middles[number - 1] + middle) / 2 if number else middle - 14
        after = (middle + middles[number + 1]) / 2 if number + 1 < len(middles) else middle + 14
        start, end = int(max(before, middle - 16, 0)), int(min(after, middle + 16, len(path)))
        if end - start < 3:
            continue
        at = (np.arange(end - start) + 0.5) / (end - start)
        sound = np.where(at < 0.3, at / 0.3 * _ONSET_STATES, _ONSET_STATES + (at - 0.3) / 0.7 * _RIME_STATES)
        path[start:end] = 1 + number * _EACH + sound.astype(int)
    return path


def _viterbi(reading: Reading, scores: Doubles, chain: Integers) -> tuple[Integers, float]:
    """The likeliest state of each step; pauses inside may be skipped."""
    time = np.arange(len(scores))
    for number, middle in enumerate(reading.middles):
        own = slice(1 + number * _EACH, 1 + number * _EACH + _EACH - 1)
        scores[np.abs(time - middle) > _REACH, own] -= 200.0
    states = len(chain)
    skippable = np.zeros(states, bool)
    skippable[2:] = [at % _EACH == 0 for at in range(1, states - 1)]
    best = np.full(states, _NEVER)
    best[:2] = scores[0, :2]
    came = np.zeros(scores.shape, np.int8)
    for step in range(1, len(scores)):
        next_ = np.concatenate([[_NEVER], best[:-1]])
        skip = np.where(skippable, np.concatenate([[_NEVER, _NEVER], best[:-2]]), _NEVER)
        ways = np.stack([best, next_, skip])
        came[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) + scores[step]
    state = states - 1 if best[-1] >= best[-2] else states - 2
    fit = float(best[state]) / len(scores)
    path = np.zeros(len(scores), np.int64)
    for step in range(len(scores) - 1, -1, -1):
        path[step] = state
        state -= int(came[step, state])
    return path, fit


def _aligned(reading: Reading, path: Integers, fit: float) -> Aligned:
    """Runs of the path's silences, onsets and rimes; a short silence is the closure of the onset after it."""
    state = path % _EACH
    kind = np.where(state == 0, SILENCE, np.where(state <= _ONSET_STATES, ONSET, RIME))
    syllable = np.where(kind == SILENCE, path // _EACH, (path - 1) // _EACH)  # of a silence, the next
    last = len(reading.words)
    for start, end in _runs(kind):
        if kind[start] == SILENCE and end - start < _SHORTEST_PAUSE and 0 < syllable[start] < last:
            kind[start:end] = ONSET
    starts = np.array([start for start, _ in _runs(syllable * 3 + kind)])
    segments = Segments(kind[starts], np.minimum(syllable[starts], last - 1), np.diff(np.r_[starts, len(path)]))
    before = {int(syllable[at]) for at in starts if kind[at] == SILENCE}
    return Aligned(reading, segments, tuple(number + 1 in before for number in range(last)), fit)


def _runs(values: Integers) -> list[tuple[int, int]]:
    """Start and end of each stretch of one value."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return list(pairwise([*starts.tolist(), len(values)]))
