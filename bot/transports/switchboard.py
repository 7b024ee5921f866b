"""Who calls on which line, and how each call ended: what a PBX tells before a call and asks after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bot.reset.phone import national_form

ANNOUNCED_S: Final = 60.0  # how long a call may take from its announcement to its connection
ASKED_S: Final = 300.0  # how long its outcome can be asked for


class LinesBusy(Exception):
    """As many calls as there may be; the text says how many."""


@dataclass(frozen=True, slots=True)
class Calling:
    """What the PBX vouches for.

    `number` is in national form, None when it is withheld; `trunk` names the line that the call came over, None when it
    is not told.
    """

    number: str | None = None
    trunk: str | None = None


@dataclass(slots=True)
class _Announced:
    calling: Calling
    until: float


@dataclass(slots=True)
class _Held:
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: str | None = None
    until: float | None = None  # None as long as the call lasts


class Switchboard:
    """`clock` gives seconds that only go forward. An announcement is used once."""

    def __init__(self, *, most_calls: int, clock: Callable[[], float]) -> None:
        self.open = True
        self.refused = 0  # calls, so far
        self.most_calls = most_calls
        self._clock = clock
        self._announced: dict[str, _Announced] = {}
        self._held: dict[str, _Held] = {}

    @property
    def calls(self) -> int:
        """How many calls are on."""
        return sum(held.until is None for held in self._held.values())

    def announce(self, call: str, number: str, trunk: str | None = None) -> None:
        """The PBX will connect `call`, whose trusted calling number is `number`, empty when it is withheld, and which
        came over `trunk`.

        Raises:
            LinesBusy: all lines are in use, counting those announced, or no more calls are taken.
        """
        self._forget_old()
        if not self.open or self.calls + len(self._announced) >= self.most_calls:
            raise self._busy()
        self._announced[call] = _Announced(Calling(national_form(number), trunk), self._clock() + ANNOUNCED_S)

    @contextmanager
    def connect(self, call: str) -> Iterator[Calling]:
        """While `call` lasts: who calls, which is nobody known when it was never announced.

        Raises:
            LinesBusy: no announcement, and no line free.
        """
        self._forget_old()
        announced = self._announced.pop(call, None)
        if call in self._held or (announced is None and (not self.open or self.calls >= self.most_calls)):
            raise self._busy()
        held = self._held[call] = _Held()
        try:
            yield announced.calling if announced else Calling()
        finally:
            held.until = self._clock() + ASKED_S
            held.ended.set()

    def ended(self, call: str, outcome: str) -> None:
        """`call`, which is on, came to its end; the PBX may ask from now on."""
        self._held[call].outcome = outcome
        self._held[call].ended.set()

    async def outcome(self, call: str, wait_s: float) -> str | None:
        """How `call` ended, once it has; None when it is unknown, or still on after `wait_s`."""
        self._forget_old()
        held = self._held.get(call)
        if held is None:
            return None
        try:
            await asyncio.wait_for(held.ended.wait(), wait_s)
        except asyncio.TimeoutError:
            return None
        return held.outcome

    def _busy(self) -> LinesBusy:
        self.refused += 1
        return LinesBusy(str(self.most_calls))

    def _forget_old(self) -> None:
        now = self._clock()
        self._announced = {call: each for call, each in self._announced.items() if each.until > now}
        self._held = {call: each for call, each in self._held.items() if each.until is None or each.until > now}
