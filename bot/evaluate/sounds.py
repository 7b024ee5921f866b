"""Sounds that are no speech: noise at a level under speech, and synthetic short sounds such as coughs and slams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from bot.audio import RATE_HZ, Audio, from_samples
from bot.evaluate.channels import street_noise
from bot.evaluate.codes import ROOM_RMS, SPEECH_RMS
from bot.telephone import Floats, band_limited, through_g711

SOUND_AT_MS: Final = 3000  # of line before a short sound
SOUND_AFTER_MS: Final = 1500


def steady(kind: str, snr_db: float, duration_ms: int, seed: int, voices: Audio | None = None) -> Audio:
    """Noise `snr_db` under speech of SPEECH_RMS, as it comes over G.711: line, street, or a piece of `voices`."""
    samples = RATE_HZ * duration_ms // 1000
    if voices is not None:
        start = int(np.random.default_rng(seed).integers(len(voices.samples)))
        noise: Floats = np.resize(np.roll(voices.samples.astype(np.float64), -start), samples)
    elif kind == "street":
        noise = street_noise(samples, seed)
    else:
        noise = np.random.default_rng(seed).normal(size=samples)
    arrived = band_limited(noise)
    level = SPEECH_RMS * 10 ** (-snr_db / 20) / (float(np.sqrt(np.mean(arrived**2))) or 1.0)
    return through_g711(from_samples(arrived * level))


def short_sound(kind: str, seed: int) -> Audio:
    """One of SHORT_SOUNDS, loud as speech or up to 6 dB louder, SOUND_AT_MS into a quiet line, over G.711.

    Synthetic: shaped noise, not recordings.
    """
    rng = np.random.default_rng(seed)
    sound = SHORT_SOUNDS[kind](rng)
    loudest = float(np.sqrt(np.convolve(sound**2, np.ones(160) / 160, "same").max())) or 1.0
    sound = sound * (2 * SPEECH_RMS * 10 ** (rng.uniform(0, 6) / 20) / loudest)
    line = rng.normal(0.0, ROOM_RMS, RATE_HZ * (SOUND_AT_MS + SOUND_AFTER_MS) // 1000)
    start = RATE_HZ * SOUND_AT_MS // 1000
    line[start : start + len(sound)] += sound
    return through_g711(from_samples(band_limited(line)))


def _burst(duration_ms: int) -> Callable[[np.random.Generator], Floats]:
    return lambda rng: _decaying(rng, duration_ms)


def _decaying(rng: np.random.Generator, duration_ms: float) -> Floats:
    """White noise that has lost 40 dB after `duration_ms`."""
    count = int(RATE_HZ * duration_ms / 1000)
    return np.asarray(rng.normal(size=count) * 10 ** (-2 * np.arange(count) / count))


def _click(rng: np.random.Generator) -> Floats:
    return _decaying(rng, rng.uniform(5, 20))


def _slam(rng: np.random.Generator) -> Floats:
    """A crack, and a panel that rings at some low frequencies."""
    body = _decaying(rng, rng.uniform(250, 400))
    seconds = np.arange(len(body)) / RATE_HZ
    decay = 10 ** (-2 * np.arange(len(body)) / len(body))
    ringing = sum(np.sin(2 * np.pi * hertz * seconds + rng.uniform(0, 6)) for hertz in rng.uniform(80, 500, 5))
    body = _resonant(body, (rng.uniform(150, 350), 200.0)) + ringing * decay
    crack = _decaying(rng, 30)
    body[: len(crack)] += crack * 2
    return np.asarray(body)


def _cough(rng: np.random.Generator) -> Floats:
    """A blast through a throat (two formants, no voice), then breath, 200 to 350 ms in all."""
    blast = _decaying(rng, rng.uniform(80, 120))
    breath = _decaying(rng, rng.uniform(200, 350)) * 0.5
    breath[: len(blast)] += blast
    throat = _resonant(breath, (rng.uniform(500, 900), 200.0)) + _resonant(breath, (rng.uniform(1200, 1900), 300.0))
    return np.asarray(throat)


def _resonant(samples: Floats, formant: tuple[float, float]) -> Floats:
    """Only what lies around (hertz, bandwidth in hertz), most of it in the middle."""
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    gain = 1 / (1 + ((hertz - formant[0]) / formant[1]) ** 2)
    return np.asarray(np.fft.irfft(np.fft.rfft(samples) * gain, len(samples)))


SHORT_SOUNDS: Final[Mapping[str, Callable[[np.random.Generator], Floats]]] = {
    "click": _click,
    "cough": _cough,
    "slam": _slam,
    "burst-50": _burst(50),
    "burst-100": _burst(100),
    "burst-200": _burst(200),
    "burst-400": _burst(400),
}
