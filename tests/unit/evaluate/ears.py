"""Engines that other processes load: in a module of their own, for it is they who import it."""

from __future__ import annotations

import os
from pathlib import Path

from bot.asr.grammars import Grammars
from bot.asr.vosk_engine import VoskRecognizer
from bot.errors import ModelError
from bot.ports import Recognizer

ROOT = Path(__file__).parents[3]


def vosk(loads: Path) -> Recognizer:
    """Each process that loads it writes its pid down."""
    with loads.open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    return VoskRecognizer(ROOT / "models/vosk-vi-phone", Grammars(ROOT / "nlu_data/nlu"))


def broken() -> Recognizer:
    raise ModelError("Mô hình bị hỏng.")
