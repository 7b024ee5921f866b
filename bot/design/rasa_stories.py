"""Rasa's test stories: whether the rules lead from step to step as the stories tell."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.design.findings import At
from bot.design.sources import Rule
from bot.errors import ModelError

_FAILED: Final = "failed_test_stories.yml"  # what Rasa writes
_STORY: Final = re.compile(r"^- story: (?P<name>.+?)(?: \([^()]*\))?$")
_WRONG: Final = re.compile(r"^  - (?P<wanted>\w+: \S+) +# predicted: (?P<got>.+)$")


@dataclass(frozen=True, slots=True)
class StoryResult:
    """`failures` has what Rasa decided otherwise, in the order of the story."""

    name: str
    at: At
    failures: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "file": str(self.at.file),
            "line": self.at.line,
            "passed": not self.failures,
            "failures": list(self.failures),
        }


def run_stories(model: Path, stories: tuple[Rule, ...]) -> list[StoryResult]:
    """Each test story by Rasa's own `rasa test core`, with the trained model; loads Rasa.

    Raises:
        ModelError: there is no model.
    """
    if not stories:
        return []
    if not model.is_file():
        raise ModelError(f"Chưa có mô hình hội thoại {model.name}. Chạy: nhanh8 train")
    failures = {file: _failures(_tested(model, file)) for file in dict.fromkeys(story.at.file for story in stories)}
    return [StoryResult(story.name, story.at, tuple(failures[story.at.file].get(story.name, ()))) for story in stories]


def _tested(model: Path, stories: Path) -> str:
    """What Rasa writes down about the stories that failed."""
    from rasa.core.agent import Agent  # noqa: PLC0415 - takes ten seconds
    from rasa.core.test import test  # noqa: PLC0415

    logging.getLogger("rasa.model_testing").setLevel(logging.ERROR)  # it tells that stories have no entities

    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):  # progress bars
            asyncio.run(test(str(stories), Agent.load(str(model)), out_directory=folder, disable_plotting=True))
        return Path(folder, _FAILED).read_text(encoding="utf-8")


def _failures(report: str) -> dict[str, list[str]]:
    """By story. Of what cannot be told step by step there is one sentence."""
    failures: dict[str, list[str]] = {}
    told: list[str] = []
    for line in report.splitlines():
        if story := _STORY.match(line):
            told = failures.setdefault(story["name"], [])
        elif wrong := _WRONG.match(line):
            told.append(f"chờ {wrong['wanted']}; Rasa chọn {wrong['got']}.")
    return {name: told or ["Rasa đi khác truyện này. Xem bằng: rasa test core"] for name, told in failures.items()}
