"""A call's surroundings by script: a line, a dialogue, a speaker, a desk and a voice activity, all on audio time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.audio import FRAME_BYTES, FRAME_MS, SILENT_FRAME, Audio, from_samples
from bot.errors import AccountsError
from bot.ports import AudioFrame, Caller, KeyPress, LineEvent, Segment, Trouble
from bot.replies import DigitString, Expect, Heard, HungUp, Outcome, Reply, Say, SecretRef

LOUD_FRAME = from_samples(np.full(FRAME_BYTES // 2, 3000)).pcm
SECRET_LEVEL = 7777  # every sample of a secret's reading
SECRET = SecretRef("ticket-1")
PROMPT_MS, SECRET_MS = 1000, 2000
PATIENCE_MS = 3_600_000  # a call that the bot does not end within an hour of silence hangs


def quiet(duration_ms: int) -> list[LineEvent]:
    return [AudioFrame(SILENT_FRAME)] * (duration_ms // FRAME_MS)


def voice(duration_ms: int) -> list[LineEvent]:
    return [AudioFrame(LOUD_FRAME)] * (duration_ms // FRAME_MS)


def press(keys: str, every_ms: int = 200) -> list[LineEvent]:
    return [event for key in keys for event in (KeyPress(key), *quiet(every_ms))]


class ScriptedCall:
    """A line on which `script` happens, then silence. `sent` keeps the bot's frames."""

    def __init__(self, *script: list[LineEvent], breaks_at_frame: int | None = None) -> None:
        self.sent: list[bytes] = []
        self.cleared = 0
        self.hung_up = 0
        self._script = [event for part in script for event in part]
        self._breaks_at_frame = breaks_at_frame

    async def events(self) -> AsyncIterator[LineEvent]:
        for event in [*self._script, *quiet(PATIENCE_MS)]:
            if self.hung_up:
                return
            yield event
            if isinstance(event, HungUp):
                return
        raise AssertionError("the bot never hung up")

    async def send(self, frame: bytes) -> None:
        if self._breaks_at_frame is not None and len(self.sent) >= self._breaks_at_frame:
            raise ConnectionResetError("line lost")
        self.sent.append(frame)

    async def played(self) -> bool:
        return not self.hung_up

    async def clear(self) -> None:
        self.cleared += 1

    async def hang_up(self) -> None:
        self.hung_up += 1


class LoudIsVoice:
    """Voice is what is loud. `frames` counts what it was given, `played` is what the bot said meanwhile."""

    def __init__(self) -> None:
        self.frames = 0
        self.played: list[bytes] = []

    def is_speech(self, frame: bytes, playing: bytes) -> bool:
        self.frames += 1
        self.played.append(playing)
        return bool((abs(Audio(frame).samples.astype(int)) > 500).any())


def say(prompt_id: str, *, interruptible: bool = True, **values: str | SecretRef | DigitString) -> Say:
    places = " ".join("{" + name + "}" for name in values)
    return Say(prompt_id=prompt_id, text=f"{prompt_id} {places}".strip(), values=values, interruptible=interruptible)


def ask(prompt_id: str, expect: Expect = Expect.MENU, digits_wanted: int | None = None) -> Reply:
    return Reply(says=(say(prompt_id),), expect=expect, digits_wanted=digits_wanted)


def farewell(prompt_id: str = "utter_goodbye", outcome: Outcome | None = Outcome.CANCELLED) -> Reply:
    return Reply(says=(say(prompt_id),), expect=Expect.NOTHING, hang_up=True, outcome=outcome)


def password_reply() -> Reply:
    secret = Say(
        prompt_id="utter_password", text="{password}. {password}", values={"password": SECRET}, interruptible=False
    )
    return Reply(says=(secret, say("utter_again")), expect=Expect.CLOSING)


APOLOGIES = {
    Trouble.FAULT: farewell("utter_lost", Outcome.ERROR),
    Trouble.UNAVAILABLE: farewell("utter_unavailable", Outcome.UNAVAILABLE),
    Trouble.TIME_UP: farewell("utter_time_up", Outcome.TIME_UP),
}


class ScriptedDialogue:
    """Answers each call with the script's replies one by one, then says goodbye. An exception in it is raised."""

    def __init__(self, *script: Reply | Exception, apologies: Mapping[Trouble, Reply] | None = None) -> None:
        self.callers: list[Caller] = []
        self.heard: list[Heard] = []
        self.apologised: list[Trouble] = []
        self.ended: list[str] = []
        self._script = script or (ask("utter_menu"),)
        self._apologies = APOLOGIES if apologies is None else apologies
        self._turns: dict[str, int] = {}

    async def start(self, caller: Caller) -> Reply:
        self.callers.append(caller)
        return self._next(caller.call_id)

    async def reply(self, call_id: str, heard: Heard) -> Reply:
        self.heard.append(heard)
        return self._next(call_id)

    async def apologise(self, call_id: str, trouble: Trouble) -> Reply:
        self.apologised.append(trouble)
        return self._apologies[trouble]

    async def end(self, call_id: str) -> None:
        self.ended.append(call_id)
        self._turns.pop(call_id, None)

    def _next(self, call_id: str) -> Reply:
        turn = self._turns.get(call_id, 0)
        self._turns[call_id] = turn + 1
        answer = self._script[turn] if turn < len(self._script) else farewell()
        if isinstance(answer, Exception):
            raise answer
        return answer


class FixedSpeaker:
    """A second of tone for each prompt; a secret is read twice, two seconds each, after a second of its prompt."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.said: list[str] = []
        self._failure = failure

    def render(self, says: Sequence[Say]) -> list[Segment]:
        if self._failure is not None:
            raise self._failure
        self.said += [one.prompt_id for one in says]
        return [segment for one in says for segment in self._segments(one)]

    def _segments(self, one: Say) -> list[Segment]:
        tone = Segment(prompt_id=one.prompt_id, audio=level(PROMPT_MS, 1000), interruptible=one.interruptible)
        secrets = [value for value in one.values.values() if isinstance(value, SecretRef)]
        return [tone, *(reading for ref in secrets for reading in self._readings(one, ref))]

    def _readings(self, one: Say, ref: SecretRef) -> list[Segment]:
        audio = level(SECRET_MS, SECRET_LEVEL)
        return [
            Segment(prompt_id=one.prompt_id, audio=audio, interruptible=one.interruptible, secret=True, heard=heard)
            for heard in (ref, None)
        ]


def level(duration_ms: int, sample: int) -> Audio:
    """Audio of one sample value: where it went can be seen."""
    return from_samples(np.full(duration_ms * 8, sample))


@dataclass
class Desk:
    """A reset business that activates what was heard, says False, or fails."""

    active: bool = True
    failure: AccountsError | None = None
    end_failure: Exception | None = None
    heard_refs: list[SecretRef] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def heard(self, ref: SecretRef) -> bool:
        self.heard_refs.append(ref)
        if self.failure is not None:
            raise self.failure
        return self.active

    def end(self, call_id: str) -> None:
        self.ended.append(call_id)
        if self.end_failure is not None:
            raise self.end_failure
