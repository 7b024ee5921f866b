"""What is made of the events of calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bot.audio import join, silence
from bot.evaluate.call_journal import CallJournal
from bot.evaluate.calls import CallLog, CodeWatch, HeldCall, Who, call_figures
from bot.evaluate.calls_report import MOST_SOUNDS, write_calls_report
from bot.evaluate.holding import hold_calls
from bot.evaluate.workers import on_this_machine
from bot.events import Event, Kind, Personal
from bot.vietnamese.masking import mask_numbers
from tests.unit.evaluate.packs import tone

MADE_OF = {"scripts": 4, "recordings": 0, "jobs": 1}
CODE = "không một hai ba bốn năm sáu bảy tám chín"


def heard(at_ms: int, text: str) -> Event:
    timed = {"ended_ms": at_ms - 700, "recognise_ms": 50.0}
    return Event(Kind.HEARD, at_ms, {"how": "speech", "text": Personal(text), "confidence": 0.9, **timed})


def decided(at_ms: int, intent: str, expect: str, **slots: str) -> Event:
    return Event(Kind.DECIDED, at_ms, {"intent": intent, "expect": expect, "slots": slots, "decide_ms": 40.0})


def rendered(at_ms: int, text: str, masked: str | None = None) -> Event:
    return Event(Kind.RENDERED, at_ms, {"text": Personal(text, masked), "render_ms": 10.0})


EVENTS = [
    decided(0, "start_call", "code", requested_slot="bhxh_code"),
    rendered(0, "Mời đọc mã số."),
    heard(5000, "alo"),
    decided(5000, "nlu_fallback", "code", requested_slot="bhxh_code", notice="missed_1"),
    rendered(5000, "Xin đọc lại."),
    heard(9000, "không một hai"),
    decided(9000, "give_code", "code", requested_slot="bhxh_code", notice="partial"),
    rendered(9000, "Mời đọc tiếp."),
    heard(15000, CODE),
    decided(15000, "give_code", "yes_no", requested_slot="code_confirmed", bhxh_code="••••••••••"),
    rendered(15000, "Mã số là 0123456789?", "Mã số là ••••••••••?"),
    heard(20000, "sai"),
    decided(20000, "deny", "code", requested_slot="code_confirmed", notice="denied"),
    rendered(20000, "Mời đọc lại."),
    heard(25000, "nói lại đi"),
    decided(25000, "repeat", "code", requested_slot="code_confirmed"),
    rendered(25000, "Mời đọc lại."),
]


def held(name: str, surprises: tuple[str, ...] = (), fee_vnd: int = 1000, code_heard: bool | None = None) -> HeldCall:
    told = list(surprises)
    log = CallLog(mask_numbers, told)
    for event in EVENTS:
        log(event)
    return HeldCall(
        name=name,
        title="Cuộc gọi",
        digest="1",
        outcome="reset",
        duration_ms=30000,
        fee_vnd=fee_vnd,
        turns=5,
        reprompts=log.reprompts,
        corrections=log.corrections,
        times=log.times,
        surprises=surprises,
        lines=log.lines,
        code_heard=code_heard,
        wrong_at_ms=log.wrong_at_ms,
        slots=log.slots,
        events=log.events,
        sides=(tone(300, 1000), join([silence(1000), tone(200, 500)])) if surprises else None,
    )


def test_asking_again_and_putting_right_are_counted_apart() -> None:
    call = held("a")
    assert (call.reprompts, call.corrections) == (1, 1)


def test_the_transcript_tells_who_said_what_without_numbers() -> None:
    lines = held("a").lines
    assert [line.who for line in lines[:3]] == [Who.BOT, Who.CALLER, Who.BOT]
    assert (lines[1].at_ms, lines[1].text) == (5000, "nói: “alo” (tin 90 %)")
    assert lines[2].detail == "ý định nlu_fallback; chờ code; notice = missed_1"
    told = " ".join(line.text + line.detail for line in lines)
    assert "0123456789" not in told
    assert "bảy" not in told


def test_what_went_otherwise_stands_where_it_happened() -> None:
    surprises: list[str] = []
    log = CallLog(mask_numbers, surprises)
    log(rendered(0, "Xin chào."))
    surprises.append("chờ câu khác")
    log(rendered(100, "Mời đọc."))
    log(rendered(200, "Cảm ơn."))
    assert [line.who for line in log.lines] == [Who.BOT, Who.BOT, Who.SURPRISE, Who.BOT]


def test_figures_of_calls() -> None:
    calls = [held("a"), held("b", ("chờ câu khác",), fee_vnd=2000), held("c"), held("d")]
    figures = call_figures(calls)
    json.dumps(figures, allow_nan=False)
    assert (figures["calls"], figures["completed"], figures["completion"]) == (4, 3, 0.75)
    assert figures["fees"] == {"1000": 3, "2000": 1}
    alike = {"mean": (30, 30), "p50": (30, 30), "p95": (30, 30)}
    assert figures["duration_s"] == {"n": 4, "mean": 30, "p50": 30, "p95": 30, "most": 30, "intervals": alike}
    low, high = figures["fee_vnd"]["intervals"]["mean"]
    assert low == 1000 < figures["fee_vnd"]["mean"] == 1250 < high <= 2000
    assert figures["latency_ms"]["p50"] == pytest.approx(700 + 50 + 40 + 10)
    assert figures["computing_ms"]["n"] == 20
    assert figures["latency_ms_by_expected"]["yes_no"]["n"] == 4
    assert [row["completed"] for row in figures["each"]] == [True, False, True, True]


def test_where_a_call_went_wrong_is_kept_with_what_the_bot_knew_then() -> None:
    surprises: list[str] = []
    log = CallLog(mask_numbers, surprises)
    for event in EVENTS[:10]:
        log(event)
    surprises.append("chờ câu khác")
    for event in EVENTS[10:]:
        log(event)
    assert log.wrong_at_ms == 15000
    assert log.slots == {"requested_slot": "code_confirmed", "bhxh_code": "••••••••••"}
    assert held("a").wrong_at_ms is None


def test_a_line_is_listened_to_from_where_the_caller_began() -> None:
    log = CallLog(mask_numbers, [])
    for event in (Event(Kind.SPEECH, 3000, {}), Event(Kind.SPEECH, 3500, {}), heard(5000, "alo"), heard(9000, "alo")):
        log(event)
    assert [(line.from_ms, line.at_ms) for line in log.lines] == [(3000, 5000), (9000, 9000)]


@pytest.mark.parametrize(
    ("code", "outcome", "right"),
    [("0123456789", "hung_up", True), ("9876543210", "hung_up", False), ("9876543210", "reset", True)],
)
def test_a_code_is_understood_if_it_was_read_back_or_got_a_password(code: str, outcome: str, right: bool) -> None:
    surprises: list[str] = []
    watch = CodeWatch(code, surprises)
    for event in (*EVENTS, Event(Kind.CALL_ENDED, 30000, {"outcome": outcome})):
        watch(event)
    assert (watch.heard, bool(surprises)) == (right, not right)


def test_codes_are_counted_where_they_were_told() -> None:
    figures = call_figures([held("a", code_heard=True), held("b", code_heard=False), held("c")])
    assert (figures["codes"], figures["code_accuracy"]) == (2, 0.5)


@dataclass(frozen=True)
class Task:
    name: str


def answered(fee_vnd: int, task: Task) -> HeldCall:
    return held(task.name, fee_vnd=fee_vnd)


def test_a_run_of_calls_that_was_stopped_goes_on(tmp_path: Path) -> None:
    tasks = [Task(name) for name in "abcd"]

    def run(fee_vnd: int, progress: Callable[[HeldCall], None]) -> list[HeldCall]:
        with CallJournal(tmp_path, "run") as journal:
            make = partial(int, fee_vnd)
            return hold_calls(tasks, make, answered, journal, crew=on_this_machine(2), progress=progress)

    def stop(call: HeldCall) -> None:
        if call.name == "b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(1000, stop)
    again: list[str] = []
    calls = run(2000, lambda call: again.append(call.name))
    assert again == ["c", "d"]
    assert [(call.name, call.fee_vnd) for call in calls] == [("a", 1000), ("b", 1000), ("c", 2000), ("d", 2000)]


def test_a_call_comes_back_from_the_journal_as_it_was(tmp_path: Path) -> None:
    call = held("a", ("chờ câu khác",), code_heard=True)
    with CallJournal(tmp_path, "run") as journal:
        journal.keep(call)
    with CallJournal(tmp_path, "run") as journal:
        assert json.dumps(call_figures([journal.held["a"]])) == json.dumps(call_figures([call]))
        assert journal.held["a"].lines == call.lines
        assert journal.held["a"].sides == call.sides
        assert (journal.held["a"].events, journal.held["a"].slots) == (call.events, call.slots)


def test_the_page_plays_the_calls_that_went_wrong_only(tmp_path: Path) -> None:
    write_calls_report(tmp_path, [held("a"), held("b", ("chờ <b>khác</b>",))], {"reset": "đã cấp"}, MADE_OF)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 1
    assert page.count("chờ &lt;b&gt;khác") == 3  # above the call, and in the transcript, which stands in both lists
    assert "50,0 %" in page
    junit = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert 'tests="2" failures="1"' in junit
    assert not re.search(r"""(src|href)="(?!data:|#)|@import|url\((?!#)""", page)
    events = (tmp_path / "events/b.jsonl").read_text(encoding="utf-8")
    assert json.loads(events.splitlines()[2])["text"] == "alo"
    assert "0123456789" not in page + events


def test_the_sound_of_many_lies_beside_the_page(tmp_path: Path) -> None:
    calls = [held(f"call-{number}", ("khác",)) for number in range(MOST_SOUNDS + 1)]
    write_calls_report(tmp_path, calls, {"reset": "đã cấp"}, MADE_OF)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<audio") == MOST_SOUNDS + 1
    assert page.count('src="data:audio/flac') == MOST_SOUNDS
    assert [file.name for file in (tmp_path / "audio").iterdir()] == [f"call-{MOST_SOUNDS}.wav"]
