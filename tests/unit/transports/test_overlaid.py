"""Sounds on a caller's line."""

from __future__ import annotations

from bot.audio import SILENT_FRAME, Audio
from bot.events import Event, Kind
from bot.ports import AudioFrame
from bot.transports.overlaid import Overlaid, Sound
from bot.transports.scripted_caller import Step
from tests.contract.calls import level


async def test_a_sound_comes_a_while_after_its_prompt_began_once_and_mixes_with_what_the_caller_says() -> None:
    speaks = Step(place="k.yml:1", after_ms=0, during="utter_menu", audio=level(200, 1000))
    line = Overlaid([speaks], [SILENT_FRAME], [Sound("utter_menu", 60, level(40, 500))])
    began = Event(Kind.PROMPT, 0, {"prompt_id": "utter_menu.2"})
    line(began)
    events = line.events()
    heard = [await anext(events) for _ in range(6)]
    line(began)
    heard += [await anext(events) for _ in range(4)]
    levels = [int(Audio(event.pcm).samples[0]) for event in heard if isinstance(event, AudioFrame)]
    assert levels == [1000, 1000, 1000, 1500, 1500, *[1000] * 5]


async def test_other_prompts_bring_no_sound() -> None:
    line = Overlaid([], [SILENT_FRAME], [Sound("utter_menu", 0, level(40, 500))])
    line(Event(Kind.PROMPT, 0, {"prompt_id": "utter_code"}))
    events = line.events()
    assert [await anext(events) for _ in range(3)] == [AudioFrame(SILENT_FRAME)] * 3
