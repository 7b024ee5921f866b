"""A caller who follows a script: answers when the bot falls silent, or starts while a prompt is being spoken."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import cycle

from bot.audio import FRAME_MS, Audio
from bot.events import Event, Kind
from bot.ports import AudioFrame, KeyPress, LineEvent
from bot.replies import HungUp, Outcome

KEY_EVERY_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the caller does, once the bot has been silent for `after_ms` or, with `during`, `after_ms` after that
    prompt began.

    With `at_once` it is done `after_ms` after the step before, whatever the bot does.

    `expect` is a prompt that must have been spoken since the step before; `during` and `expect` name responses,
    whatever their variation. `place` names file and line for messages. Exactly one of `audio`, `keys`, `silence_ms`
    and `hang_up` is set.
    """

    place: str
    after_ms: int
    at_once: bool = False
    expect: str | None = None
    during: str | None = None
    audio: Audio | None = None
    keys: str = ""
    key_every_ms: int = KEY_EVERY_MS
    silence_ms: int = 0
    hang_up: bool = False


class ScriptedCaller:
    """A CallTransport and, as a sink of the event log, a listener to what the bot says.

    `surprises` collects what went otherwise than the steps, or the `outcome` that they must lead to, expect;
    `performed` counts the steps that were begun.
    """

    def __init__(self, steps: list[Step], idle_frames: list[bytes], *, outcome: Outcome | None = None) -> None:
        self.surprises: list[str] = []
        self.performed = 0
        self._steps = deque(steps)
        self._outcome = outcome
        self._idle: Iterator[bytes] = cycle(idle_frames)
        self._spoken: list[str] = []
        self._prompt = ""  # the last one that began
        self._silent = False
        self._ended = False

    def __call__(self, event: Event) -> None:
        """Follow the call's events."""
        if event.kind is Kind.PROMPT:
            self._silent, self._prompt = False, str(event.fields["prompt_id"])
            self._spoken.append(self._prompt)
        elif event.kind is Kind.RESUMED:
            self._silent = False
            self._spoken.append(self._prompt)
        elif event.kind is Kind.SILENT:
            self._silent = bool(self._spoken)  # the rest of a prompt that a step spoke over is no answer to it
        elif event.kind is Kind.CALL_ENDED and self._outcome and event.fields["outcome"] != self._outcome.value:
            self.surprises.append(f"kết quả phải là {self._outcome.value} nhưng là {event.fields['outcome']}")

    async def events(self) -> AsyncIterator[LineEvent]:
        for event in self._all_events():
            yield event
            if self._ended or isinstance(event, HungUp):
                return

    async def send(self, frame: bytes) -> None:
        """The script hears prompts through their events."""

    async def played(self) -> bool:
        return not self._ended

    async def clear(self) -> None:
        """Nothing is buffered."""

    async def hang_up(self) -> None:
        if self._steps and not self._ended:
            self.surprises.append(f"{self._steps[0].place}: cuộc gọi kết thúc trước bước này")
        self._ended = True

    def _all_events(self) -> Iterator[LineEvent]:
        while self._steps:
            yield from self._await_moment(self._steps[0])
            yield from self._perform(self._steps.popleft())
        while True:
            yield AudioFrame(next(self._idle))

    def _await_moment(self, step: Step) -> Iterator[LineEvent]:
        waited_ms = 0
        while not self._due(step) or waited_ms < step.after_ms:
            waited_ms = waited_ms + FRAME_MS if self._due(step) else 0
            yield AudioFrame(next(self._idle))

    def _due(self, step: Step) -> bool:
        return step.at_once or (self._heard(step.during) if step.during else self._silent)

    def _heard(self, prompt: str) -> bool:
        """A response's name stands for each of its variations, a variation's id (`utter_fee.2`) for itself."""
        return any(prompt in (spoken, spoken.partition(".")[0]) for spoken in self._spoken)

    def _perform(self, step: Step) -> Iterator[LineEvent]:
        if step.expect and not self._heard(step.expect):
            said = ", ".join(dict.fromkeys(self._spoken)) or "không nói gì"
            self.surprises.append(f"{step.place}: chờ câu {step.expect} nhưng trợ lý nói: {said}")
        self.performed += 1
        self._silent = False
        self._spoken.clear()
        if step.audio:
            yield from (AudioFrame(frame) for frame in step.audio.frames())
        for key in step.keys:
            yield KeyPress(key)
            yield from self._wait(step.key_every_ms)
        yield from self._wait(step.silence_ms)
        if step.hang_up:
            yield HungUp()

    def _wait(self, duration_ms: int) -> Iterator[LineEvent]:
        return (AudioFrame(next(self._idle)) for _ in range(duration_ms // FRAME_MS))
