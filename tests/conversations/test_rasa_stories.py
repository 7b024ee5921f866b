"""The designer's files by Rasa's own checks: its data validation, and its test stories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.slow
def test_the_test_stories_go_as_told(dialogue_model: Path, tmp_path: Path) -> None:
    result = rasa(
        *("test", "core", "--model", str(dialogue_model), "--stories", "nlu_data/tests"),
        *("--out", str(tmp_path), "--fail-on-prediction-errors"),
    )
    failed = tmp_path / "failed_test_stories.yml"
    assert result.returncode == 0, failed.read_text("utf-8") if failed.exists() else result.stderr[-3000:]
    assert "none of the test stories failed" in failed.read_text("utf-8").lower()
