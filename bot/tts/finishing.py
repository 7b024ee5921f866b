"""Makes a piece's WAV of a voice artist's recording: cut to the speech, one loudness, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import soxr

from bot.audio import WIDE_BAND_HZ, Audio, from_samples
from bot.errors import AudioError
from bot.tts.loudness import TARGET_LUFS, levelled, loudness_lufs
from bot.tts.raw_sound import Floats, RawSound
from bot.tts.speech_span import SpeechSpan, speech_span

LEAD_MS: Final = 20
TAIL_MS: Final = 60
# Audiobooks' publishers (ACX) want noise under -60 dBFS beside speech of -23 dBFS or more.
LEAST_SNR_DB: Final = 37.0
LEAST_LUFS: Final = -40.0  # louder by 24 dB, a microphone's own noise is heard
SHORTEST, LONGEST, LONGER_MS = 0.6, 1.7, 200  # against the synthesiser's; a slow single digit takes half a second
_FADE_MS: Final = 5
_RUMBLE_HZ: Final = (40, 80)  # gone and whole; below voices, and far below a telephone's 300 Hz
_FULL: Final = 0.999
_FLAT_S: Final = 1 / 16_000  # how much sound stands between three samples, at a usual rate
_SHORT_OF_LU: Final = 1.0
_CUT_DB: Final = -10.0  # against the speech: louder at the very end of a recording, and something is missing
_APART_S: Final = 0.1


class Flaw(Enum):
    """What can be wrong with a take."""

    CLIPPED = "clipped"
    CUT = "cut"  # it begins or ends inside the speech
    NOISY = "noisy"
    QUIET = "quiet"
    PEAKS = "peaks"  # too high above the speech for it to be as loud as the rest
    SHORT = "short"
    LONG = "long"
    OTHER_WORDS = "other_words"


@dataclass(frozen=True, slots=True)
class Finding:
    """`message` is a Vietnamese clause of what is wrong and what to do. A `grave` one asks for another take."""

    flaw: Flaw
    message: str
    grave: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """`audio`: 16 kHz, as the library keeps it. `lufs`: how loud it is now. `snr_db`: see `SpeechSpan`."""

    audio: Audio
    lufs: float
    snr_db: float | None
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        return not any(finding.grave for finding in self.findings)


def finished(sound: RawSound, *, usual_ms: int) -> Finished:
    """`usual_ms` is how long the synthesiser takes for the same words.

    Raises:
        AudioError: nobody speaks.
    """
    samples = _without_rumble(_wide_band(sound))
    span = speech_span(samples, WIDE_BAND_HZ)
    if span is None:
        raise AudioError("Không nghe thấy ai nói. Kiểm tra micrô, rồi thu lại.")
    start = max(span.start - LEAD_MS * WIDE_BAND_HZ // 1000, 0)
    cut = samples[start : span.end + TAIL_MS * WIDE_BAND_HZ // 1000]
    speech = slice(span.start - start, span.end - start)
    kept = _faded(levelled(cut, WIDE_BAND_HZ, speech))
    lufs = loudness_lufs(kept[speech], WIDE_BAND_HZ)
    said_ms = (span.end - span.start) * 1000 // WIDE_BAND_HZ
    findings = (
        _clipped(sound),
        _cut_off(samples, span),
        _noisy(span),
        _level(loudness_lufs(samples[span.start : span.end], WIDE_BAND_HZ), lufs),
        _length(said_ms, usual_ms),
    )
    return Finished(
        audio=from_samples(kept * 32768, WIDE_BAND_HZ),
        lufs=lufs,
        snr_db=span.snr_db,
        findings=tuple(finding for finding in findings if finding),
    )


def _wide_band(sound: RawSound) -> Floats:
    if sound.rate_hz == WIDE_BAND_HZ:
        return sound.mono
    return np.asarray(soxr.resample(sound.mono, sound.rate_hz, WIDE_BAND_HZ))


def _without_rumble(samples: Floats) -> Floats:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / WIDE_BAND_HZ)
    gone, whole = _RUMBLE_HZ
    return np.asarray(np.fft.irfft(spectrum * np.clip((hertz - gone) / (whole - gone), 0, 1), len(samples)))


def _faded(samples: Floats) -> Floats:
    """Nothing clicks where pieces are put together."""
    count = min(_FADE_MS * WIDE_BAND_HZ // 1000, len(samples) // 2)
    gain = np.ones(len(samples))
    gain[:count] = np.linspace(0, 1, count)
    gain[len(gain) - count :] = np.linspace(1, 0, count)
    return samples * gain


def _clipped(sound: RawSound) -> Finding | None:
    """Three samples in a row at full scale, or as many as take as long at a higher rate."""
    full = (np.abs(sound.samples) >= _FULL).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], full, [False]]).astype(np.int8)))
    least = max(3, round(sound.rate_hz * _FLAT_S))
    at_s = [int(start) / sound.rate_hz for start, end in edges.reshape(-1, 2) if end - start >= least]
    places = [at for before, at in zip([-1.0, *at_s], at_s, strict=False) if at - before > _APART_S]
    if not places:
        return None
    seconds = "; ".join(comma(at, 1) for at in places[:3]) + (" …" if len(places) > 3 else "")
    return Finding(Flaw.CLIPPED, f"vỡ tiếng ở giây {seconds}: vặn nhỏ micrô")


def _cut_off(samples: Floats, span: SpeechSpan) -> Finding | None:
    ends = WIDE_BAND_HZ // 100
    speech = float(np.mean(samples[span.start : span.end] ** 2)) * 10 ** (_CUT_DB / 10)
    if np.mean(samples[:ends] ** 2) > speech:
        return Finding(Flaw.CUT, "mất đầu câu: chờ một nhịp rồi hãy nói")
    if np.mean(samples[-ends:] ** 2) > speech:
        return Finding(Flaw.CUT, "mất cuối câu: nói xong chờ một nhịp")
    return None


def _noisy(span: SpeechSpan) -> Finding | None:
    if span.snr_db is None or span.snr_db >= LEAST_SNR_DB:
        return None
    return Finding(Flaw.NOISY, f"ồn: nền chỉ dưới lời {span.snr_db:.0f} dB, cần {LEAST_SNR_DB:.0f}: tìm chỗ yên hơn")


def _level(before_lufs: float, lufs: float) -> Finding | None:
    if before_lufs < LEAST_LUFS:
        return Finding(Flaw.QUIET, f"nhỏ quá ({comma(before_lufs, 0)} LUFS): vặn to micrô hoặc nói gần hơn")
    if lufs < TARGET_LUFS - _SHORT_OF_LU:
        return Finding(Flaw.PEAKS, f"có tiếng nổ, chỉ to được {comma(lufs, 1)} LUFS: nói lệch khỏi micrô")
    return None


def _length(said_ms: int, usual_ms: int) -> Finding | None:
    seconds = f"{comma(said_ms / 1000, 1)} giây, máy đọc {comma(usual_ms / 1000, 1)} giây"
    if said_ms < SHORTEST * usual_ms:
        return Finding(Flaw.SHORT, f"ngắn quá ({seconds}): xem có đủ lời không")
    if said_ms > LONGEST * usual_ms + LONGER_MS:
        return Finding(Flaw.LONG, f"dài quá ({seconds}): xem có thừa lời, thừa tiếng động không")
    return None


def comma(value: float, places: int) -> str:
    """A number as Vietnamese people write it."""
    return f"{value:.{places}f}".replace(".", ",").replace("-", "−")
