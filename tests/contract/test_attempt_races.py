"""Limits hold across processes and restarts, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.accounts.data_key import data_key
from bot.accounts.database import Database
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import attempts
from bot.ports import ResetRequest, Verdict
from tests.contract.directories import LIMITS

CODE, PHONE = "0123456789", "0912345678"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
HASH = "hash"
PROCESSES, AT_ONCE = 5, 10
Attempt = tuple[str, str, str]  # id, caller, code


def ask_at_once(url: str, wishes: list[Attempt]) -> list[Verdict]:
    """In a process of its own: all of `wishes`, each in a thread."""
    directory = SqlAccountDirectory(url, busy_ms=30_000)

    def ask(wish: Attempt) -> Verdict:
        reset_id, caller, code = wish
        return directory.request_reset(request(reset_id, caller, code), LIMITS)

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(ask, wishes))
    finally:
        directory.close()


def request(reset_id: str, caller: str, code: str, at: datetime = NOW) -> ResetRequest:
    return ResetRequest(
        reset_id=reset_id,
        caller=caller,
        trunk="t1",
        code=code,
        password_hash=HASH,
        now=at,
        pending_until=at + timedelta(minutes=5),
    )


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    server = get_context("forkserver")  # imports once; the test session has threads and must not be forked itself
    server.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(PROCESSES, mp_context=server) as pool:
        yield pool


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/accounts.db" if sqlite else request.getfixturevalue("postgresql").url
    migrate(url)
    register = AccountRegister(url)
    register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ")
    register.close()
    return url


def race(processes: ProcessPoolExecutor, url: str, wishes: list[Attempt]) -> Counter[Verdict]:
    assert len(wishes) == PROCESSES * AT_ONCE
    shares = [wishes[share::PROCESSES] for share in range(PROCESSES)]
    return Counter(verdict for verdicts in processes.map(partial(ask_at_once, url), shares) for verdict in verdicts)


def failures_by_caller(url: str) -> Counter[str]:
    """By what their numbers are kept as."""
    database = Database(url)
    with database.read() as connection:
        callers = connection.execute(select(attempts.c.caller_hmac).where(attempts.c.tested)).scalars().all()
    database.close()
    return Counter(callers)


def kept(number: str) -> str:
    return data_key().of_phone(number)


def counted(url: str) -> int:
    database = Database(url)
    with database.read() as connection:
        ids = connection.execute(select(attempts.c.reset_id)).scalars().all()
    database.close()
    assert len(set(ids)) == len(ids)
    return len(ids)


def test_one_number_has_exactly_as_many_codes_tested_as_its_limit(processes: ProcessPoolExecutor, url: str) -> None:
    verdicts = race(processes, url, [(f"r{n}", PHONE, f"99999999{n:02}") for n in range(50)])
    assert verdicts == {Verdict.REFUSED: 50}
    assert failures_by_caller(url) == {kept(PHONE): LIMITS.per_caller}
    assert counted(url) == 50


def test_a_tried_code_leaves_each_number_exactly_its_few_tries_and_the_owner_every_one(
    processes: ProcessPoolExecutor, url: str
) -> None:
    ask_at_once(url, [(f"before{n}", f"07{n:08}", CODE) for n in range(LIMITS.per_code)])
    callers = [f"03{n:08}" for n in range(8)]
    wishes = [(f"{caller}-{n}", caller, CODE) for caller in callers for n in range(6)]
    verdicts = race(processes, url, [*wishes, ("owner1", PHONE, CODE), ("owner2", PHONE, CODE)])
    assert verdicts == {Verdict.REFUSED: 48, Verdict.MATCHED: 2}
    tested = failures_by_caller(url)
    assert {caller: tested[kept(caller)] for caller in callers} == dict.fromkeys(callers, LIMITS.per_caller_wary)
    assert tested[kept(PHONE)] == 0


def test_fifty_times_the_same_request_count_once(processes: ProcessPoolExecutor, url: str) -> None:
    assert race(processes, url, [("r1", PHONE, "9999999999")] * 50) == {Verdict.REFUSED: 50}
    assert counted(url) == 1


def test_waits_outlive_the_process_that_counted(processes: ProcessPoolExecutor, url: str) -> None:
    wishes = [(f"r{n}", PHONE, "9999999999") for n in range(LIMITS.per_caller)]
    processes.submit(ask_at_once, url, wishes).result()
    directory = SqlAccountDirectory(url)
    try:
        for wait_s, verdict in ((LIMITS.first_wait_s - 1, Verdict.REFUSED), (LIMITS.first_wait_s, Verdict.MATCHED)):
            at = NOW + timedelta(seconds=wait_s)
            assert directory.request_reset(request(f"after{wait_s}", PHONE, CODE, at), LIMITS) is verdict
    finally:
        directory.close()
