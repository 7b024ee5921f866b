"""One Asterisk for tests that are their own bot, at `asterisk.bot`; one exchange with the real bot for the others."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.e2e.telephone.asterisk import Asterisk, asterisk_root
from tests.e2e.telephone.configuration import BotAddress
from tests.e2e.telephone.exchange import Exchange
from tests.e2e.telephone.plans import Calls, make_calls
from tests.e2e.telephone.ports import free_port

PRIORITY = -10


def pytest_runtest_setup() -> None:
    """All tests of this folder, told in one line."""
    if asterisk_root() is None or shutil.which("sipp") is None:
        pytest.skip("no Asterisk or no SIPp here: run scripts/asterisk, or scripts/test --e2e")


@pytest.fixture(scope="session", autouse=True)
def priority() -> Iterator[None]:
    """Calls are in real time: what else this machine has to do waits, where that may be asked for."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    yield
    os.setpriority(os.PRIO_PROCESS, 0, max(before, os.getpriority(os.PRIO_PROCESS, 0)))


@pytest.fixture(scope="session")
def running_asterisk() -> Iterator[Asterisk]:
    ports = (free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM))
    asterisk = Asterisk(BotAddress(*ports, token="bi-mat & 8+%"))  # noqa: S106 - the tests' own
    try:
        asterisk.start()
        yield asterisk
    finally:
        asterisk.stop()


@pytest.fixture(params=["audiosocket", "websocket"])
def asterisk(running_asterisk: Asterisk, request: pytest.FixtureRequest) -> Asterisk:
    """It hands calls over by each of the two ways in turn."""
    running_asterisk.route_through(request.param)
    return running_asterisk


@pytest.fixture(scope="session")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    opened = Exchange(tmp_path_factory.mktemp("bot"))
    try:
        opened.start()
        yield opened
    finally:
        opened.stop()


@pytest.fixture(scope="session")
def calls(exchange: Exchange) -> Calls:
    return make_calls(exchange)
