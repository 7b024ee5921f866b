"""`nhanh8 bench voice` from end to end, with two prompts, one password and one new sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.audio import write_wav
from bot.cli.main import app
from bot.errors import AudioError
from bot.evaluate.quality import SpeechQuality
from bot.evaluate.recordings import SEGMENT_COLUMNS
from bot.evaluate.voice_material import SENTENCES
from tests.unit.cli.speaking_project import said_clearly, write_project


def bench(config: Path, *options: str | Path) -> Result:
    return CliRunner().invoke(app, ["--config", str(config), "bench", "voice", "--strings", "1", *map(str, options)])


def table_of_people(folder: Path, kind: str = "sentence") -> Path:
    audio = said_clearly("123")
    write_wav(folder / "pack.wav", audio)
    row = ("s01-1", "pack.wav", "0", f"{audio.duration_ms / 1000}", "dev", kind, "p1", "16000", "Một, hai, ba.")
    table = folder / "segments.tsv"
    table.write_text("\n".join("\t".join(cells) for cells in (SEGMENT_COLUMNS, row)), encoding="utf-8")
    return table


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("vietasr")
    monkeypatch.setattr("bot.cli.bench_voice.SENTENCES", SENTENCES[10:11])
    return write_project(tmp_path)


def test_figures_of_a_voice_and_of_people(config: Path, tmp_path: Path) -> None:
    done = bench(config, "--engine", "espeak", "--segments", table_of_people(tmp_path), "--json")
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    theirs, ours = figures["vietasr"], figures["vosk"]
    digits = {f"{what}_{band}" for what in ("digits", "passwords") for band in ("16k", "8k", "handset")}
    words = {f"{what}_{band}" for what in ("prompt_words", "free_text", "people") for band in ("16k", "8k")}
    assert set(theirs) == digits | words
    assert set(ours) == {f"{what}_{band}" for what in ("digits", "passwords") for band in ("8k", "handset")}
    assert all(0 <= share <= 1 for share in (*theirs.values(), *ours.values()))
    assert theirs["people_8k"] == 1
    assert theirs["prompt_words_8k"] == pytest.approx(3 / 5), "recordings of people are heard, not the engine"
    assert 0 < figures["real_time_factor"] < 1
    assert 0 < figures["first_audio_ms"]["p50"] <= figures["first_audio_ms"]["p95"]
    assert figures["first_phrase_ms"] == {"p50": None, "p95": None}
    assert figures["voice"].startswith("espeak-ng/")
    if SpeechQuality.load():
        assert all(1 < figures[f"mos_{what}"] < 5 for what in ("digits", "prompts", "free_text", "people"))


def test_what_was_not_measured_is_a_dash(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpeechQuality, "load", lambda: None)
    done = bench(config)
    assert done.exit_code == 0, done.output
    lines = [line.split("│") for line in done.stdout.splitlines() if line.count("│") == 3]
    rows = {name.strip(): cell.strip() for _, name, cell, _ in lines}
    assert [rows[name] for name in rows if "DNSMOS" in name or "người thật" in name] == ["-"] * 3
    assert rows["Từ trong lời thoại: 16 kHz / G.711"].count("%") == 2
    assert "nhanh8[evaluate]" in done.stdout


def test_mistakes_are_told_before_the_work(tmp_path: Path) -> None:
    config = write_project(tmp_path)
    assert bench(config, "--engine", "festival").exit_code == 2
    assert isinstance(bench(config, "--segments", tmp_path / "no.tsv").exception, AudioError)
    assert isinstance(bench(config, "--segments", table_of_people(tmp_path, "word")).exception, AudioError)
