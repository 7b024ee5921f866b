"""Our voice under its name in pyttsx3."""

from __future__ import annotations

from pathlib import Path

import pyttsx3

from bot.errors import SpeechError
from bot.tts import average_driver


def test_pyttsx3_knows_our_voice_and_where_its_model_lies() -> None:
    engine = pyttsx3.init(average_driver.__name__)
    assert engine.getProperty("voice") == str(Path(__file__).parents[3] / "models" / "voice-vi-phone")
    assert engine.getProperty("pitch") is None


def test_a_folder_without_its_model_is_told(tmp_path: Path) -> None:
    told: list[Exception] = []
    engine = pyttsx3.init(average_driver.__name__)
    engine.connect("error", lambda name, exception: told.append(exception))
    engine.setProperty("voice", str(tmp_path))
    engine.runAndWait()
    assert [type(error) for error in told] == [SpeechError]
    assert str(tmp_path) in str(told[0])
