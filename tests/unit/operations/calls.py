"""The events of a call, as a session writes them."""

from __future__ import annotations

from bot.events import Event, EventLog, Kind, Personal, Sink

CODE, NUMBER = "0123456789", "0912345678"
SPOKEN = "không một hai ba bốn năm sáu bảy tám chín"


def write_call(sink: Sink, *, outcome: str = "reset") -> list[Event]:
    """A caller is silent, then says a code over the bot, and confirms; everything that holds it is in the events."""
    kept: list[Event] = []
    log = EventLog(sink, kept.append)

    def decide(expect: str, *, misses: float = 0.0, **slots: str) -> None:
        slots = {"misses": str(misses), **slots}
        log.emit(Kind.DECIDED, 0, intent="give_code", expect=expect, slots=slots, decide_ms=20.0)
        log.emit(Kind.RENDERED, 0, text=Personal(f"Mã số là {CODE}"), render_ms=5.0)
        log.emit(Kind.PROMPT, 0, prompt_id="utter_ask_reset_form_bhxh_code")

    def hear(how: str, text: str) -> None:
        log.emit(Kind.HEARD, 2000, how=how, text=Personal(text), confidence=0.9, ended_ms=1880, recognise_ms=100.0)

    log.emit(Kind.CALL_STARTED, 0, call_id="c1", caller=Personal(NUMBER))
    decide("code")
    hear("silence", "")
    decide("code", misses=1.0)
    log.emit(Kind.BARGE_IN, 1000, prompt_id="utter_ask_reset_form_bhxh_code", played_ms=900)
    log.emit(Kind.RESUMED, 1500)
    hear("speech", SPOKEN)
    decide("yes_no", bhxh_code="•" * 10, notice=CODE)
    hear("keys", CODE)
    decide("closing")
    log.emit(Kind.DELAY, 2000)
    log.emit(Kind.TROUBLE, 2000, trouble="fault")
    log.emit(Kind.CALL_ENDED, 42_000, outcome=outcome, duration_ms=42_000, fee_vnd=1000, turns=3)
    return kept
