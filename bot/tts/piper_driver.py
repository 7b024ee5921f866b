"""A Piper voice in pyttsx3: import this module, then `pyttsx3.init("bot.tts.piper_driver")`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.tts.phrase_driver import NATURAL_RATE, PhraseDriver, register
from bot.tts.piper_voice import PiperModel, PiperVoice


def buildDriver(proxy: Any) -> PhraseDriver:
    """`voice` is the `.onnx` file; its hashes are to be set before it."""
    return PhraseDriver(proxy, _load, {"voice": "", "model_sha256": None, "config_sha256": None})


def _load(properties: Mapping[str, Any]) -> PiperVoice:
    model = PiperModel(
        Path(properties["voice"]),
        model_sha256=properties["model_sha256"],
        config_sha256=properties["config_sha256"],
    )
    return PiperVoice(model, rate=properties["rate"] / NATURAL_RATE)


register(__name__)
