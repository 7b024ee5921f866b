"""A project of two prompts, for commands that listen to all that the bot says."""

from __future__ import annotations

from pathlib import Path

from bot.audio import Audio, join, read_wav, silence, write_wav

ROOT = Path(__file__).parents[3]

DOMAIN = """responses:
  utter_known:
    - text: "một hai ba"
  utter_other:
    - text: "bốn năm"
"""
CONFIG = f"""bot:
  password:
    length: 4
  voice:
    folder: prompts
    engine: espeak
  recogniser:
    model: {ROOT}/models/vosk-vi-phone
"""


def write_project(folder: Path) -> Path:
    """Its config.yml. `utter_known` says what is written, `utter_other` does not; only one digit has a recording."""
    (folder / "nlu_data").mkdir()
    (folder / "nlu_data/nlu").symlink_to(ROOT / "nlu_data/nlu")
    (folder / "nlu_data/domain.yml").write_text(DOMAIN, encoding="utf-8")
    for name, digits in {"digit_1": "1", "utter_known": "123", "utter_other": "13"}.items():
        write_wav(folder / f"prompts/{name}.wav", said_clearly(digits))
    config = folder / "config.yml"
    config.write_text(CONFIG, encoding="utf-8")
    return config


def said_clearly(digits: str) -> Audio:
    """Digits of the voice that is shipped, 16 kHz."""
    recorded = [read_wav(ROOT / f"audio_prompts/vi/digit_{digit}.wav") for digit in digits]
    return join([part for each in recorded for part in (each, silence(120))], 16000)
