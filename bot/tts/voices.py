"""The engines that the bot can speak with, as the worker is told of them."""

from __future__ import annotations

from pathlib import Path

from bot.tts.phrase_driver import NATURAL_RATE
from bot.tts.pyttsx3_engine import SpeechDriver
from bot.tts.pyttsx3_worker import DEBIAN, ESPEAK, WHEEL


def average(model: Path, *, mixture: str = "all", pitch_hz: float | None = None, rate: float = 1.0) -> SpeechDriver:
    """Our own voice from its model's folder; `rate` 2 is twice as fast, `pitch_hz` its mean (None: the model's)."""
    properties = {"mixture": mixture, "pitch": pitch_hz, "rate": rate * NATURAL_RATE, "voice": str(model)}
    return SpeechDriver(driver="bot.tts.average_driver", properties=properties)


def espeak(
    name: str = "vi+Annie", *, rate_wpm: int = 150, pitch: int = 50, wheel_library: bool = False
) -> SpeechDriver:
    """`name` is espeak-ng's: `vi`, `vi-vn-x-south+f2`.

    The defaults come from what viet-asr's plain text understood through G.711: of 28 prompts and 60 8-digit strings,
    38 % of the words and 71 % of the digits; of plain `vi` 25 % and 64 %. Of 21 other voices, most tried on a third of
    that, +f5 was as good and a fifth longer, the southern and central ones far worse. Other rates, pitches and gaps
    gained nothing. No person has listened.

    `wheel_library` uses the espeakng-loader wheel's espeak-ng though Debian's is installed.
    """
    return SpeechDriver(
        driver=ESPEAK,
        properties={"voice": name, "rate": rate_wpm, "pitch": pitch},
        library=WHEEL if wheel_library else DEBIAN,
        voice=f"espeak-ng/{name}/{rate_wpm}wpm/pitch{pitch}",
    )


def piper(model: Path, *, model_sha256: str | None, config_sha256: str | None, rate: float = 1.0) -> SpeechDriver:
    """A Piper voice: an `.onnx` file with its `.onnx.json` beside it, and the SHA-256 of both; `rate` as above."""
    properties = {
        "model_sha256": model_sha256,
        "config_sha256": config_sha256,
        "rate": rate * NATURAL_RATE,
        "voice": str(model),
    }
    return SpeechDriver(driver="bot.tts.piper_driver", properties=properties)
