"""What readers say between two pauses: words by a teacher, samples as WORLD parameters, in frames of 5 ms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import parselmouth
import pyworld
import soundfile as sf
import soxr
from bot.evaluate.recordings import Clip
from bot.tts.world import CEPSTRA, FFT_SIZE, FRAME_MS, RATE_HZ, STEP

from recipe.material import kept
from recipe.recordings import RATE_HZ as TABLE_HZ
from recipe.recordings import Recordings
from recipe.teacher import Piece, Report

Reals = npt.NDArray[np.float32]

_EDGE = 12  # steps kept around a piece: the teacher's cuts are rough
_LOWEST_HZ, _HIGHEST_HZ = 75.0, 400.0
# Praat's: with its defaults, or by WORLD's own DIO, copies are understood much worse (61 and 25 % of words, not 78 %).
_SILENT, _VOICED = 0.02, 0.2
_HISS = 1e-5  # WORLD divides by the power of digital silence
_PEAK = 0.5
_FEWEST_CLIPS = 50  # of a reader
_FEWEST_WORDS = 2
_LONGEST_S = 6.0


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` and the step (two frames) in the middle of each; `log_f0` [2 steps], 0 where unvoiced; `cepstra`
    [2 steps, 50], the first is the level. `reader` is the source of the recording.
    """

    reader: str
    words: tuple[str, ...]
    middles: tuple[float, ...]
    log_f0: Reals
    cepstra: Reals

    @property
    def steps(self) -> int:
        return len(self.log_f0) // STEP

    @property
    def voiced(self) -> npt.NDArray[np.bool_]:
        return self.log_f0 > 0


@dataclass(frozen=True, slots=True)
class World:
    """One clip as WORLD parameters, as in `Reading`."""

    log_f0: Reals
    cepstra: Reals


def readings(recordings: Recordings, pieces: Sequence[Piece], kept_dir: Path, report: Report) -> list[Reading]:
    """The pieces as WORLD parameters."""
    worlds = analysed(recordings.clips, kept_dir, report)
    return [_reading(recordings.clips[p.clip], p, worlds[p.clip]) for p in joined(pieces) if p.clip in worlds]


def joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Pieces that follow each other as one, up to 6 s: the teacher cuts at every short pause."""
    whole: Piece | None = None
    for piece in pieces:
        follows = whole is not None and whole.clip == piece.clip and whole.end == piece.start
        if whole is not None and follows and piece.end - whole.start < _LONGEST_S * TABLE_HZ:
            words, middles = whole.words + piece.words, whole.middles + piece.middles
            whole = Piece(whole.clip, whole.start, piece.end, words, middles)
            continue
        if whole is not None and len(whole.words) >= _FEWEST_WORDS:
            yield whole
        whole = piece
    if whole is not None and len(whole.words) >= _FEWEST_WORDS:
        yield whole


def analysed(clips: Sequence[Clip], kept_dir: Path, report: Report) -> dict[int, World]:
    """The train split's read sentences by their place in the table, reader by reader, each reader's kept."""
    of_reader: dict[str, list[int]] = defaultdict(list)
    for at, clip in enumerate(clips):
        if clip.kind == "sentence" and clip.split == "train" and not clip.telephone:
            of_reader[clip.source].append(at)
    worlds: dict[int, World] = {}
    with ProcessPoolExecutor() as pool:
        for reader, found in sorted(of_reader.items()):
            if len(found) >= _FEWEST_CLIPS:
                make: Callable[[], list[World]] = partial(_of_reader, [clips[at] for at in found], pool)
                worlds |= zip(found, kept(kept_dir / f"reader-{reader}.pkl", make), strict=True)
                report(f"analysed {len(found)} clips of reader {reader}")
    return worlds


def _of_reader(clips: Sequence[Clip], pool: ProcessPoolExecutor) -> list[World]:
    samples = list(_samples(clips))
    wide = pool.map(_pitch, samples, [(_LOWEST_HZ, _HIGHEST_HZ)] * len(samples), chunksize=8)
    median = float(np.median(np.concatenate([f0[f0 > 0] for f0 in wide])))
    own = (max(median * 0.55, _LOWEST_HZ), min(median * 1.8, _HIGHEST_HZ))  # no octave is lost or won in it
    return list(pool.map(_analyse, samples, [own] * len(samples), chunksize=8))


def _reading(clip: Clip, piece: Piece, world: World) -> Reading:
    first = max(round(_step(piece.start) - _EDGE), 0)
    last = min(round(_step(piece.end) + _EDGE), len(world.log_f0) // STEP)
    cut = slice(first * STEP, last * STEP)
    middles = tuple(_step(middle) - first for middle in piece.middles)
    return Reading(clip.source, piece.words, middles, world.log_f0[cut], world.cepstra[cut])


def _step(table_samples: int) -> float:
    return table_samples / TABLE_HZ * 1000 / (STEP * FRAME_MS)


def _samples(clips: Sequence[Clip]) -> Iterator[npt.NDArray[np.float64]]:
    pack, audio, rate_hz = None, np.zeros(0), RATE_HZ
    for clip in clips:
        if clip.pack != pack:
            audio, rate_hz = sf.read(clip.pack, dtype="float64")
            pack = clip.pack
        cut = audio[round(clip.start_s * rate_hz) : round(clip.end_s * rate_hz)]
        yield _levelled(cut if rate_hz == RATE_HZ else soxr.resample(cut, rate_hz, RATE_HZ))


def _levelled(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    noise = np.random.default_rng(0).standard_normal(len(samples)) * _HISS
    return np.asarray(samples * (_PEAK / max(float(np.abs(samples).max()), 1e-4)) + noise)


def _pitch(samples: npt.NDArray[np.float64], band: tuple[float, float]) -> npt.NDArray[np.float64]:
    """F0 in Hz of each frame, 0 where there is none."""
    sound = parselmouth.Sound(samples, RATE_HZ)
    found = sound.to_pitch_ac(
        time_step=FRAME_MS / 1000,
        pitch_floor=band[0],
        pitch_ceiling=band[1],
        silence_threshold=_SILENT,
        voicing_threshold=_VOICED,
    )
    heard, times = found.selected_array["frequency"], found.xs()
    wanted = np.arange(int(len(samples) / RATE_HZ * 1000 / FRAME_MS) + 1) * FRAME_MS / 1000
    if not (heard > 0).any():
        return np.zeros(len(wanted))
    nearest = np.clip(np.round((wanted - times[0]) * 1000 / FRAME_MS).astype(int), 0, len(heard) - 1)
    return np.where(heard[nearest] > 0, np.interp(wanted, times[heard > 0], heard[heard > 0]), 0.0)


def _analyse(samples: npt.NDArray[np.float64], band: tuple[float, float]) -> World:
    f0 = _pitch(samples, band)
    times = np.arange(len(f0)) * FRAME_MS / 1000
    envelope = pyworld.cheaptrick(samples, f0, times, RATE_HZ, fft_size=FFT_SIZE)
    log_f0 = np.where(f0 > 0, np.log(np.maximum(f0, 1.0)), 0.0)
    cepstra = pyworld.code_spectral_envelope(envelope, RATE_HZ, CEPSTRA)
    return World(log_f0.astype(np.float32), cepstra.astype(np.float32))
