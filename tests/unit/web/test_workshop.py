"""The bot that takes the page's calls is replaced between calls, never under one."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from bot.errors import DialogueError
from bot.ports import CallTransport
from bot.settings import Settings
from bot.web import workshop
from bot.web.workshop import Workshop

LINE = cast(CallTransport, object())


class StandIn:
    """A bot whose calls last until `over`."""

    def __init__(self, settings: Settings, report: Any) -> None:
        self.over = asyncio.Event()
        self.closed = False
        self.loaded_in = threading.current_thread()
        report("loaded")

    async def take(self, number: str | None, transport: CallTransport, *sinks: Any, recorded: bool) -> StandIn:
        await self.over.wait()
        assert not self.closed
        return self

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was trained, in order; nothing is."""
    done: list[str] = []
    monkeypatch.setattr(workshop, "Bot", StandIn)
    monkeypatch.setattr(workshop.training, "train", lambda sources: done.append(sources.nlu_dir.name))
    return done


def opened() -> Workshop:
    return Workshop(Settings(root=Path()), lambda _: None)


def bot_of(shop: Workshop) -> StandIn:
    return cast(StandIn, shop.bot)


async def test_calls_end_with_the_bot_that_began_them(trained: list[str]) -> None:
    shop = opened()
    old = bot_of(shop)
    first = asyncio.ensure_future(shop.take(None, LINE))
    await asyncio.sleep(0)
    await shop.reload(lambda _: None)
    new = bot_of(shop)
    second = asyncio.ensure_future(shop.take(None, LINE))
    await asyncio.sleep(0)
    assert trained == ["nlu_data"]
    assert (new is old, old.closed, shop.calls) == (False, False, 2)
    old.over.set()
    assert cast(Any, await first) is old
    assert (old.closed, new.closed, shop.calls) == (True, False, 1)
    new.over.set()
    await second
    assert (new.closed, shop.calls) == (False, 0)


async def test_a_bot_without_calls_is_closed_at_once_and_the_new_one_was_loaded_in_a_thread(trained: list[str]) -> None:
    shop, told = opened(), list[str]()
    old = bot_of(shop)
    await shop.reload(told.append)
    assert old.closed
    assert bot_of(shop).loaded_in is not threading.current_thread()
    assert told[-1] == "loaded"


async def test_what_cannot_be_trained_leaves_the_bot_as_it_is(
    monkeypatch: pytest.MonkeyPatch, trained: list[str]
) -> None:
    shop = opened()
    old = bot_of(shop)

    def refuse(_: object) -> None:
        raise DialogueError("sai ở dòng 8")

    monkeypatch.setattr(workshop.training, "train", refuse)
    with pytest.raises(DialogueError, match="dòng 8"):
        await shop.reload(lambda _: None)
    assert (bot_of(shop) is old, old.closed, shop.reloading) == (True, False, False)


async def test_one_reload_at_a_time(monkeypatch: pytest.MonkeyPatch, trained: list[str]) -> None:
    shop, go_on = opened(), threading.Event()
    monkeypatch.setattr(workshop.training, "train", lambda _: go_on.wait(10))
    first = asyncio.ensure_future(shop.reload(lambda _: None))
    await asyncio.sleep(0)
    assert shop.reloading
    with pytest.raises(DialogueError, match="Chờ xong"):
        await shop.reload(lambda _: None)
    go_on.set()
    await first


async def test_closing_stops_every_bot(trained: list[str]) -> None:
    shop = opened()
    old = bot_of(shop)
    call = asyncio.ensure_future(shop.take(None, LINE))
    await asyncio.sleep(0)
    await shop.reload(lambda _: None)
    shop.close()
    assert old.closed
    assert bot_of(shop).closed
    call.cancel()
