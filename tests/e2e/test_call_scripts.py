"""Every call script in tests/calls goes as it says, through the real recogniser, Rasa, speech and SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import scripted_caller
from tests.e2e.conftest import ROOT, LoadedBot

SCRIPTS = sorted((ROOT / "tests/calls").glob("*.yml"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_call_goes_as_its_script_says(loaded_bot: LoadedBot, path: Path) -> None:
    script, caller = scripted_caller(loaded_bot.settings, path)
    assert script.outcome is not None
    loaded_bot.call(script.caller, caller)
    assert caller.surprises == []
