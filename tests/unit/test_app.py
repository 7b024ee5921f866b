"""Which recogniser hears which turn, here and where viet-asr is missing; which engine speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import app
from bot.asr.workers import HeardBy
from bot.errors import SpeechError
from bot.replies import Expect
from bot.settings import AverageSettings, EngineSettings, PiperSettings, RecogniserSettings, Settings, VoiceSettings

TURNS = {
    Expect.MENU: "menu",
    Expect.CODE: "code",
    Expect.YES_NO: "yes_no",
    Expect.CLOSING: "closing",
    Expect.NOTHING: "closing",
}

PROJECT = Path(__file__).parents[2]


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(app, "recognizer_names", lambda _settings: [*names])


def settings(**engines: str) -> Settings:
    return Settings(root=Path(), recogniser=RecogniserSettings(engines=EngineSettings(**engines)))


def test_codes_are_heard_by_both_where_both_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "vosk", "vietasr", "grammar", "fused")
    told: list[str] = []
    turns = app.turn_engines(settings(), told.append)
    assert told == []
    assert turns[Expect.CODE] == HeardBy("fused", at_once=8, beyond="vosk")
    assert {turns[expect] for expect in Expect if expect is not Expect.CODE} == {HeardBy("vosk")}


def test_without_viet_asr_vosk_hears_alone_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "vosk")
    told: list[str] = []
    assert set(app.turn_engines(settings(menu="fused"), told.append).values()) == {HeardBy("vosk")}
    assert len(told) == 1
    assert "viet-asr" in told[0]


def test_what_needs_no_viet_asr_says_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "vosk")
    told: list[str] = []
    assert set(app.turn_engines(settings(code="vosk"), told.append).values()) == {HeardBy("vosk")}
    assert told == []


def test_each_row_has_its_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "vosk", "vietasr", "grammar", "fused")
    table = {"menu": "vietasr", "code": "grammar", "yes_no": "grammar", "closing": "vosk"}
    turns = app.turn_engines(settings(**table), print)
    assert turns == {expect: HeardBy(table[section]) for expect, section in TURNS.items()}


@pytest.mark.parametrize(
    ("model", "package", "names"),
    [
        (True, True, ["vosk", "vietasr", "grammar", "fused"]),
        (True, False, ["vosk"]),
        (False, True, ["vietasr", "grammar"]),
        (False, False, []),
    ],
)
def test_the_engines_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: bool, package: bool, names: list[str]
) -> None:
    monkeypatch.setattr(app.importlib.util, "find_spec", lambda _name: object() if package else None)
    here = Settings(root=tmp_path)
    if model:
        here.model_dir.mkdir(parents=True)
    assert app.recognizer_names(here) == names


def test_our_own_voice_is_the_default(tmp_path: Path) -> None:
    voice = app.bot_voice(Settings(root=PROJECT))
    assert voice.voice.startswith("average/")
    voice.close()
    espeak = app.bot_voice(Settings(root=tmp_path, voice=VoiceSettings(engine="espeak")))
    assert espeak.voice == "espeak-ng/vi+Annie/150wpm/pitch50"


@pytest.mark.parametrize("engine", ["average", "piper"])
def test_a_voice_whose_model_is_not_there_is_told_with_its_place(tmp_path: Path, engine: str) -> None:
    if engine == "piper":
        pytest.importorskip("piper")
    there = {"average": AverageSettings(model="giọng"), "piper": PiperSettings(model="giọng")}
    voice = app.bot_voice(Settings(root=tmp_path, voice=VoiceSettings(engine=engine, **{engine: there[engine]})))
    with pytest.raises(SpeechError, match=str(tmp_path / "giọng")):
        voice.synthesize("xin chào")
    voice.close()
