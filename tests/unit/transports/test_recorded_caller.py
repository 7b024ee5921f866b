"""A caller from a recording."""

from __future__ import annotations

from itertools import islice

from bot.audio import SILENT_FRAME
from bot.ports import AudioFrame
from bot.replies import Outcome
from bot.transports.recorded_caller import RecordedCaller
from tests.contract.calls import LOUD_FRAME, PROMPT_MS, ScriptedDialogue, ask, level
from tests.unit.call.holding import hold


async def test_plays_its_recording_once_and_is_silent_then() -> None:
    events = RecordedCaller(level(50, 3000)).events()
    heard = [await anext(events) for _ in range(6)]
    assert heard[:2] == [AudioFrame(LOUD_FRAME)] * 2
    assert heard[2] == AudioFrame(level(10, 3000).pcm + bytes(160))
    assert heard[3:] == [AudioFrame(SILENT_FRAME)] * 3


async def test_the_bot_ends_the_call_of_a_recording_that_never_hangs_up() -> None:
    held = await hold(RecordedCaller(level(100, 0)), dialogue=ScriptedDialogue(*islice([ask("utter_menu")] * 3, 3)))
    assert held.outcome is Outcome.CANCELLED
    assert held.result
    assert held.result.duration_ms > 3 * PROMPT_MS
