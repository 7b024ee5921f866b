"""The average voice: Vietnamese text to speech of many readers at once, a phrase at a time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.tts.average_frames import ONSET, RIME, SILENCE, Segments, frames, syllables
from bot.tts.average_network import DESCRIPTION, WEIGHTS, AverageNetwork
from bot.tts.world import FRAME_MS, RATE_HZ, STEP, synthesized
from bot.vietnamese.speech import spoken
from bot.vietnamese.speech import syllables as syllables_of

Samples = npt.NDArray[np.int16]

_STEP_MS: Final = STEP * FRAME_MS
_PHRASE: Final = re.compile(r"([,;:.!?…\n]+)")
_PAUSE_MS: Final = {",": 180, ";": 260, ":": 260}  # of the last mark of a phrase; of all others
_STOP_MS: Final = 380
_EDGE_MS: Final = 60  # of silence that the network is told around a phrase
_LONGEST: Final = 14  # syllables in one breath; a longer phrase is cut where it is least heard
_LOUDNESS: Final = 0.11  # root mean square of what sounds
_HIGHEST: Final = 0.95


class AverageVoice:
    """`rate` above 1 is faster than the model's own pace, `pitch_hz` is the mixture's own by default.

    Raises:
        SpeechError: the folder is missing or no such model.
    """

    def __init__(self, folder: Path, *, pitch_hz: float | None = None, rate: float = 1.0, mixture: str = "all") -> None:
        self._network = AverageNetwork(folder, mixture)
        self._log_pitch = np.log(pitch_hz) if pitch_hz else self._network.pitch
        self._rate = rate
        digest = hashlib.sha256((folder / WEIGHTS).read_bytes() + (folder / DESCRIPTION).read_bytes()).hexdigest()
        tuning = (f"/{pitch_hz:g}Hz" if pitch_hz else "") + (f"/x{rate:g}" if rate != 1.0 else "")
        self.name = f"average/{digest[:12]}/{mixture}{tuning}"

    def phrases(self, text: str) -> Iterator[Samples]:
        """Samples at 16 kHz of one phrase and pause after another; of a text without words a moment of silence."""
        said_ones = list(breaths(text)) or [([], _EDGE_MS)]
        for number, (said, pause_ms) in enumerate(said_ones, start=1):
            if said:
                yield self._said(said)
            if (pause_ms and number < len(said_ones)) or not said:
                yield _silence(pause_ms)

    def _said(self, said: list[str]) -> Samples:
        told = syllables(said, [False] * len(said))
        timed = segments(self._network.durations(told) / self._rate)
        parameters = self._network.parameters(told, frames(timed))
        parameters.log_f0[:] += self._log_pitch
        return _levelled(synthesized(parameters, self._network.envelope_of))


def breaths(text: str) -> Iterator[tuple[list[str], int]]:
    """The syllables of each phrase, long ones in even parts, and the silence after it in ms; none of a text without
    words.
    """
    parts = _PHRASE.split(spoken(text))
    for part, mark in zip(parts[::2], [*parts[1::2], ""], strict=True):
        said = syllables_of(part)
        count = -(-len(said) // _LONGEST)
        for cut in range(count):
            breath = said[cut * len(said) // count : (cut + 1) * len(said) // count]
            yield breath, 0 if cut + 1 < count else _PAUSE_MS.get(mark.strip()[-1:], _STOP_MS)


def _silence(ms: int) -> Samples:
    return np.zeros(ms * RATE_HZ // 1000, np.int16)


def segments(lengths: npt.NDArray[np.float32]) -> Segments:
    """Silence, the onset and rime of each syllable, as long as `lengths` [syllables, 2] says in steps, silence."""
    count = len(lengths)
    edge = round(_EDGE_MS / _STEP_MS)
    kinds = np.array([SILENCE, *[ONSET, RIME] * count, SILENCE])
    owners = np.array([0, *np.repeat(np.arange(count), 2), count - 1])
    ends = np.concatenate([[0.0], np.cumsum(lengths.reshape(-1))])
    steps = np.maximum(np.diff(ends.round().astype(int)), np.tile([1, 3], count))
    return Segments(kinds, owners, np.array([edge, *steps, edge]))


def _levelled(samples: npt.NDArray[np.float64]) -> Samples:
    loud = samples[np.abs(samples) > 0.1 * np.abs(samples).max()]
    gain = min(_LOUDNESS / max(float(np.sqrt((loud**2).mean())), 1e-6), _HIGHEST / float(np.abs(samples).max()))
    return np.asarray(samples * gain * 32767, np.int16)
