"""Each turn is heard by the engine of its row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.asr.by_turn import RecognizerByTurn
from bot.ports import RecognizerCapabilities
from bot.replies import Expect
from tests.contract.recognizers import ScriptedRecognizer

ALL = RecognizerCapabilities(grammar=True, confidence=True, n_best=True)


class Able(ScriptedRecognizer):
    """One that can do what it is told it can."""

    def __init__(self, able: RecognizerCapabilities) -> None:
        super().__init__("")
        self._able = able

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return self._able


def test_a_turn_is_opened_with_its_own_engine_and_no_other() -> None:
    engines = {expect: ScriptedRecognizer(expect.value) for expect in Expect}
    recognizer = RecognizerByTurn(engines)
    for expect in Expect:
        recognizer.open(expect)
    assert {expect: engine.expected for expect, engine in engines.items()} == {expect: [expect] for expect in Expect}


def test_one_engine_may_hear_several_turns() -> None:
    one, other = ScriptedRecognizer("một"), ScriptedRecognizer("hai")
    recognizer = RecognizerByTurn({expect: other if expect is Expect.CODE else one for expect in Expect})
    for expect in (Expect.MENU, Expect.CODE, Expect.YES_NO):
        recognizer.open(expect)
    assert (one.expected, other.expected) == ([Expect.MENU, Expect.YES_NO], [Expect.CODE])


@pytest.mark.parametrize("lacking", ["grammar", "confidence", "n_best"])
def test_it_can_do_what_all_of_its_engines_can(lacking: str) -> None:
    less = replace(ALL, **{lacking: False})
    assert RecognizerByTurn({Expect.MENU: Able(ALL), Expect.CODE: Able(ALL)}).capabilities == ALL
    assert RecognizerByTurn({Expect.MENU: Able(ALL), Expect.CODE: Able(less)}).capabilities == less
