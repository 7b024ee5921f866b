"""A caller with an account of their own, who reacts to what the bot says to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bot.audio import Audio
from tests.e2e.telephone import bot_voice
from tests.e2e.telephone.callers import Call

LOOK_EVERY_S = 0.1
REACTION_S = 0.3


@dataclass(frozen=True)
class Customer:
    """Who has the account of `code`, registered with `number`."""

    code: str
    number: str


class Person:
    """`call` is their telephone, handed over `by` one of two ways; `speak` gives the sound of a phrase or of digits."""

    def __init__(self, customer: Customer, by: str, call: Call, speak: Callable[[str], Audio]) -> None:
        self.code = customer.code
        self.number = customer.number
        self.by = by
        self.call = call
        self.spoke_ms: list[int] = []  # where in what they heard they began to speak, or to press keys
        self._speak = speak
        self._since_ms = 0

    async def hears(self, piece: str, timeout_s: float = 20) -> None:
        """Until the bot begins to say `piece`, the name of a recording."""
        await self._until(lambda heard, since_ms: bot_voice.begins(piece, heard, since_ms), piece, timeout_s)

    async def hears_out(self, piece: str, timeout_s: float = 30) -> None:
        """Until the bot has said `piece` to its end, and a moment longer."""
        await self._until(lambda heard, since_ms: bot_voice.ends(piece, heard, since_ms), piece, timeout_s)
        await asyncio.sleep(max(0, self._since_ms - self.call.now_ms) / 1000 + REACTION_S)

    async def says(self, phrase: str) -> None:
        await self.makes(self._speak(phrase))

    async def makes(self, sound: Audio) -> None:
        self.spoke_ms.append(self.call.now_ms)
        await self.call.say(sound)

    async def presses(self, keys: str) -> None:
        self.spoke_ms.append(self.call.now_ms)
        await self.call.keys(keys)

    @cached_property
    def passwords(self) -> list[str]:
        """What the bot read out to them, reading by reading; ask once the call is over."""
        heard, found = self.call.heard, []
        marks = ["utter_password-1", "utter_password-2", "utter_ask_closing_form_anything_else"]
        at = bot_voice.ends(marks[0], heard)
        for mark in marks[1:]:
            if at is None:
                break
            until = bot_voice.begins(mark, heard, at)
            found.append(bot_voice.digits(_between(heard, at, until)))
            at = None if until is None else bot_voice.ends(mark, heard, until)
        return found

    async def _until(self, place: Callable[[Audio, int], int | None], piece: str, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline, since_ms = loop.time() + timeout_s, self._since_ms
        while (found := place(self.call.heard, since_ms)) is None:
            if loop.time() > deadline:
                raise asyncio.TimeoutError(f"{piece} was not heard after {self._since_ms} ms")
            since_ms = max(since_ms, self.call.heard.duration_ms - 2 * bot_voice.KNOWN_BY_MS)
            await asyncio.sleep(LOOK_EVERY_S)
        self._since_ms = found


def _between(heard: Audio, start_ms: int, end_ms: int | None) -> Audio:
    per_ms = 2 * bot_voice.PER_MS
    return Audio(heard.pcm[start_ms * per_ms : None if end_ms is None else end_ms * per_ms])
