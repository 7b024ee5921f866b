"""What happens to speech in a room, a handset and a telephone network, drawn anew for each utterance."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import soundfile as sf
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.signal import fftconvolve

from recipe.recordings import RATE_HZ

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
PACKET = RATE_HZ // 50  # 20 ms
_HERTZ = np.array([0, 100, 200, 300, 500, 800, 1200, 1800, 2500, 3000, 3400, 3700, 4000])


def carry(speech: Floats, rng: Rng, babble: Callable[[Rng, int], Floats]) -> Floats:
    """`speech` (int16 scale, 8 kHz) as the other end of a line hears it, as long as it was.

    `babble(rng, samples)` gives other people's talk.
    """
    heard = speech
    if rng.random() < 0.25:
        heard = _room(heard, rng)
    if rng.random() < 0.7:
        heard = _coloured(heard, rng)
    heard = _noisy(heard, rng, babble)
    if rng.random() < 0.85:
        heard = _banded(heard, rng)
    heard = _levelled(heard, rng)
    codec = rng.choice(["ULAW", "ALAW", "GSM610", "none"], p=[0.25, 0.35, 0.15, 0.25])
    if codec != "none":
        heard = _coded(heard, str(codec))
    if rng.random() < 0.12:
        heard = _lossy(heard, rng)
    return np.asarray(np.clip(np.rint(heard), -32768, 32767))


def street(samples: int, rng: Rng) -> Floats:
    """Low noise that swells and fades, like traffic, of about power 1."""
    marks = np.arange(0, samples + 4000, 4000)
    swell = np.interp(np.arange(samples), marks, rng.uniform(0.1, 1, len(marks)))
    noise = _filtered(rng.standard_normal(samples), -np.arange(len(_HERTZ)) * rng.uniform(1, 3)) * swell
    return np.asarray(noise / (noise.std() + 1e-9))


def _room(x: Floats, rng: Rng) -> Floats:
    """Early reflections and a tail that has fallen by 60 dB after 0.1 to 0.6 s."""
    length = int(RATE_HZ * rng.uniform(0.1, 0.6))
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[: int(rng.uniform(8, 40))] = 0
    response = tail * (10 ** (rng.uniform(-18, -2) / 20) / np.sqrt((tail**2).sum()))
    response[0] = 1.0
    return np.asarray(fftconvolve(x, response)[: len(x)])


def _coloured(x: Floats, rng: Rng) -> Floats:
    """A handset's smooth frequency response: within 12 dB, random."""
    gains_db = np.cumsum(rng.normal(0, rng.uniform(0.5, 2.5), len(_HERTZ)))
    return _filtered(x, np.clip(gains_db - gains_db.mean(), -12, 12))


def _banded(x: Floats, rng: Rng) -> Floats:
    """Band edges of many shapes, from brick walls to gentle slopes."""
    hertz = rfftfreq(next_fast_len(len(x), real=True), 1 / RATE_HZ)
    low, high = rng.uniform(80, 350), rng.uniform(3200, 3900)
    low_slope, high_slope = rng.uniform(1, 200), rng.uniform(1, 400)
    gain = np.clip((hertz - low) / low_slope + 1, 0, 1) * np.clip((high - hertz) / high_slope + 1, 0, 1)
    floor = 10 ** (rng.uniform(-60, -20) / 20)
    return _with_gain(x, np.maximum(gain, floor))


def _filtered(x: Floats, gains_db: Floats) -> Floats:
    hertz = rfftfreq(next_fast_len(len(x), real=True), 1 / RATE_HZ)
    return _with_gain(x, 10 ** (np.interp(hertz, _HERTZ, gains_db) / 20))


def _with_gain(x: Floats, gain: Floats) -> Floats:
    size = next_fast_len(len(x), real=True)
    return np.asarray(irfft(rfft(x, size) * gain, size)[: len(x)])


def _noisy(x: Floats, rng: Rng, babble: Callable[[Rng, int], Floats]) -> Floats:
    kind = rng.choice(["quiet", "white", "brown", "hum", "street", "babble"], p=[0.4, 0.1, 0.15, 0.05, 0.15, 0.15])
    noise = rng.standard_normal(len(x))
    snr_db = rng.uniform(8, 40)
    if kind == "quiet":
        snr_db = rng.uniform(35, 60)
    elif kind == "brown":
        noise = _filtered(noise, -np.arange(len(_HERTZ)) * rng.uniform(0.5, 4.0))
    elif kind == "hum":
        seconds = np.arange(len(x)) / RATE_HZ
        noise = sum(np.sin(2 * np.pi * 50 * k * seconds) / k for k in range(1, 6)) + 0.2 * noise
    elif kind == "street":
        noise = street(len(x), rng)
    elif kind == "babble":
        noise = babble(rng, len(x))
        snr_db = rng.uniform(10, 35)
    loud = _loud_power(x)
    return x + noise * np.sqrt((loud + 1) / (np.mean(noise**2) + 1e-9)) * 10 ** (-snr_db / 20)


def _levelled(x: Floats, rng: Rng) -> Floats:
    rms = np.sqrt(_loud_power(x))
    return np.asarray(x * (32768 * 10 ** (rng.uniform(-38, -10) / 20) / (rms + 1e-6)))


def _loud_power(x: Floats) -> float:
    """Of the loudest third of the samples: speech without its pauses."""
    third = max(len(x) // 3, 1)
    return float(np.partition(x**2, len(x) - third)[-third:].mean())


def _coded(x: Floats, subtype: str) -> Floats:
    """Through a codec of libsndfile and back: G.711 or GSM 06.10. Without a header: it would look into WAV data for
    other formats, and some speech happens to begin like one.
    """
    file = io.BytesIO()
    raw = {"format": "RAW", "subtype": subtype}
    sf.write(file, np.clip(x / 32768, -1, 1), RATE_HZ, **raw)
    file.seek(0)
    decoded, _ = sf.read(file, samplerate=RATE_HZ, channels=1, **raw)
    return np.asarray(np.pad(decoded, (0, max(len(x) - len(decoded), 0)))[: len(x)] * 32768)


def _lossy(x: Floats, rng: Rng) -> Floats:
    """Packets lost in bursts; a lost one repeats the packet before it, fading, or is silent."""
    heard, lose, keep_losing = x.copy(), rng.uniform(0.005, 0.06), rng.uniform(0.2, 0.6)
    fade = rng.choice([0.0, 0.5, 0.8])
    lost = False
    for start in range(PACKET, len(x) - PACKET + 1, PACKET):
        lost = rng.random() < (keep_losing if lost else lose)
        if lost:
            heard[start : start + PACKET] = heard[start - PACKET : start] * fade
    return heard
