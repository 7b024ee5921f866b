"""One real bot, an Asterisk for each way of handing a call over to it, and the people who called."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.audio import Audio
from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.bot_process import BotProcess
from tests.e2e.telephone.callers import Caller
from tests.e2e.telephone.configuration import BotAddress
from tests.e2e.telephone.person import Customer, Person
from tests.e2e.telephone.ports import free_port
from tests.e2e.telephone.sipp import Identity
from tests.e2e.telephone.voices import SyntheticVoice

TRANSPORTS = ("audiosocket", "websocket")


class Exchange:
    """`people` are all who called, in order; their calls may be over."""

    def __init__(self, folder: Path) -> None:
        ports = (free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM))
        address = BotAddress(*ports, token="nhanh8bimatcuakiemthu")  # noqa: S106 - the tests' own
        self.bot = BotProcess(folder, address)
        self.asterisks = {by: Asterisk(address.over(by)) for by in TRANSPORTS}
        self.people: list[Person] = []
        self.voice = SyntheticVoice()
        self._customers = 0

    def start(self) -> None:
        self.bot.launch()
        for asterisk in self.asterisks.values():
            asterisk.start()

    def stop(self) -> None:
        self.bot.stop()
        for asterisk in self.asterisks.values():
            asterisk.stop()

    def customer(self, code: str | None = None) -> Customer:
        """Somebody new, whose password is OLD_PASSWORD."""
        self._customers += 1
        customer = Customer(code or f"07{self._customers:08}", f"0400{self._customers:06}")
        self.bot.open_account(customer.code, customer.number)
        return customer

    async def dial(
        self,
        customer: Customer,
        by: str,
        *,
        identity: Identity | None = None,
        voice: Callable[[str], Audio] | None = None,
    ) -> Person:
        """Their call, answered; the network says their number, unless `identity` says otherwise."""
        call = await Caller(self.asterisks[by], identity).dial(None if identity else customer.number)
        if identity:
            customer = replace(customer, number="")
        person = Person(customer, by, call, voice or self.voice)
        self.people.append(person)
        return person

    def events(self, person: Person) -> list[dict[str, Any]]:
        """What the bot wrote down of their last call."""
        calls = self.asterisks[person.by].calls_of(person.number)
        return self.bot.events(calls[-1]) if calls else []

    def outcomes(self, person: Person) -> list[str]:
        """NHANH8_OUTCOME of each of their calls from which the dialplan got them back."""
        asterisk = self.asterisks[person.by]
        calls = asterisk.calls_of(person.number)
        return [outcome for call, outcome in asterisk.outcomes if call in calls]

    async def over(self, person: Person, within_s: float = 1.0) -> float:
        """The seconds until the bot wrote down that their call is over. Raises asyncio.TimeoutError."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not any(event["event"] == "call_ended" for event in self.events(person)):
            if loop.time() - began > within_s:
                raise asyncio.TimeoutError("the bot still holds the call")
            await asyncio.sleep(0.05)
        return loop.time() - began


async def live(exchange: Exchange, person: Person, story: Callable[[Person], Awaitable[None]]) -> Person:
    """Their call from the answer to its end, which the bot has to notice within a second.

    Raises:
        AssertionError: it did not go as the story says.
    """
    async with person.call:
        try:
            await story(person)
            if person.number:
                await exchange.over(person)
        except asyncio.TimeoutError as error:
            happened = [event for event in exchange.events(person) if event["event"] in ("prompt", "heard")]
            raise AssertionError(f"{error}; what happened: {happened}") from None
    return person
