"""Copies of the project's nlu_data with faults in them."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.design.findings import Finding
from bot.dialogue.training import DialogueSources

ROOT = Path(__file__).parents[3]
OWN = DialogueSources(ROOT / "config.yml", ROOT / "nlu_data", ROOT / "models" / "dialogue")

DOMAIN, RULES, COMMANDS, TESTS = "domain.yml", "rules.yml", "nlu/commands.yml", "tests/test_stories.yml"


def copy(folder: Path, *edits: tuple[str, str, str]) -> DialogueSources:
    """nlu_data in `folder` with the first `old` of each (file, old, new) replaced."""
    shutil.copytree(OWN.nlu_dir, folder / "nlu_data")
    shutil.copy(OWN.config, folder / "config.yml")
    for name, old, new in edits:
        file = folder / "nlu_data" / name
        text = file.read_text(encoding="utf-8")
        assert old in text, (name, old)
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return DialogueSources(folder / "config.yml", folder / "nlu_data", folder / "models")


def line(sources: DialogueSources, name: str, text: str) -> int:
    """Where the only `text` of a file stands, from 1."""
    whole = (sources.nlu_dir / name).read_text(encoding="utf-8")
    assert whole.count(text) == 1, (name, text, whole.count(text))
    return whole[: whole.index(text)].count("\n") + 1


def told(findings: list[Finding], sources: DialogueSources) -> set[tuple[str, str, int]]:
    """(kind, file below nlu_data, line) of each finding."""
    return {(each.kind, each.at.file.relative_to(sources.nlu_dir).as_posix(), each.at.line) for each in findings}
