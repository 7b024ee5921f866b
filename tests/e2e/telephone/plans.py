"""The calls that are made side by side, each by both ways in, and what became of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.e2e.telephone import stories
from tests.e2e.telephone.exchange import TRANSPORTS, Exchange, live
from tests.e2e.telephone.person import Customer, Person
from tests.e2e.telephone.sipp import Identity
from tests.e2e.telephone.stories import Story
from tests.e2e.telephone.voices import RecordedVoice
from tests.people import people_available

AT_ONCE = 12  # of the bot's 20 lines: a machine may have other work
APART_S = 0.3
NUMBER = "0912345678"


@dataclass(frozen=True)
class Plan:
    """A story and who lives it, by the first and by the second way in; keys need no code that is easy to hear."""

    story: Story
    says: tuple[str, ...] = ()  # {code} is theirs, {half} its first five digits, {rest} the others
    codes: tuple[str | None, str | None] = (None, None)
    identity: Identity | None = None
    voice: RecordedVoice | None = None

    def phrases(self, customer: Customer) -> list[str]:
        code = customer.code
        return [phrase.format(code=code, half=code[:5], rest=code[5:]) for phrase in self.says]


PEOPLE = Plan(
    stories.presses_8_and_speaks,
    ("{code}", "vâng đúng", "không"),
    ("0161763650", "0259643197"),
    voice=RecordedVoice(7),
)
PLANS = {
    **({"person": PEOPLE} if people_available() else {}),
    "silent": Plan(stories.is_silent),
    "stranger": Plan(stories.has_no_account, (stories.NOBODYS_CODE,)),
    "speaks": Plan(stories.speaks, ("cấp lại mật khẩu", "{code}", "vâng đúng", "không"), ("0123456789", "0020304050")),
    "coughs": Plan(stories.coughs_and_speaks_the_rest, ("{rest}", "vâng đúng"), ("0316053050", "0431805805")),
    "presses": Plan(stories.presses),
    "interrupts": Plan(
        stories.interrupts_and_keys_the_rest, ("cấp lại mật khẩu", "{half}"), ("0545288615", "0098007006")
    ),
    "agent": Plan(stories.wants_a_person, ("cho tôi gặp tổng đài viên",)),
    "hidden": Plan(stories.hides_the_number, identity=Identity(NUMBER, private=True)),
    "forged": Plan(stories.hides_the_number, identity=Identity(NUMBER, NUMBER, trusted=False)),
    "in a digit": Plan(stories.hangs_up_in_a_digit, ("{code}",)),
}


@dataclass
class Calls:
    """The calls of PLANS, all made; one that did not go as its story says fails the tests that ask for it."""

    exchange: Exchange
    made: dict[tuple[str, str], Person | BaseException]

    def of(self, name: str, by: str) -> Person:
        made = self.made[name, by]
        if isinstance(made, BaseException):
            raise made
        return made


def make_calls(exchange: Exchange) -> Calls:
    callers = {
        (name, by): exchange.customer(code)
        for name, plan in PLANS.items()
        for by, code in zip(TRANSPORTS, plan.codes, strict=True)
    }
    for (name, _), customer in callers.items():
        (PLANS[name].voice or exchange.voice).prepare(PLANS[name].phrases(customer))
    exchange.bot.ready()
    gate = asyncio.Semaphore(AT_ONCE)

    async def make(place: int, name: str, by: str) -> Person:
        await asyncio.sleep(place * APART_S)
        async with gate:
            return await _make(exchange, PLANS[name], callers[name, by], by)

    async def make_all() -> Calls:
        made = await asyncio.gather(
            *(make(place, *caller) for place, caller in enumerate(callers)), return_exceptions=True
        )
        return Calls(exchange, dict(zip(callers, made, strict=True)))

    return asyncio.run(make_all())


async def _make(exchange: Exchange, plan: Plan, customer: Customer, by: str) -> Person:
    person = await exchange.dial(customer, by, identity=plan.identity, voice=plan.voice)
    return await live(exchange, person, plan.story)
