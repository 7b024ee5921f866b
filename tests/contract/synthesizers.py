"""A synthesiser that hums, for tests of everything above it, and the engines that not every machine has."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from bot.audio import RATE_HZ, Audio, from_samples
from bot.tts.pyttsx3_engine import SpeechDriver
from bot.tts.voices import average, piper

MS_PER_WORD = 200
OUR_MODEL = Path(__file__).parents[2] / "models" / "voice-vi-phone"


class ToneSynthesizer:
    """A tone for each word, 200 ms each; `spoken` keeps what was asked."""

    def __init__(self, voice: str = "tone/440", *, rate_hz: int = RATE_HZ) -> None:
        self._voice = voice
        self._rate_hz = rate_hz
        self.spoken: list[str] = []

    @property
    def voice(self) -> str:
        return self._voice

    def synthesize(self, text: str) -> Audio:
        self.spoken.append(text)
        seconds = np.arange(len(text.split()) * MS_PER_WORD * self._rate_hz // 1000) / self._rate_hz
        return from_samples(8000 * np.sin(2 * np.pi * 440 * seconds), self._rate_hz)

    def close(self) -> None:
        """Nothing is held."""


def our_voice() -> SpeechDriver:
    if not OUR_MODEL.is_dir():
        pytest.skip("no models/voice-vi-phone")
    return average(OUR_MODEL)


def tiny_piper(folder: Path) -> SpeechDriver:
    """Piper with a voice made in `folder`."""
    pytest.importorskip("piper")
    from tests.contract.tiny_piper import write_tiny_piper  # noqa: PLC0415 - needs Piper

    model = write_tiny_piper(folder)
    model_sha256, config_sha256 = (
        hashlib.sha256(file.read_bytes()).hexdigest() for file in (model, Path(f"{model}.json"))
    )
    return piper(model, model_sha256=model_sha256, config_sha256=config_sha256)
