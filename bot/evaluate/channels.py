"""Telephone channels that speech is sent through before an engine hears it. Seeded: the same seed, the same line."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np

from bot.audio import FRAME_SAMPLES, RATE_HZ, Audio, from_samples
from bot.evaluate.extra import extra
from bot.telephone import Floats, band_limited, through_g711

CHANNELS: Final = ("clean", "g711", "gsm", "loss5", "loss5-single", "noise10", "noise20")  # of many: see carry
CHANNEL_NAMES: Final = "clean, g711, gsm, lossN, lossN-single (mất N % gói), noiseN (ồn, thấp hơn lời N dB)"

LOSS: Final = 0.05
MEAN_BURST: Final = 2.0  # packets
_PLAIN: Final = frozenset({"clean", "g711", "gsm"})
_LOSS: Final = re.compile(r"loss([1-9]|[1-4][0-9])(-single)?")
_NOISE: Final = re.compile(r"noise(-?[0-9]|[1-4][0-9])")

_SHORTEST_PITCH, _LONGEST_PITCH = RATE_HZ // 200, RATE_HZ // 66  # periods in samples, as in G.711 Appendix I
_OVERLAP = RATE_HZ * 4 // 1000


def carry(audio: Audio, channel: str, *, seed: int, babble: Audio | None = None) -> Audio:
    """`audio` as it arrives, 8 kHz and as long as it was.

    clean: only 8 kHz. g711: handset band, A-law. gsm: handset band, GSM 06.10 full rate. lossN: g711 in 20 ms packets
    of which N % (1 to 49) are lost in bursts and concealed; lossN-single: never two in a row. noiseN: g711 with noise
    N dB (-9 to 49) under the speech, `babble` for every other seed where it is given, else like a street.

    Raises:
        ValueError: no such channel. AudioError: gsm without soundfile.
    """
    speech = audio.at(RATE_HZ)
    if not is_channel(channel):
        raise ValueError(f"no channel {channel!r}")
    if channel == "clean" or not speech.pcm:
        return speech
    if channel == "gsm":
        return _through_gsm(from_samples(band_limited(speech.samples)))
    samples = speech.samples.astype(np.float64)
    noise_db = snr_db(channel)
    if noise_db is not None:
        samples = samples + _noise_for(samples, noise_db, seed, babble)
    carried = through_g711(from_samples(band_limited(samples)))
    if lossy := _LOSS.fullmatch(channel):
        count = -(-len(carried.samples) // FRAME_SAMPLES)
        mean_burst = 1.0 if lossy[2] else MEAN_BURST
        return concealed(carried, lost_packets(count, seed, loss=int(lossy[1]) / 100, mean_burst=mean_burst))
    return carried


def is_channel(name: str) -> bool:
    return name in _PLAIN or _LOSS.fullmatch(name) is not None or _NOISE.fullmatch(name) is not None


def snr_db(channel: str) -> float | None:
    """How far a channel's noise is under the speech; None for one without noise."""
    noise = _NOISE.fullmatch(channel)
    return float(noise[1]) if noise else None


def lost_packets(count: int, seed: int, *, loss: float = LOSS, mean_burst: float = MEAN_BURST) -> list[bool]:
    """Which of `count` packets are lost: Gilbert and Elliott's two states, where every packet of the bad one is."""
    rng = np.random.default_rng(seed)
    ends = 1 / mean_burst
    begins = ends * loss / (1 - loss)
    lost, bad = [], bool(rng.random() < loss)
    for draw in rng.random(count):
        lost.append(bad)
        bad = draw >= ends if bad else draw < begins
    return lost


def concealed(audio: Audio, lost: Sequence[bool]) -> Audio:
    """`audio` whose lost 20 ms packets are filled with the last pitch period, fading to nothing over 60 ms.

    A simple form of G.711 Appendix I: no delay, one period repeated, 4 ms of overlap into the next good packet.
    """
    good = audio.samples.astype(np.float64)
    played = good.copy()
    at = 0
    for is_lost, packets in groupby(lost[: -(-len(good) // FRAME_SAMPLES)]):
        start, at = at, at + len(list(packets)) * FRAME_SAMPLES
        if not is_lost:
            continue
        stop, end = min(at, len(good)), min(at + _OVERLAP, len(good))
        filled = _repeated(played[:start], end - start)
        played[start:stop] = filled[: stop - start]
        rising = np.linspace(0.0, 1.0, end - stop)
        played[stop:end] = good[stop:end] * rising + filled[stop - start :] * (1 - rising)
    return from_samples(played)


def street_noise(samples: int, seed: int) -> Floats:
    """Noise of power 1 that falls 6 dB an octave over 150 Hz and swells and fades over seconds, like traffic."""
    rng = np.random.default_rng(seed)
    hertz = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    coloured = np.fft.irfft(np.fft.rfft(rng.normal(size=samples)) / np.maximum(hertz, 150.0), samples)
    seconds = np.arange(samples) / RATE_HZ
    swell = 1 + 0.5 * np.sin(2 * np.pi * (0.3 * seconds + rng.random()))
    return _of_power_1(coloured * swell)


def active_level(samples: Floats) -> float:
    """The RMS of the 20 ms pieces within 30 dB of the loudest: speech without its pauses."""
    whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
    power = (samples[:whole].reshape(-1, FRAME_SAMPLES) ** 2).mean(axis=1) if whole else np.zeros(1)
    return float(np.sqrt(power[power >= power.max() * 1e-3].mean()))


def _noise_for(speech: Floats, snr_db: float, seed: int, babble: Audio | None) -> Floats:
    """Noise `snr_db` under the speech as measured in the handset's band."""
    if babble is not None and babble.pcm and seed % 2 == 0:
        track = babble.samples.astype(np.float64)
        start = int(np.random.default_rng(seed).integers(len(track)))
        noise = np.resize(np.roll(track, -start), len(speech))
    else:
        noise = street_noise(len(speech), seed)
    return _of_power_1(band_limited(noise)) * active_level(speech) * 10 ** (-snr_db / 20)


def _of_power_1(samples: Floats) -> Floats:
    return samples / (float(np.sqrt(np.mean(samples**2))) or 1.0)


def _repeated(history: Floats, samples: int) -> Floats:
    period = _pitch_period(history)
    if not period:
        return np.zeros(samples)
    lost_ms = np.arange(samples) * 1000 / RATE_HZ
    fading = np.clip(1 - (lost_ms - 10) / 50, 0, 1)
    return np.asarray(np.resize(history[-period:], samples) * fading)


def _pitch_period(history: Floats) -> int:
    """The lag in samples at which the last 20 ms are most like what came before; 0 without enough of it."""
    if len(history) < FRAME_SAMPLES + _LONGEST_PITCH:
        return 0
    last = history[-FRAME_SAMPLES:]
    likeness = []
    for lag in range(_SHORTEST_PITCH, _LONGEST_PITCH + 1):
        before = history[-FRAME_SAMPLES - lag : -lag]
        likeness.append(float(last @ before) / (float(np.sqrt(before @ before)) or 1.0))
    return _SHORTEST_PITCH + int(np.argmax(likeness))


def _through_gsm(audio: Audio) -> Audio:
    soundfile = extra("soundfile")
    coded = io.BytesIO()
    soundfile.write(coded, audio.samples, RATE_HZ, format="WAV", subtype="GSM610")
    coded.seek(0)
    decoded, _ = soundfile.read(coded, dtype="int16")
    return from_samples(np.resize(decoded, len(audio.samples)))  # whole blocks come back
