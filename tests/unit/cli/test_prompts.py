"""`nhanh8 prompts list`: what there is of each piece, and how much of it is heard."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.errors import ModelError
from tests.unit.cli.speaking_project import write_project


def listed(config: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(config), "prompts", "list", *options])


def test_a_summary_counts_recordings_and_seconds(tmp_path: Path) -> None:
    done = listed(write_project(tmp_path))
    assert done.exit_code == 0, done.output
    assert "12 đoạn, 2 giây: 3 người thu, 9 chưa có." in done.stdout
    assert "utter_known.wav" in done.stdout
    assert "G.711" not in done.stdout


def test_pieces_are_heard_back_the_worst_first(tmp_path: Path) -> None:
    pytest.importorskip("vietasr")
    done = listed(write_project(tmp_path), "--heard")
    assert done.exit_code == 0, done.output
    rows = [line for line in done.stdout.splitlines() if ".wav" in line]
    at = {name: next(row for row, line in enumerate(rows) if name in line) for name in ("known", "other", "digit_2")}
    assert at["digit_2"] < at["other"] < at["known"], "what cannot be played, what is heard as something else, the rest"
    assert "/ 100%" in rows[at["known"]]
    assert "/ 0%" in rows[at["other"]]
    assert "số từ" in done.stdout


def test_without_viet_asr_listening_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vietasr", None)
    config = write_project(tmp_path)
    assert isinstance(listed(config, "--heard").exception, ModelError)
    assert listed(config).exit_code == 0
