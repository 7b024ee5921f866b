"""The real bot behind a real Asterisk: callers who dial, listen, speak, press keys and hang up, by both ways in."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest

from bot.audio import Audio
from bot.vietnamese.speech import digit_words
from tests.e2e.telephone import bot_voice, stories
from tests.e2e.telephone.exchange import TRANSPORTS, Exchange, live
from tests.e2e.telephone.passwords import assert_new_password, assert_old_password
from tests.e2e.telephone.person import Person
from tests.e2e.telephone.plans import Calls
from tests.e2e.telephone.tones import pitches
from tests.people import people_available

pytestmark = pytest.mark.telephone
by_both = pytest.mark.parametrize("by", TRANSPORTS)

AGENT_HZ, BUSY_HZ = 1000, 1400  # what the test's dialplan plays where it sends a caller
LINES, APART_S = 20, 0.1


@by_both
class TestOneCall:
    @pytest.mark.parametrize(
        "name",
        [
            "speaks",
            "presses",
            pytest.param("person", marks=pytest.mark.skipif(not people_available(), reason="no recordings of people")),
        ],
    )
    def test_caller_hears_twice_what_is_then_the_password_of_the_account(
        self, calls: Calls, name: str, by: str
    ) -> None:
        person = calls.of(name, by)
        assert_new_password(calls.exchange, person)
        assert len(set(person.passwords)) == 1
        assert len(person.passwords) == 2
        assert calls.exchange.outcomes(person) == ["reset"]
        assert person.call.let_go

    def test_number_that_is_not_registered_with_the_code_gets_way_one(self, calls: Calls, by: str) -> None:
        person = calls.of("stranger", by)
        assert calls.exchange.outcomes(person) == ["no_match"]
        assert_old_password(calls.exchange, person)

    def test_code_half_spoken_half_keyed_is_the_code_and_one_reading_is_enough(self, calls: Calls, by: str) -> None:
        person = calls.of("interrupts", by)
        assert_new_password(calls.exchange, person)
        assert calls.exchange.outcomes(person) == []

    def test_code_half_keyed_half_spoken_is_the_code_and_who_leaves_in_the_password_keeps_the_old_one(
        self, calls: Calls, by: str
    ) -> None:
        person = calls.of("coughs", by)
        assert person.passwords != []
        assert_old_password(calls.exchange, person)
        assert calls.exchange.outcomes(person) == []

    def test_caller_who_leaves_in_a_digit_leaves_nothing_behind(self, calls: Calls, by: str) -> None:
        person = calls.of("in a digit", by)
        assert_old_password(calls.exchange, person)
        assert calls.exchange.outcomes(person) == []

    def test_silent_caller_is_let_go_with_way_one(self, calls: Calls, by: str) -> None:
        person = calls.of("silent", by)
        assert calls.exchange.outcomes(person) == ["gave_up"]
        assert person.call.let_go

    def test_number_that_is_hidden_or_only_said_by_the_caller_is_withheld(self, calls: Calls, by: str) -> None:
        hidden, forged = calls.of("hidden", by), calls.of("forged", by)
        assert calls.exchange.outcomes(hidden) == ["withheld", "withheld"]
        for person in (hidden, forged):
            assert calls.exchange.bot.account(person.code).pending_until is None

    def test_caller_who_wants_a_person_gets_to_where_the_operator_says(self, calls: Calls, by: str) -> None:
        person = calls.of("agent", by)
        assert calls.exchange.outcomes(person) == ["agent"]
        assert pitches(person.call.heard)[-1] == AGENT_HZ
        assert not person.call.let_go


@by_both
class TestSpeakingOverTheBot:
    @pytest.mark.parametrize("name", ["interrupts", "presses", "agent", "coughs"])
    def test_silences_it_at_once(self, calls: Calls, name: str, by: str) -> None:
        person = calls.of(name, by)
        spoke_ms = person.spoke_ms[0]
        silent_ms = bot_voice.silent_from(person.call.heard, spoke_ms)
        assert silent_ms is not None
        assert silent_ms - spoke_ms < 1000

    @pytest.mark.parametrize("name", ["interrupts", "presses", "agent"])
    def test_what_it_was_saying_is_dropped_for_an_answer(self, calls: Calls, name: str, by: str) -> None:
        heard = calls.of(name, by).call.heard
        assert bot_voice.begins(stories.GREETING, heard) is not None
        assert bot_voice.begins(stories.MENU, heard) is None

    def test_it_goes_on_after_a_cough(self, calls: Calls, by: str) -> None:
        heard = calls.of("coughs", by).call.heard
        assert bot_voice.ends(stories.GREETING, heard) is not None
        assert bot_voice.ends(stories.MENU, heard) is not None


class TestManyCalls:
    async def test_as_many_as_there_are_lines_are_each_served_and_one_more_is_told_that_they_are_busy(
        self, exchange: Exchange
    ) -> None:
        async def call(place: int, by: str) -> Person:
            await asyncio.sleep(place * APART_S)
            return await live(exchange, await exchange.dial(customers[place], by), stories.presses)

        exchange.bot.ready()
        customers = [exchange.customer() for _ in range(LINES + 1)]
        calling = [asyncio.create_task(call(place, TRANSPORTS[place % 2])) for place in range(LINES)]
        await exchange.bot.left_with(LINES, within_s=10)
        refused = await exchange.dial(customers[LINES], TRANSPORTS[0])
        async with refused.call:
            await refused.call.voice()
            await asyncio.sleep(0.5)
        assert exchange.outcomes(refused) == ["busy"]
        assert pitches(refused.call.heard) == [BUSY_HZ]
        for person in await asyncio.gather(*calling):
            assert_new_password(exchange, person)
            assert exchange.outcomes(person) == ["reset"]
        await exchange.bot.left_with(0, within_s=1)


class TestSecrecy:
    def test_no_password_is_in_anything_that_was_written(self, calls: Calls) -> None:
        exchange = calls.exchange
        passwords = {each for person in exchange.people for each in person.passwords if len(each) == 8}
        files = [*exchange.bot.files, *(file for asterisk in exchange.asterisks.values() for file in asterisk.files)]
        contents = {file: file.read_bytes() for file in files}
        assert len(passwords) >= 6
        assert sum(file.suffix == ".jsonl" for file in files) >= len(passwords)
        for password in passwords:
            for text in (password, " ".join(digit_words(password))):
                assert [file for file, content in contents.items() if text.encode() in content] == []

    @by_both
    def test_recording_has_the_code_but_not_the_password(self, calls: Calls, by: str) -> None:
        person = calls.of("speaks", by)
        call = calls.exchange.asterisks[by].calls_of(person.number)[-1]
        recording = bot_side(calls.exchange.bot.folder / "recordings" / f"{call}.wav")
        asked_ms = bot_voice.ends(stories.CODE, recording)
        assert asked_ms is not None
        assert bot_voice.digits(Audio(recording.pcm[2 * bot_voice.PER_MS * asked_ms :])) == person.code


def bot_side(recording: Path) -> Audio:
    with wave.open(str(recording)) as wav:
        both = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    return Audio(both[1::2].tobytes())
