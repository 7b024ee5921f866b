"""The designer's files by Rasa's own checks: its data validation, and its test stories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.design.rasa_stories import run_stories
from bot.design.sources import read_design
from tests.unit.design.copies import OWN, TESTS, copy, line

ROOT = Path(__file__).parents[2]
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}


def rasa(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rasa", *arguments],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_rasa_finds_no_mistake_in_the_data() -> None:
    result = rasa("data", "validate", "--fail-on-warnings", "--domain", "nlu_data/domain.yml", "--data", "nlu_data")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]


def test_the_test_stories_go_as_told(dialogue_model: Path) -> None:
    stories = read_design(OWN).tests
    results = run_stories(dialogue_model, stories)
    assert len(results) == len(stories) > 0
    assert [result for result in results if result.failures] == []


def test_a_story_that_goes_otherwise_is_told_with_what_rasa_chose(dialogue_model: Path, tmp_path: Path) -> None:
    sources = copy(tmp_path, (TESTS, "- action: utter_fee", "- action: utter_ways"))
    results = run_stories(dialogue_model, read_design(sources).tests)
    (failed,) = [result for result in results if result.failures]
    assert failed.name == "Hỏi bên lề rồi quay lại"
    assert str(failed.at) == f"{sources.nlu_dir / TESTS}:{line(sources, TESTS, '- story: Hỏi bên lề rồi quay lại')}"
    assert failed.failures[0] == "chờ action: utter_ways; Rasa chọn utter_fee."
