"""`nhanh8 evaluate calls` through the real bot."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.errors import ScriptError

LEAVES = """
caller: "0912345678"
outcome: reset
turns:
  - expect: utter_ask_reset_form_service
    keys: "8"
  - expect: utter_password
    hang_up: true
"""
GOES = """
caller: "0912345678"
outcome: hung_up
turns:
  - during: utter_greeting
    hang_up: true
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", "calls", *map(str, arguments)])


def test_a_call_that_goes_otherwise_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "leaves.yml").write_text(LEAVES, encoding="utf-8")
    (tmp_path / "goes.yml").write_text(GOES, encoding="utf-8")
    done = run(tmp_path, "--out", tmp_path / "report")
    assert done.exit_code == 0, done.output
    result = json.loads((tmp_path / "report/result.json").read_text(encoding="utf-8"))
    assert (result["calls"], result["completed"], result["outcomes"]) == (2, 1, {"hung_up": 2})
    goes, leaves = result["each"]
    assert goes["completed"]
    assert f"{tmp_path / 'leaves.yml'}:7: chờ câu utter_password" in leaves["surprises"][0]
    page = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 1
    assert "0912345678" not in page


def test_every_broken_script_is_told(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path, "--out", tmp_path / "report").exception, ScriptError)
    (tmp_path / "a.yml").write_text("turns: 1\n", encoding="utf-8")
    (tmp_path / "b.yml").write_text("turns:\n  - say: alo\n    keys: '1'\n", encoding="utf-8")
    told = str(run(tmp_path, "--out", tmp_path / "report").exception)
    assert "a.yml:1:" in told
    assert "b.yml:2:" in told
