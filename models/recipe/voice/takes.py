"""A digit as it is said in the middle of a group, before a pause, and last: length, pitch and loudness by rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from voice.world import FRAME_MS, RATE_HZ, Floats, Parameters, synthesize

_FADE_IN_S, _FADE_OUT_S = 0.012, 0.024
_USUAL_FRAMES = 52  # of a digit cut out of fluent speech


@dataclass(frozen=True, slots=True)
class Prosody:
    """Length against the medial take, and how far the pitch of the last frame lies under its own line (semitones)."""

    length: float
    lower: float
    fall: float


# The names' ends are those that bot/tts/prompts.py knows. Tones carry meaning: the fall is a line under the tone.
POSITIONS = {
    "": Prosody(1.0, 0.0, 0.0),
    "-group": Prosody(1.15, 0.5, 1.0),
    "-last": Prosody(1.25, 1.0, 2.5),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the voice speaks; the defaults are those that were understood best through G.711."""

    pitch_hz: float = 140.0
    seconds: float = 0.30  # of a medial take of a word of usual length
    own_length: float = 0.5  # how much of each word's own length is left: a stop at the end needs a short vowel
    onset_ms: float = 70.0  # of a word, not made longer
    tone: float = 1.0  # the range of its tones
    sharpness: float = 1.1  # of its formants
    tilt_db: float = 3.0  # more at 3.4 kHz than at 500 Hz: a telephone's narrow band


def take(word: Parameters, prosody: Prosody, manner: Manner) -> Floats:
    """Samples of an average of a word (see `average`) at 16 kHz, peak below 1."""
    own = (len(word) / _USUAL_FRAMES) ** manner.own_length
    frames = round(manner.seconds * own * prosody.length * 1000 / FRAME_MS)
    said = word.at(_times(len(word), frames, manner.onset_ms))
    line = np.linspace(0.0, 1.0, frames)
    lower = (prosody.lower + prosody.fall * line) * np.log(2) / 12
    cepstra = said.cepstra.copy()
    cepstra[:, 1:20] *= manner.sharpness
    log_f0 = np.log(manner.pitch_hz) + manner.tone * said.log_f0 - lower
    samples = synthesize(replace(said, log_f0=log_f0, cepstra=cepstra))
    return _faded(_tilted(samples, manner.tilt_db))


def _times(of_word: int, frames: int, onset_ms: float) -> Floats:
    """Where each frame of a take is in the word: a consonant at the start is as quick as in fluent speech."""
    onset = min(round(onset_ms / FRAME_MS), of_word // 2, frames // 2)
    return np.concatenate([np.arange(onset), np.linspace(onset, of_word - 1, frames - onset)])


def _tilted(samples: Floats, tilt_db: float) -> Floats:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    octaves = np.log2(np.clip(hertz, 500, 3400) / 500) / np.log2(3400 / 500)
    return np.asarray(np.fft.irfft(spectrum * 10 ** (tilt_db * octaves / 20), len(samples)))


def _faded(samples: Floats) -> Floats:
    into, out = round(_FADE_IN_S * RATE_HZ), round(_FADE_OUT_S * RATE_HZ)
    shaped = samples.copy()
    shaped[:into] *= np.linspace(0, 1, into)
    shaped[-out:] *= np.linspace(1, 0, out)
    return shaped
