"""What the documents say is true: commands exist, the settings file lists every key with its default."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML

from bot.cli.main import app
from bot.settings import Settings, load_settings
from bot.transports.call_script import read_script
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.prompts import PromptCatalog

ROOT = Path(__file__).parents[2]
READMES = ["README.md", "README.vi.md"]


def commands() -> set[str]:
    root: Any = typer.main.get_command(app)
    found = set()
    for name, command in root.commands.items():
        inner = getattr(command, "commands", {"": None})
        found |= {f"{name} {sub}".strip() for sub in inner}
    return found


@pytest.mark.parametrize("readme", READMES)
def test_every_command_in_the_readme_exists_and_every_command_is_in_it(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    for command in commands():
        assert command.split()[0] in text
        assert command.split()[-1] in text
    for mentioned in re.findall(r"`nhanh8 ([a-z]+)", text):
        assert mentioned in {command.split()[0] for command in commands()}


@pytest.mark.parametrize("readme", READMES)
def test_call_script_in_the_readme_is_a_good_one(readme: str, tmp_path: Path) -> None:
    script = re.findall(r"```yaml\n(.*?)```", (ROOT / readme).read_text(encoding="utf-8"), re.DOTALL)
    assert len(script) == 1
    path = tmp_path / "readme.yml"
    path.write_text(script[0], encoding="utf-8")
    assert len(read_script(path, PromptCatalog.load(ROOT / "nlu_data/domain.yml").responses).turns) == 4


@pytest.mark.parametrize("readme", READMES)
def test_files_and_folders_that_the_readme_names_exist(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    made_by_use = {"var/", "var/data.key", "var/demo/"}
    named = set(re.findall(r"`((?:bot|nlu_data|models|audio_prompts|tests|scripts|var)/[\w/.-]*)`", text)) - made_by_use
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_settings_file_lists_every_key_with_its_default() -> None:
    section = YAML(typ="safe").load((ROOT / "config.yml").read_text(encoding="utf-8"))["bot"]
    assert keys(section) == field_names(Settings) - {"root"}
    settings = load_settings(ROOT / "config.yml")
    assert settings == Settings(root=settings.root)


def keys(table: dict[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for key, value in table.items():
        found |= keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}"}
    return found


def field_names(record: type[Any], prefix: str = "") -> set[str]:
    types = typing.get_type_hints(record)
    found = set()
    for field in dataclasses.fields(record):
        kind = types[field.name]
        inner = dataclasses.is_dataclass(kind)
        found |= field_names(kind, f"{prefix}{field.name}.") if inner else {f"{prefix}{field.name}"}
    return found


def test_every_prompt_has_its_recording_of_todays_text() -> None:
    library = PromptLibrary(ROOT / "audio_prompts/vi", PromptCatalog.load(ROOT / "nlu_data/domain.yml"))
    behind = [piece.id for piece, state in library.status().items() if state in (PieceState.MISSING, PieceState.STALE)]
    assert behind == [], "run: nhanh8 prompts render"
