"""When the bot says that it should be given calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest
import pytest_asyncio

from bot.errors import AccountsBusy
from bot.operations import readiness as module
from bot.operations.http import OperationsServer
from bot.operations.readiness import Readiness

State = dict[str, bool]


@pytest.fixture
def state() -> State:
    return {"taking_calls": True, "database": True}


@pytest.fixture
def readiness(state: State) -> Readiness:
    def database() -> None:
        if not state["database"]:
            raise AccountsBusy("bận")

    return Readiness({"taking_calls": lambda: state["taking_calls"]}, {"database": database}, ThreadPoolExecutor(1))


@pytest_asyncio.fixture
async def client(readiness: Readiness) -> AsyncIterator[aiohttp.ClientSession]:
    server = OperationsServer(lambda: b"nhanh8_lines 3\n", readiness)
    port = await server.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session
    await server.stop()


async def ready(client: aiohttp.ClientSession) -> tuple[int, State]:
    async with client.get("/readyz") as answer:
        return answer.status, await answer.json()


async def test_alive_and_measured(client: aiohttp.ClientSession) -> None:
    async with client.get("/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    async with client.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert await answer.read() == b"nhanh8_lines 3\n"


async def test_ready_while_all_is_well(client: aiohttp.ClientSession) -> None:
    assert await ready(client) == (200, {"ready": True, "taking_calls": True, "database": True})


@pytest.mark.parametrize("missing", ["taking_calls", "database"])
async def test_not_ready_tells_what_is_missing(client: aiohttp.ClientSession, state: State, missing: str) -> None:
    state[missing] = False
    status, seen = await ready(client)
    assert status == 503
    assert not seen["ready"]
    assert [name for name, well in seen.items() if not well] == ["ready", missing]


async def test_a_database_that_does_not_answer_is_asked_once_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WITHIN_S", 0.05)
    asked, answered = [], threading.Event()

    def hangs() -> None:
        asked.append(1)
        answered.wait(30)

    worker = ThreadPoolExecutor(1)
    readiness = Readiness({}, {"database": hangs}, worker)
    assert await asyncio.gather(*(readiness.look() for _ in range(5))) == [{"database": False}] * 5
    assert len(asked) == 1
    answered.set()
    worker.shutdown()
    assert await readiness.look() == {"database": True}
