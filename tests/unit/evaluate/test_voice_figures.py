"""The figures of people beside those of a voice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

from bot.evaluate.voice_figures import Judges
from tests.contract.recognizers import ScriptedRecognizer
from tests.unit.evaluate.packs import tone

T = TypeVar("T")


def track(items: Sequence[T], what: str) -> Iterable[T]:
    return items


def judges(*, wide: ScriptedRecognizer, line: ScriptedRecognizer) -> Judges:
    return Judges(wide=wide, line=line, ours=line, quality=None, track=track)


def test_recordings_of_another_text_are_no_ceiling() -> None:
    said = [(text, tone(440)) for text in ("một hai ba bốn", "hôm nay trời đẹp")]
    wide, line = ScriptedRecognizer("một hai ba năm", "quả cam"), ScriptedRecognizer("một hai")
    figures = judges(wide=wide, line=line).of_people(said)
    assert figures["vietasr"] == {"people_16k": pytest.approx(0.75), "people_8k": pytest.approx(0.5)}
    assert figures["people_left_out"] == 1
    assert len(line.expected) == 1


def test_without_people_nothing_is_measured() -> None:
    ears = ScriptedRecognizer("một")
    figures = judges(wide=ears, line=ears).of_people([])
    assert figures == {"vietasr": {"people_16k": None, "people_8k": None}, "people_left_out": 0, "mos_people": None}
