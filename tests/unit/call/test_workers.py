"""Threads that hang are replaced; those that only wait for their turn on a busy machine are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from bot.call.workers import Hung, Workers
from bot.stillness import STILL_S


@pytest.fixture
def one() -> Iterator[Workers]:
    workers = Workers(1, "test", longest_s=30)
    yield workers
    workers.shutdown()


@pytest.fixture
def open_gate() -> Iterator[threading.Event]:
    """Lets go, in the end, whoever waits for it."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_work_is_done_and_what_it_raises_is_raised(one: Workers) -> None:
    assert one.submit(divmod, 7, 2).result(10) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        one.submit(divmod, 7, 0).result(10)
    assert one.replaced == 0


def test_a_thread_that_stands_still_is_replaced_and_the_next_work_is_done(
    one: Workers, open_gate: threading.Event
) -> None:
    began = time.monotonic()
    stuck = one.submit(open_gate.wait)
    waiting = one.submit(threading.get_ident)
    with pytest.raises(Hung):
        stuck.result(10)
    told_s = time.monotonic() - began
    assert waiting.result(10)
    print(f"a hanging thread was replaced after {time.monotonic() - began:.3f} s")
    assert told_s >= STILL_S
    assert one.replaced == 1


def test_a_thread_that_computes_too_long_is_replaced(open_gate: threading.Event) -> None:
    workers = Workers(1, "test", longest_s=0.2)

    def endless() -> None:
        while not open_gate.is_set():
            pass

    with pytest.raises(Hung):
        workers.submit(endless).result(10)
    assert workers.submit(int, "8").result(10) == 8
    workers.shutdown()


def test_long_work_that_comes_on_is_left_alone(one: Workers) -> None:
    def hum() -> str:
        until = time.monotonic() + 2 * STILL_S
        while time.monotonic() < until:
            time.sleep(0.02)
        return "done"

    assert one.submit(hum).result(10) == "done"
    assert one.replaced == 0


def test_what_comes_too_late_is_nobodys(one: Workers, open_gate: threading.Event) -> None:
    stuck = one.submit(open_gate.wait)
    with pytest.raises(Hung):
        stuck.result(10)
    before = threading.active_count()
    open_gate.set()
    assert one.submit(int, "8").result(10) == 8
    deadline = time.monotonic() + 10
    while threading.active_count() >= before:  # the thread that was given up ends
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(Hung):
        stuck.result()


def test_what_it_did_is_told(one: Workers, open_gate: threading.Event) -> None:
    works: list[Future[bool]] = [one.submit(open_gate.wait, 0.1) for _ in range(3)]
    assert one.waiting >= 1
    for work in works:
        work.result(10)
    assert one.waiting == 0
    assert one.busy_s >= 0.3
    assert one.threads == 1


def test_who_shuts_down_waits_for_no_thread_that_hangs(one: Workers, open_gate: threading.Event) -> None:
    one.submit(open_gate.wait)
    one.shutdown()
    with pytest.raises(RuntimeError):
        one.submit(int)
