"""deploy/asterisk on a real Asterisk: who is said to call, what crosses, and where callers go afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from bot.replies import Outcome
from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.baresip import Baresip
from tests.e2e.telephone.callers import Caller, CallRefused
from tests.e2e.telephone.configuration import STRANGER_HOST
from tests.e2e.telephone.crowd import Script, crowd
from tests.e2e.telephone.sipp import Identity
from tests.e2e.telephone.stand_in import StandIn, Visit
from tests.e2e.telephone.tones import pitches, tone

pytestmark = pytest.mark.telephone

NUMBER = "0912345678"
BOT_HZ, CALLER_HZ, OTHER_HZ = 400, 700, 900
DOWN_HZ = 600  # what the test's dialplan plays where it sends a caller without a bot


async def greets(visit: Visit) -> Outcome:
    await visit.say(tone(BOT_HZ, 600))
    return Outcome.RESET


async def waits(visit: Visit) -> Outcome:
    await visit.say(tone(BOT_HZ, 600))
    await asyncio.wait_for(visit.left.wait(), 20)
    return Outcome.HUNG_UP


class TestWhoCalls:
    @pytest.mark.parametrize(
        ("identity", "number"),
        [
            pytest.param(Identity(asserted=NUMBER), NUMBER, id="asserted"),
            pytest.param(Identity(asserted="+84912345678", shown="0900000000"), NUMBER, id="another in From"),
            pytest.param(Identity(asserted="+84912345678", scheme="tel"), NUMBER, id="tel"),
            pytest.param(Identity(asserted=NUMBER, private=True), None, id="private"),
            pytest.param(Identity(asserted=None, shown=NUMBER), None, id="only in From"),
            pytest.param(Identity(asserted="anonymous", shown=NUMBER), None, id="no number"),
            pytest.param(Identity(asserted=NUMBER, shown=NUMBER, trusted=False), None, id="untrusted"),
            pytest.param(Identity(asserted=NUMBER, shown="trunk-trusted", trusted=False), None, id="untrusted, named"),
        ],
    )
    async def test_only_a_number_that_the_trusted_trunk_asserts_reaches_the_bot(
        self, asterisk: Asterisk, identity: Identity, number: str | None
    ) -> None:
        async with StandIn(asterisk.bot, greets) as bot, await Caller(asterisk, identity).dial() as call:
            await call.ended(10)
        trunk = "trunk-trusted" if identity.trusted else "trunk-untrusted"
        assert [(visit.number, visit.trunk) for visit in bot.visits] == [(number, trunk)]

    @pytest.mark.parametrize("endpoint", ["trunk-trusted", "trunk-untrusted"])
    async def test_stranger_who_writes_an_endpoints_name_into_from_is_refused(
        self, asterisk: Asterisk, endpoint: str
    ) -> None:
        stranger = Identity(asserted=NUMBER, shown=endpoint, host=STRANGER_HOST)
        async with StandIn(asterisk.bot, greets) as bot:
            with pytest.raises(CallRefused) as refused:
                await Caller(asterisk, stranger).dial()
        assert refused.value.status == 401
        assert bot.visits == []


class TestWhatCrosses:
    async def test_speech_and_keys_cross_in_both_directions(self, asterisk: Asterisk) -> None:
        async with StandIn(asterisk.bot, waits) as bot, await Caller(asterisk).dial(NUMBER) as call:
            await call.voice()
            await call.quiet()
            await call.say(tone(CALLER_HZ, 600))
            await call.keys("0123456789*#")
            await call.say(tone(OTHER_HZ, 600))
            await asyncio.sleep(0.2)
            await call.hang_up()
            await asyncio.sleep(0.2)
        assert pitches(call.heard) == [BOT_HZ]
        assert bot.visits[0].keys == "0123456789*#"
        assert pitches(bot.visits[0].heard) == [CALLER_HZ, OTHER_HZ]

    async def test_packets_to_the_caller_come_every_20_ms(self, asterisk: Asterisk) -> None:
        async def talks(visit: Visit) -> Outcome:
            await visit.say(tone(BOT_HZ, 3000))
            return Outcome.RESET

        async with StandIn(asterisk.bot, talks), await Caller(asterisk).dial(NUMBER) as call:
            await call.ended(10)
        start, *rest = call.arrivals
        late_ms = [1000 * (time - start) - 20 * index for index, time in enumerate(rest, 1)]
        assert len(late_ms) > 140
        assert max(late_ms) - min(late_ms) < 100

    async def test_bot_learns_at_once_that_the_caller_hung_up(self, asterisk: Asterisk) -> None:
        async with StandIn(asterisk.bot, waits) as bot, await Caller(asterisk).dial(NUMBER) as call:
            await call.voice()
            await call.hang_up()
            await asyncio.wait_for(bot.visits[0].left.wait(), 1)

    async def test_caller_who_sends_nothing_hears_the_bot(self, asterisk: Asterisk) -> None:
        async with StandIn(asterisk.bot, greets), await Caller(asterisk, mute=True).dial(NUMBER) as call:
            await call.ended(10)
        assert pitches(call.heard) == [BOT_HZ]


class TestAfterwards:
    async def test_caller_who_is_done_is_let_go(self, asterisk: Asterisk) -> None:
        before = len(asterisk.outcomes)
        async with StandIn(asterisk.bot, greets), await Caller(asterisk).dial(NUMBER) as call:
            await call.ended(10)
        assert call.let_go
        assert [outcome for _, outcome in asterisk.outcomes[before:]] == ["reset"]

    async def test_caller_goes_on_when_there_is_no_bot(self, asterisk: Asterisk) -> None:
        async with await Caller(asterisk).dial(NUMBER) as call:
            await call.voice()
            await asyncio.sleep(0.5)
        assert pitches(call.heard) == [DOWN_HZ]


class TestOtherTelephones:
    async def test_softphone_speaks_presses_keys_and_hears(self, asterisk: Asterisk) -> None:
        if shutil.which("baresip") is None:
            pytest.skip("no baresip: run scripts/asterisk")
        async with StandIn(asterisk.bot, waits) as bot, await Baresip.dial(asterisk, NUMBER) as phone:
            await asyncio.sleep(1)
            await phone.say(tone(CALLER_HZ, 600))
            await phone.keys("19#")
            await asyncio.sleep(0.5)
            await phone.hang_up()
            await asyncio.wait_for(bot.visits[0].left.wait(), 1)
            heard = phone.heard
        visit = bot.visits[0]
        assert (visit.number, visit.keys) == (NUMBER, "19#")
        assert pitches(visit.heard) == [CALLER_HZ]
        assert pitches(heard) == [BOT_HZ]

    async def test_ten_callers_at_once_are_each_heard_under_their_own_number(
        self, asterisk: Asterisk, tmp_path: Path
    ) -> None:
        async def hears_out(visit: Visit) -> Outcome:
            await asyncio.sleep(4.5)
            return Outcome.RESET

        numbers = [f"091234560{index}" for index in range(10)]
        is_root = os.geteuid() == 0
        script = Script(tmp_path).say(tone(CALLER_HZ, 600)).say(tone(OTHER_HZ, 600))
        if is_root:
            script.press("19")
        async with StandIn(asterisk.bot, hears_out) as bot:
            callers = crowd(asterisk, numbers, script)
            try:
                assert await callers.wait(15) == 0
            finally:
                callers.close()
        assert sorted(visit.number or "" for visit in bot.visits) == numbers
        assert [pitches(visit.heard) for visit in bot.visits] == [[CALLER_HZ, OTHER_HZ]] * 10
        assert [visit.keys for visit in bot.visits] == ["19" if is_root else ""] * 10
