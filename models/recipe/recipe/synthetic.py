"""Voices that nobody has: espeak-ng's, in three dialects, and people's clips with another throat, pitch and tempo."""

from __future__ import annotations

import io
import random
import subprocess
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyworld
import soundfile as sf
import soxr
from bot.vietnamese.syllables import all_syllables

from recipe.recordings import RATE_HZ, Samples

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
# As people say digits, in groups and with words around; the ten themselves are said more often.
_OTHER_NUMBER_WORDS = "mốt tư lăm nhăm bẩy hông linh lẻ mười mươi chục trăm nghìn ngàn số con giê rô tư bẩy"
_NUMBER_WORDS = (*DIGITS * 4, *_OTHER_NUMBER_WORDS.split())
_DIALECTS = ("vi", "vi-vn-x-central", "vi-vn-x-south")
_VARIANTS = (
    *"f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 klatt klatt2 steph steph2 linda anika andy Alex Andrea Diogo".split(),
    *"max Michael rob robert shelby victor pablo pedro quincy henrique belinda ed Gene Lee Nguyen Storm".split(),
    *"Zac Mario marcelo marco mike".split(),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words and their audio (int16, 8 kHz)."""

    words: tuple[str, ...]
    samples: Samples


def espeak_utterances(count: int, phrases: Sequence[str], seed: int) -> list[Spoken]:
    """Digit strings (half), `phrases` (three in ten) and random syllables. Needs espeak-ng on PATH."""
    jobs = [(seed + number, tuple(phrases)) for number in range(count)]
    with ProcessPoolExecutor(2) as pool:
        spoken = list(pool.map(_espeak, jobs, chunksize=50))
    return [each for each in spoken if len(each.samples) > RATE_HZ // 10]


@dataclass(frozen=True, slots=True)
class Throat:
    """What makes another speaker of a recording: ratios of formants, pitch and length."""

    formants: float
    pitch: float
    length: float


# Longer and shorter vocal tracts, with the pitch that goes with them and without. The later ones speak slowly, as
# people do who read a number out: clips that were cut out of sentences are short.
THROATS = (
    Throat(0.84, 0.75, 1.0),
    Throat(0.92, 0.9, 0.85),
    Throat(0.92, 1.25, 1.15),
    Throat(1.08, 0.85, 1.0),
    Throat(1.1, 1.2, 0.85),
    Throat(1.18, 1.5, 1.1),
    Throat(1.0, 1.0, 1.6),
    Throat(0.87, 0.8, 1.9),
    Throat(0.95, 1.1, 1.4),
    Throat(1.05, 0.9, 2.2),
    Throat(1.12, 1.35, 1.6),
    Throat(1.2, 1.1, 1.3),
)


def with_throats(samples: Samples, throats: Sequence[Throat] = THROATS) -> list[Samples]:
    """The same words by other speakers (WORLD vocoder); tones keep their shape."""
    x = np.pad(samples.astype(np.float64), (0, max(RATE_HZ // 8 - len(samples), 0)))
    f0, times = pyworld.dio(x, RATE_HZ)
    f0 = pyworld.stonemask(x, f0, times, RATE_HZ)
    envelope = pyworld.cheaptrick(x, f0, times, RATE_HZ)
    roughness = pyworld.d4c(x, f0, times, RATE_HZ)
    bins = np.arange(envelope.shape[1])
    spoken = []
    for throat in throats:
        warped = np.stack([np.interp(np.minimum(bins / throat.formants, bins[-1]), bins, frame) for frame in envelope])
        y = pyworld.synthesize(f0 * throat.pitch, warped, roughness, RATE_HZ, 5.0 * throat.length)
        spoken.append(np.asarray(np.clip(y, -32768, 32767), np.int16))
    return spoken


def _espeak(job: tuple[int, tuple[str, ...]]) -> Spoken:
    seed, phrases = job
    rng = random.Random(seed)
    draw = rng.random()
    if draw < 0.5:
        words = [rng.choice(_NUMBER_WORDS) for _ in range(rng.choice([1, 2, 3, 3, 4, 4, 5, 6, 8, 10]))]
    elif draw < 0.8:
        words = rng.choice(phrases).split()
    else:
        words = rng.sample(_syllables(), rng.randrange(1, 6))
    voice = f"{rng.choice(_DIALECTS)}+{rng.choice(_VARIANTS)}"
    text = rng.choice([" ", " ", ", "]).join(words)
    command = ["espeak-ng", "-v", voice, "-s", str(rng.randrange(110, 230)), "-p", str(rng.randrange(15, 90))]
    done = subprocess.run([*command, "--stdout", text], check=False, capture_output=True)
    if done.returncode:  # some voices crash on some syllables
        return Spoken((), np.zeros(0, np.int16))
    wav = done.stdout
    audio, rate_hz = sf.read(io.BytesIO(_with_true_length(wav)), dtype="float32")
    at_8k = soxr.resample(audio, rate_hz, RATE_HZ)
    return Spoken(tuple(words), np.asarray(np.clip(at_8k, -1, 1) * 32767, np.int16))


_SYLLABLES: list[str] = []


def _syllables() -> list[str]:
    if not _SYLLABLES:
        _SYLLABLES.extend(all_syllables())
    return _SYLLABLES


def _with_true_length(wav: bytes) -> bytes:
    """espeak-ng cannot seek in a pipe, so the lengths in its header are too large."""
    size = len(wav) - 44
    return wav[:4] + (size + 36).to_bytes(4, "little") + wav[8:40] + size.to_bytes(4, "little") + wav[44:]
