"""Each engine is loaded once, and with what it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.asr.engines import Engines
from bot.ports import Recognizer
from tests.contract.recognizers import ScriptedRecognizer

PARTS = Engines(vosk_model=Path("vosk"), nlu=Path("nlu"), digit_head=Path("head.npz"), code_lengths=(10,))


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["vosk"], ["vosk"]),
        (["fused"], ["grammar", "vosk"]),
        (["vosk", "fused", "vietasr"], ["grammar", "vietasr", "vosk"]),
    ],
)
def test_an_engine_is_loaded_once_and_with_those_that_it_is_made_of(
    monkeypatch: pytest.MonkeyPatch, names: list[str], parts: list[str]
) -> None:
    loaded: list[str] = []

    def load(_: Engines, name: str) -> Recognizer:
        loaded.append(name)
        return ScriptedRecognizer("")

    monkeypatch.setattr(Engines, "_load", load)
    assert set(PARTS.load(*names)) == {*names, *parts}
    assert sorted(loaded) == parts
