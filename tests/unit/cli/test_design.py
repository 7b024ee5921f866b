"""`nhanh8 design` as a designer runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.design.sources import read_design
from tests.unit.design.copies import COMMANDS, DOMAIN, OWN, ROOT, RULES, copy, line


def run(config: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["--config", str(config), "design", *map(str, arguments)])


def test_faults_end_in_exit_code_1_with_file_line_and_what_to_do(tmp_path: Path) -> None:
    sources = copy(
        tmp_path,
        (DOMAIN, "expect: menu}", "expect: men}"),
        (RULES, "- intent: ask_fee", "- intent: ask_fees"),
        (COMMANDS, "      - dừng\n", "      - dừng\n      - nhắc lại\n"),
    )
    shutil.copytree(ROOT / "audio_prompts", tmp_path / "audio_prompts")
    done = run(sources.config, "check", "--max-seconds", "6", "--json")
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    assert told["errors"] == sum(each["severity"] == "error" for each in told["findings"])
    assert told["warnings"] == len(told["findings"]) - told["errors"] > 0
    found = {(each["kind"], Path(each["file"]).name, each["line"]): each["message"] for each in told["findings"]}
    assert "Có thể dùng" in found["domain", DOMAIN, line(sources, DOMAIN, "expect: men}")]
    assert "Sửa tên" in found["unknown_intent", RULES, line(sources, RULES, "- intent: ask_fees")]
    twice = [number for kind, _, number in found if kind == "example_in_two_intents"]
    assert twice
    (withheld,) = [each for each in read_design(sources).variations if each.response == "utter_withheld"]
    assert "Rút ngắn" in found["too_long", DOMAIN, withheld.at.line]


def test_the_projects_own_design_is_good() -> None:
    done = run(OWN.config, "check", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    # Recordings change with the voice, and a missing one is rendered when it is needed.
    assert [each for each in told["findings"] if not each["kind"].startswith(("prompt", "too_long"))] == []


def test_a_file_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    sources = copy(tmp_path, (RULES, "- rule: Hỏi cước", "- rule: [Hỏi cước"))
    done = run(sources.config, "check")
    assert done.exit_code == 1
    assert re.search(r"rules\.yml:\d+: lỗi: YAML sai cú pháp", done.stdout)
    assert "1 lỗi, 0 điều nên xem." in done.stdout


def test_the_picture_is_written_with_calls_on_it(tmp_path: Path) -> None:
    events = tmp_path / "a.jsonl"
    decided = {"event": "decided", "intent": "start_call", "expect": "menu", "slots": {"requested_slot": "service"}}
    events.write_text(json.dumps({"event": "call_started"}) + "\n" + json.dumps(decided) + "\n", encoding="utf-8")
    picture = tmp_path / "conversation.svg"
    done = run(OWN.config, "graph", "--out", picture, "--calls", events)
    assert done.exit_code == 0, done.output
    text = picture.read_text(encoding="utf-8")
    assert text.lstrip().startswith("<?xml")
    assert "1 cuộc gọi" in text
    assert "Hỏi bhxh_code" in text


def test_help_does_not_wait_for_rasa_or_graphviz() -> None:
    loads = (
        "import sys, bot.cli.design as _; print([m for m in ('rasa', 'tensorflow', 'pygraphviz') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
