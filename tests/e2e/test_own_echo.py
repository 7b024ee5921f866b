"""A whole call on a line that brings the bot's own voice back, 20 dB weaker and 150 ms late."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from bot.app import scripted_caller
from bot.audio import FRAME_MS, SILENT_FRAME, Audio, from_samples
from bot.events import Event, Kind
from bot.ports import AudioFrame, LineEvent
from bot.replies import Outcome
from bot.telephone import through_g711
from bot.transports.scripted_caller import ScriptedCaller
from tests.e2e.conftest import ROOT, LoadedBot

GAIN, DELAY_MS = 10 ** (-20 / 20), 150


class EchoingLine:
    """`caller`'s line with the bot's echo on it; a transport and an event sink."""

    def __init__(self, caller: ScriptedCaller) -> None:
        self._caller = caller
        late = DELAY_MS * 8 * 2
        self._echo = bytearray(late)  # what is still on its way
        self._sent: deque[bytes] = deque()

    def __call__(self, event: Event) -> None:
        self._caller(event)

    async def events(self) -> AsyncIterator[LineEvent]:
        async for event in self._caller.events():
            if not isinstance(event, AudioFrame):
                yield event
                continue
            self._echo += self._sent.popleft() if self._sent else SILENT_FRAME
            back = Audio(bytes(self._echo[: len(SILENT_FRAME)])).samples * GAIN
            del self._echo[: len(SILENT_FRAME)]
            yield AudioFrame(through_g711(from_samples(Audio(event.pcm).samples + np.rint(back))).pcm)

    async def send(self, frame: bytes) -> None:
        self._sent.append(frame)

    async def played(self) -> bool:
        return True

    async def clear(self) -> None:
        self._sent.clear()

    async def hang_up(self) -> None:
        await self._caller.hang_up()


SCRIPT = """
turns:
  - {expect: utter_ask_reset_form_service, say: cấp lại mật khẩu}
  - {expect: utter_ask_reset_form_bhxh_code, keys: "0123456789"}
  - {expect: utter_ask_reset_form_code_confirmed, say: đúng}
  - {expect: utter_password, say: không}
"""


def test_the_bot_does_not_interrupt_or_answer_itself(loaded_bot: LoadedBot, tmp_path: Path) -> None:
    (tmp_path / "script.yml").write_text(SCRIPT, encoding="utf-8")
    _, caller = scripted_caller(loaded_bot.settings, tmp_path / "script.yml")
    finished = loaded_bot.call("0912345678", EchoingLine(caller))
    assert caller.surprises == []
    assert finished.outcome is Outcome.RESET
    kinds = [event.kind for event in loaded_bot.events]
    assert Kind.BARGE_IN not in kinds
    assert (kinds.count(Kind.SPEECH), kinds.count(Kind.HEARD)) == (3, 4)


def test_an_echo_alone_is_silence(loaded_bot: LoadedBot) -> None:
    script, caller = scripted_caller(loaded_bot.settings, ROOT / "tests/calls/silence.yml")
    loaded_bot.call(script.caller, EchoingLine(caller))
    assert caller.surprises == []
    assert Kind.SPEECH not in [event.kind for event in loaded_bot.events]
    assert loaded_bot.events[-1].at_ms > 10 * FRAME_MS
