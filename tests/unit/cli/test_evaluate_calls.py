"""`nhanh8 evaluate calls` through the real bot."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.app import caller_voice
from bot.audio import join, silence, write_wav
from bot.cli.main import app
from bot.errors import ScriptError
from bot.transports.phone_line import PhoneLine

LEAVES = """
caller: "0912345678"
outcome: reset
turns:
  - expect: utter_ask_reset_form_service
    keys: "8"
  - expect: utter_password
    hang_up: true
"""
TABLE = """file,caller,outcome,code
agent.wav,0912345678,agent,
agent.wav,,withheld,
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", "calls", *map(str, arguments)])


def wants_a_person(path: Path) -> None:
    """A synthetic caller who lets the bot greet and asks for a person: proves plumbing only."""
    voice = caller_voice()
    try:
        spoken = PhoneLine().carry(voice.synthesize("cho tôi gặp tổng đài viên"))
    finally:
        voice.close()
    write_wav(path, join([silence(10_000), spoken]))


def test_scripts_and_recordings_are_called_and_what_went_otherwise_is_told(tmp_path: Path) -> None:
    (tmp_path / "leaves.yml").write_text(LEAVES, encoding="utf-8")
    wants_a_person(tmp_path / "agent.wav")
    (tmp_path / "calls.csv").write_text(TABLE, encoding="utf-8")
    done = run(tmp_path, "--jobs", "1", "--out", tmp_path / "report")
    assert done.exit_code == 0, done.output
    report = tmp_path / "report"
    assert {path.name for path in report.iterdir()} == {"index.html", "result.json", "junit.xml", "events"}
    result = json.loads((report / "result.json").read_text(encoding="utf-8"))
    assert (result["scripts"], result["recordings"], result["completed"]) == (1, 2, 2)
    assert [(row["name"], row["outcome"]) for row in result["each"]] == [
        ("leaves", "hung_up"),
        ("agent", "agent"),
        ("agent-2", "withheld"),
    ]
    assert f"{tmp_path / 'leaves.yml'}:7: chờ câu utter_password" in result["each"][0]["surprises"][0]
    page = (report / "index.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 1
    assert "0912345678" not in page


def test_everything_that_is_broken_is_told(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path, "--out", tmp_path / "report").exception, ScriptError)
    (tmp_path / "a.yml").write_text("turns: 1\n", encoding="utf-8")
    (tmp_path / "b.yml").write_text("turns:\n  - say: alo\n    keys: '1'\n", encoding="utf-8")
    (tmp_path / "calls.csv").write_text(TABLE, encoding="utf-8")
    told = str(run(tmp_path, "--out", tmp_path / "report").exception)
    assert "a.yml:1:" in told
    assert "b.yml:2:" in told
    assert "calls.csv:2-3: Không có tệp âm thanh" in told
