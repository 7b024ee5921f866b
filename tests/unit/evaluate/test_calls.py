"""What is made of the events of calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.audio import join, silence
from bot.evaluate.calls import CallLog, HeldCall, Who, call_figures
from bot.evaluate.calls_report import write_calls_report
from bot.events import Event, Kind, Personal
from bot.vietnamese.masking import mask_numbers
from tests.unit.evaluate.packs import tone

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


def held(name: str, surprises: tuple[str, ...] = (), fee_vnd: int = 1000) -> HeldCall:
    told = list(surprises)
    log = CallLog(mask_numbers, told)
    for event in EVENTS:
        log(event)
    return HeldCall(
        name=name,
        title="Cuộc gọi",
        outcome="reset",
        duration_ms=30000,
        fee_vnd=fee_vnd,
        turns=5,
        reprompts=log.reprompts,
        corrections=log.corrections,
        times=log.times,
        surprises=surprises,
        lines=log.lines,
        caller=tone(300, 1000),
        bot=join([silence(1000), tone(200, 500)]),
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
    assert figures["duration_s"] == {"n": 4, "mean": 30, "p50": 30, "p95": 30, "most": 30}
    assert figures["latency_ms"]["p50"] == pytest.approx(700 + 50 + 40 + 10)
    assert figures["computing_ms"]["n"] == 20
    assert figures["latency_ms_by_expected"]["yes_no"]["n"] == 4
    assert [row["completed"] for row in figures["each"]] == [True, False, True, True]


def test_the_page_plays_the_calls_that_went_wrong_only(tmp_path: Path) -> None:
    write_calls_report(tmp_path, [held("a"), held("b", ("chờ <b>khác</b>",))], {"reset": "đã cấp"})
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<audio") == 1
    assert page.count("chờ &lt;b&gt;khác") == 3  # above the call, and in the transcript, which stands in both lists
    assert "50,0 %" in page
    junit = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    assert 'tests="2" failures="1"' in junit
