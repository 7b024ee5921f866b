"""Our own Vietnamese voice in pyttsx3: import this module, then `pyttsx3.init("bot.tts.average_driver")`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.tts.average_voice import AverageVoice
from bot.tts.phrase_driver import NATURAL_RATE, PhraseDriver, register

MODEL: Final = Path(__file__).resolve().parents[2] / "models" / "voice-vi-phone"


def buildDriver(proxy: Any) -> PhraseDriver:
    """`voice` is the model's folder, `mixture` of which readers, `pitch` its mean in Hz (None: the mixture's own)."""
    return PhraseDriver(proxy, _load, {"voice": str(MODEL), "mixture": "all", "pitch": None})


def _load(properties: Mapping[str, Any]) -> AverageVoice:
    rate = properties["rate"] / NATURAL_RATE
    return AverageVoice(
        Path(properties["voice"]), mixture=properties["mixture"], pitch_hz=properties["pitch"], rate=rate
    )


register(__name__)
