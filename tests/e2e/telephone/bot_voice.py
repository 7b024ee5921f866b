"""The recordings that the bot speaks with, found again in what a caller heard: A-law hardly changes them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.audio import RATE_HZ, Audio, Samples, read_wav
from bot.settings import load_settings
from bot.tts.edges import trimmed

PROMPTS = load_settings(Path(__file__).parents[3] / "config.yml").prompts_dir
PER_MS = RATE_HZ // 1000
KNOWN_BY_MS = 900  # of a recording's beginning, or end
PARTS, ALIKE = 3, 0.97
LOUD = 200  # mean of the samples' size; quieter parts tell nothing


def begins(piece: str, heard: Audio, since_ms: int = 0) -> int | None:
    """Where `piece` (a recording's name) begins, in ms of `heard`; None if it does not after `since_ms`."""
    return _first(_recording(piece)[: KNOWN_BY_MS * PER_MS], heard, since_ms)


def ends(piece: str, heard: Audio, since_ms: int = 0) -> int | None:
    """Where `piece` ends, in ms of `heard`; known a little before it does."""
    last = _recording(piece)[-KNOWN_BY_MS * PER_MS :]
    found = _first(last, heard, since_ms)
    return None if found is None else found + len(last) // PER_MS


def digits(heard: Audio) -> str:
    """The digits that are read out."""
    found: list[tuple[int, str]] = []
    for digit in "0123456789":
        at = np.unique(np.concatenate([_places(take, heard.samples) for take in _takes(digit)]))
        apart = np.diff(at, prepend=-RATE_HZ) > RATE_HZ // 10
        found += [(int(place), digit) for place in at[apart]]
    return "".join(digit for _, digit in sorted(found))


def silent_from(heard: Audio, since_ms: int, for_ms: int = 300) -> int | None:
    """Where the first silence of `for_ms` begins."""
    step = 20 * PER_MS
    samples = heard.samples[since_ms * PER_MS :]
    loud = np.abs(samples[: len(samples) // step * step].astype(np.int32)).reshape(-1, step).mean(axis=1) > 50
    quiet = 0
    for index, each in enumerate(loud):
        quiet = 0 if each else quiet + 20
        if quiet == for_ms:
            return since_ms + (index + 1) * 20 - for_ms
    return None


@lru_cache
def _recording(piece: str) -> Samples:
    return trimmed(read_wav(PROMPTS / f"{piece}.wav").at(RATE_HZ), tail_ms=0).samples


def _takes(digit: str) -> list[Samples]:
    """The digit as it is said in different places of a number."""
    return [_recording(path.stem) for path in PROMPTS.glob(f"digit_{digit}*.wav")]


def _first(piece: Samples, heard: Audio, since_ms: int) -> int | None:
    found = _places(piece, heard.samples[since_ms * PER_MS :])
    return since_ms + int(found[0]) // PER_MS if len(found) else None


def _places(piece: Samples, heard: Samples) -> npt.NDArray[np.int64]:
    """Where `piece` is: one of its parts is enough, as the others may have holes of 20 ms."""
    size, found = len(piece) // PARTS, np.zeros(0, np.int64)
    for start in range(0, size * PARTS, size):
        part = piece[start : start + size]
        if np.abs(part.astype(np.int32)).mean() > LOUD:
            found = np.union1d(found, np.flatnonzero(_likeness(part, heard) > ALIKE) - start)
    return found[found >= 0]


def _likeness(piece: Samples, heard: Samples) -> npt.NDArray[np.float64]:
    """The cosine between `piece` and each stretch of `heard` of its length."""
    places = len(heard) - len(piece) + 1
    if places <= 0:
        return np.zeros(0)
    pattern, sound = piece.astype(np.float64), heard.astype(np.float64)
    size = 1 << (len(sound) + len(pattern) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size)), size)[:places]
    energy = np.cumsum(np.concatenate([[0.0], sound**2]))
    power = np.maximum(energy[len(pattern) :] - energy[:places], 1.0)
    return np.asarray(product / np.sqrt(power * max(np.sum(pattern**2), 1.0)))
