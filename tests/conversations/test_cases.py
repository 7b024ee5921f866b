"""The designers' own e2e cases, nlu_data/tests/e2e/*.yml: each goes as it says, and together they touch everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.accounts.trial import TrialDirectory
from bot.app import Bot
from bot.design.case_files import case_files, read_cases
from bot.design.case_report import CaseResult, transcript
from bot.design.case_run import Played, Stage, judge, play
from bot.design.cases import Case
from bot.design.coverage import coverage
from bot.design.sources import read_design
from bot.dialogue.rasa_dialogue import PLEASE_WAIT
from bot.settings import Settings, load_settings
from tests.unit.design.copies import OWN

DESIGN = read_design(OWN)
CASES = read_cases(case_files(OWN.cases_dir), DESIGN, load_settings(OWN.config))
Play = Callable[[Case], Played]


@pytest.fixture(scope="module")
def play_once(dialogue_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Plays a case on a bot with its settings, at most once."""
    accounts = TrialDirectory(tmp_path_factory.mktemp("accounts"))
    bots: dict[Settings, Bot] = {}
    held: dict[int, Played] = {}

    def played(case: Case) -> Played:
        settings = case.situation.settings
        if settings not in bots:
            bots[settings] = Bot(settings, lambda _: None, text_only=True, directory=accounts)
        if id(case) not in held:
            stage = Stage(dialogue=bots[settings].dialogue, desk=bots[settings].service, accounts=accounts)
            held[id(case)] = asyncio.run(play(case, stage))
        return held[id(case)]

    yield played
    for bot in bots.values():
        bot.close()
    accounts.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.at.file.stem}: {case.name}")
def test_the_case_goes_as_it_says(play_once: Play, case: Case) -> None:
    played = play_once(case)
    failures = judge(case, played)
    told = "\n".join(transcript(CaseResult(case=case, played=played, failures=failures, seconds=0)))
    assert not failures, f"{[f'{each.at}: {each.message}' for each in failures]}\n{told}"


def test_together_they_touch_every_wording_rule_slot_and_intent(play_once: Play) -> None:
    covered = coverage(DESIGN, map(play_once, CASES))
    untouched = {name for share in covered.shares.values() for name in share.untouched}
    assert untouched == {PLEASE_WAIT}  # for whoever waits too long for a machine: no dialogue says it
