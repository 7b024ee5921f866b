"""Who calls, how many may, and how it ended."""

from __future__ import annotations

import asyncio

import pytest

from bot.transports.switchboard import ANNOUNCED_S, ASKED_S, Calling, LinesBusy, Switchboard

NUMBER = "0912345678"


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def board(time: Time) -> Switchboard:
    return Switchboard(most_calls=2, clock=time)


@pytest.mark.parametrize("written", [NUMBER, "+84912345678", "84 912 345 678"])
def test_an_announced_number_is_known_in_national_form(board: Switchboard, written: str) -> None:
    board.announce("a", written)
    with board.connect("a") as calling:
        assert calling.number == NUMBER


@pytest.mark.parametrize("written", ["", "anonymous", "1900", "' or 1=1"])
def test_what_is_no_number_is_withheld(board: Switchboard, written: str) -> None:
    board.announce("a", written)
    with board.connect("a") as calling:
        assert calling.number is None


def test_the_trunk_that_was_announced_is_known(board: Switchboard) -> None:
    board.announce("a", NUMBER, "viettel-1")
    with board.connect("a") as calling:
        assert calling == Calling(NUMBER, "viettel-1")
    with board.connect("b") as calling:
        assert calling == Calling(None, None)


def test_who_was_not_announced_has_no_number(board: Switchboard) -> None:
    board.announce("a", NUMBER)
    with board.connect("b") as calling:
        assert calling.number is None


def test_an_announcement_is_used_once(board: Switchboard) -> None:
    board.announce("a", NUMBER)
    with board.connect("a"):
        pass
    with pytest.raises(LinesBusy), board.connect("a"):
        pass


def test_an_announcement_lapses(board: Switchboard, time: Time) -> None:
    board.announce("a", NUMBER)
    time.now = ANNOUNCED_S
    with board.connect("a") as calling:
        assert calling.number is None


def test_no_more_calls_than_lines_counting_those_announced(board: Switchboard) -> None:
    board.announce("a", NUMBER)
    with board.connect("b"):
        with pytest.raises(LinesBusy):
            board.announce("c", NUMBER)
        with board.connect("a"):
            assert board.calls == 2
            with pytest.raises(LinesBusy), board.connect("d"):
                pass
    assert board.calls == 0
    board.announce("c", NUMBER)


def test_a_closed_board_takes_only_calls_that_were_announced(board: Switchboard) -> None:
    board.announce("a", NUMBER)
    board.open = False
    with pytest.raises(LinesBusy):
        board.announce("b", NUMBER)
    with board.connect("a") as calling:
        assert calling.number == NUMBER


async def test_the_outcome_can_be_asked_for_a_while(board: Switchboard, time: Time) -> None:
    with board.connect("a"):
        board.ended("a", "agent")
    assert await board.outcome("a", 1) == "agent"
    time.now = ASKED_S
    assert await board.outcome("a", 1) is None


async def test_who_asks_too_early_waits_for_the_end(board: Switchboard) -> None:
    with board.connect("a"):
        asking = asyncio.ensure_future(board.outcome("a", 5))
        await asyncio.sleep(0)
        assert not asking.done()
        board.ended("a", "reset")
        assert await asking == "reset"


async def test_a_call_that_is_still_on_or_broke_or_never_was_has_no_outcome(board: Switchboard) -> None:
    with board.connect("a"):
        assert await board.outcome("a", 0.01) is None
    assert await board.outcome("a", 1) is None
    assert await board.outcome("b", 1) is None
