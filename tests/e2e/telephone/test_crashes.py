"""Asterisk or the bot dies in mid-call: nobody loses a password, and the next call goes as if nothing had been."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.telephone import stories
from tests.e2e.telephone.bot_process import OLD_PASSWORD
from tests.e2e.telephone.exchange import TRANSPORTS, Exchange
from tests.e2e.telephone.passwords import assert_new_password, assert_old_password
from tests.e2e.telephone.person import Customer, Person
from tests.e2e.telephone.tones import pitches

pytestmark = pytest.mark.telephone

DOWN_HZ = 600  # what the test's dialplan plays where it sends a caller


@pytest.fixture
def customers(exchange: Exchange) -> dict[str, Customer]:
    exchange.bot.ready()
    return {by: exchange.customer() for by in TRANSPORTS}


async def call_both(exchange: Exchange, customers: dict[str, Customer]) -> list[Person]:
    """Both are hearing their password."""
    people = await asyncio.gather(*(exchange.dial(customer, by) for by, customer in customers.items()))
    await asyncio.gather(*(stories.presses_up_to_the_password(person) for person in people))
    return list(people)


async def test_caller_who_hangs_up_in_the_password_is_gone_at_once(
    exchange: Exchange, customers: dict[str, Customer]
) -> None:
    people = await call_both(exchange, customers)
    for left, person in enumerate(reversed(people)):
        await person.call.close()
        await exchange.bot.left_with(len(people) - 1 - left, within_s=1)
    for person in people:
        assert_old_password(exchange, person)


async def test_asterisk_that_dies_ends_its_calls_and_brings_the_next_ones_when_it_is_back(
    exchange: Exchange, customers: dict[str, Customer]
) -> None:
    people = await call_both(exchange, customers)
    for asterisk in exchange.asterisks.values():
        asterisk.kill()
    await exchange.bot.left_with(0, within_s=1)
    for person in people:
        await person.call.vanish()
        assert_old_password(exchange, person)
    for asterisk in exchange.asterisks.values():
        asterisk.start()
    for by, customer in customers.items():
        person = await exchange.dial(customer, by)
        async with person.call:
            await person.hears(stories.GREETING)


async def test_bot_that_dies_leaves_callers_with_the_operator_and_with_their_old_passwords(
    exchange: Exchange, customers: dict[str, Customer]
) -> None:
    people = await call_both(exchange, customers)
    exchange.bot.kill()
    await asyncio.gather(*(person.call.voice() for person in people))
    await asyncio.sleep(1)
    for person in people:
        assert not person.call.over
        await person.call.close()
        assert exchange.outcomes(person) == ["down"]
        assert pitches(person.call.heard)[-1] == DOWN_HZ
        assert exchange.bot.lets_in(person.code, OLD_PASSWORD)
    exchange.bot.launch()
    exchange.bot.ready()
    for person in await call_both(exchange, customers):
        await person.hears(stories.AGAIN)
        await person.call.close()
        assert_new_password(exchange, person)
