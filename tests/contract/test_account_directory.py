"""The contract of AccountDirectory, held against every adapter and the fake."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import attempts, calls, loaded, metadata
from bot.ports import AccountDirectory, AttemptLimits, CallRecord, ResetRequest, Verdict
from tests.contract.directories import InMemoryDirectory

CODE, PHONE, OLD = "0123456789", "0912345678", "old-hash"
OTHER_CODE, OTHER_PHONE = "0055512340", "0400000001"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
LIMITS = AttemptLimits(per_caller=5, per_code=5, window_s=3600)
THREADS = 20
POSTGRESQL = os.environ.get("NHANH8_TEST_POSTGRESQL", "")  # the URL of an empty database; it is emptied again


@dataclass(frozen=True)
class Subject:
    """A directory with two accounts, and what a test may see of it from behind."""

    directory: AccountDirectory
    hash_of: Callable[[str], str]
    must_change: Callable[[str], tuple[bool, datetime | None]]
    tested: Callable[[], int]
    call: Callable[[str], tuple[datetime, str]]


def in_memory() -> Iterator[Subject]:
    directory = InMemoryDirectory()
    directory.add(CODE, PHONE, OLD)
    directory.add(OTHER_CODE, OTHER_PHONE, OLD)
    accounts = directory.accounts
    yield Subject(
        directory,
        hash_of=lambda code: accounts[code].password_hash,
        must_change=lambda code: (accounts[code].must_change, accounts[code].expires_at),
        tested=lambda: len(directory.attempts),
        call=lambda call_id: (directory.calls[call_id].started_at, directory.calls[call_id].outcome),
    )


def sql(url: str) -> Iterator[Subject]:
    migrate(url)
    register = AccountRegister(url)
    register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", password_hash=OLD)
    register.add(code=OTHER_CODE, phone=OTHER_PHONE, name="Trần Thị Ví Dụ", password_hash=OLD)
    directory = SqlAccountDirectory(url, busy_ms=20_000)

    def account(code: str):
        found = register.find(code)
        assert found
        return found

    def tested() -> int:
        with directory.database.read() as connection:
            return connection.execute(select(func.count()).select_from(attempts).where(attempts.c.tested)).scalar_one()

    def call(call_id: str) -> tuple[datetime, str]:
        with directory.database.read() as connection:
            row = connection.execute(select(calls).where(calls.c.call_id == call_id)).one()
        return loaded(row.started_at), row.outcome

    yield Subject(
        directory,
        hash_of=lambda code: account(code).password_hash,
        must_change=lambda code: (account(code).must_change, account(code).password_expires_at),
        tested=tested,
        call=call,
    )
    directory.close()
    register.close()


def postgresql() -> Iterator[Subject]:
    try:
        yield from sql(POSTGRESQL)
    finally:
        directory = SqlAccountDirectory(POSTGRESQL)
        with directory.database.write() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        directory.close()


@pytest.fixture(params=["memory", "sqlite", *(["postgresql"] if POSTGRESQL else [])])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param == "memory":
        yield from in_memory()
    elif request.param == "sqlite":
        yield from sql(f"sqlite:///{tmp_path}/accounts.db")
    else:
        yield from postgresql()


def ask(
    subject: Subject, caller: str = PHONE, code: str = CODE, *, at: datetime = NOW, reset_id: str = "r1"
) -> Verdict:
    request = ResetRequest(
        reset_id=reset_id,
        caller=caller,
        code=code,
        password_hash=f"hash-of-{reset_id}",
        now=at,
        pending_until=at + timedelta(minutes=5),
    )
    return subject.directory.request_reset(request, LIMITS)


def activate(subject: Subject, reset_id: str = "r1", *, at: datetime = NOW) -> bool:
    return subject.directory.activate_reset(reset_id, now=at, expires_at=at + timedelta(days=1))


def test_matches_the_number_with_the_code_registered_to_it(subject: Subject) -> None:
    assert ask(subject) is Verdict.MATCHED
    assert subject.tested() == 0


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        pytest.param(PHONE, "9999999999", id="unknown code"),
        pytest.param("0400000099", CODE, id="unknown number"),
        pytest.param(PHONE, OTHER_CODE, id="somebody else's code"),
        pytest.param(PHONE, "", id="no code"),
        pytest.param("", CODE, id="no number"),
    ],
)
def test_refuses_and_counts(subject: Subject, caller: str, code: str) -> None:
    assert ask(subject, caller, code) is Verdict.REFUSED
    assert subject.tested() == 1
    assert not activate(subject)
    assert subject.hash_of(CODE) == OLD


def test_refuses_even_a_match_while_the_callers_window_is_full_and_matches_when_it_has_passed(subject: Subject) -> None:
    for second in range(LIMITS.per_caller):
        ask(subject, PHONE, f"999999999{second}", at=NOW + timedelta(seconds=second))
    assert ask(subject, at=NOW + timedelta(seconds=10)) is Verdict.REFUSED
    assert ask(subject, at=NOW + timedelta(seconds=LIMITS.window_s - 1)) is Verdict.REFUSED
    assert ask(subject, at=NOW + timedelta(seconds=LIMITS.window_s)) is Verdict.MATCHED


def test_refuses_even_a_match_while_the_codes_window_is_full_and_matches_when_it_has_passed(subject: Subject) -> None:
    for number in range(LIMITS.per_code):
        ask(subject, f"040000009{number}", CODE)
    assert ask(subject) is Verdict.REFUSED
    assert ask(subject, at=NOW + timedelta(seconds=LIMITS.window_s)) is Verdict.MATCHED


def test_a_full_window_of_one_leaves_others_alone(subject: Subject) -> None:
    for number in range(LIMITS.per_caller):
        ask(subject, "0400000099", f"999999999{number}")
    assert ask(subject, "0400000099", CODE) is Verdict.REFUSED
    assert ask(subject) is Verdict.MATCHED
    assert ask(subject, OTHER_PHONE, OTHER_CODE, reset_id="r2") is Verdict.MATCHED


def test_one_attempt_below_the_limit_still_matches(subject: Subject) -> None:
    for number in range(LIMITS.per_caller - 1):
        ask(subject, PHONE, f"999999999{number}")
    assert ask(subject) is Verdict.MATCHED


def test_what_is_refused_by_a_limit_does_not_lengthen_it(subject: Subject) -> None:
    for minute in range(20):
        ask(subject, PHONE, "9999999999", at=NOW + timedelta(minutes=minute))
    assert subject.tested() == LIMITS.per_caller
    assert ask(subject, at=NOW + timedelta(seconds=LIMITS.window_s + 300)) is Verdict.MATCHED


def test_attempts_are_deleted_when_their_window_has_passed(subject: Subject) -> None:
    ask(subject, PHONE, "9999999999")
    ask(subject, OTHER_PHONE, OTHER_CODE, at=NOW + timedelta(seconds=LIMITS.window_s))
    assert subject.tested() == 0


def test_a_pending_reset_keeps_the_old_password(subject: Subject) -> None:
    ask(subject)
    assert subject.hash_of(CODE) == OLD


def test_an_activated_reset_replaces_the_password_and_has_to_be_changed(subject: Subject) -> None:
    ask(subject)
    assert activate(subject)
    assert subject.hash_of(CODE) == "hash-of-r1"
    assert subject.must_change(CODE) == (True, NOW + timedelta(days=1))
    assert subject.hash_of(OTHER_CODE) == OLD


def test_activating_again_changes_nothing(subject: Subject) -> None:
    ask(subject)
    activate(subject)
    assert activate(subject, at=NOW + timedelta(days=2))
    assert subject.must_change(CODE) == (True, NOW + timedelta(days=1))


def test_a_lapsed_reset_leaves_the_old_password_for_good(subject: Subject) -> None:
    ask(subject)
    assert not activate(subject, at=NOW + timedelta(minutes=5))
    assert not activate(subject, at=NOW)
    assert subject.hash_of(CODE) == OLD


def test_an_unknown_reset_activates_nothing(subject: Subject) -> None:
    assert not activate(subject, "nobody's")


def test_a_newer_request_takes_the_place_of_a_pending_one(subject: Subject) -> None:
    ask(subject, reset_id="r1")
    ask(subject, reset_id="r2")
    assert not activate(subject, "r1")
    assert activate(subject, "r2")
    assert subject.hash_of(CODE) == "hash-of-r2"


def test_a_discarded_reset_leaves_the_old_password(subject: Subject) -> None:
    ask(subject)
    subject.directory.discard_reset("r1")
    assert not activate(subject)
    assert subject.hash_of(CODE) == OLD


def test_discarding_what_is_active_or_unknown_is_harmless(subject: Subject) -> None:
    ask(subject)
    activate(subject)
    subject.directory.discard_reset("r1")
    subject.directory.discard_reset("nobody's")
    assert subject.hash_of(CODE) == "hash-of-r1"


def test_an_active_password_stays_while_the_next_one_is_pending(subject: Subject) -> None:
    ask(subject, reset_id="r1")
    activate(subject, "r1")
    ask(subject, reset_id="r2")
    assert subject.hash_of(CODE) == "hash-of-r1"
    assert activate(subject, "r2")
    assert not activate(subject, "r1")
    assert subject.hash_of(CODE) == "hash-of-r2"


def test_a_call_is_recorded_once(subject: Subject) -> None:
    in_hanoi = NOW.astimezone(timezone(timedelta(hours=7)))
    for outcome in ("reset", "abandoned"):
        subject.directory.record_call(
            CallRecord(call_id="c1", started_at=in_hanoi, duration_ms=61_000, fee_vnd=2000, outcome=outcome, turns=4)
        )
    assert subject.call("c1") == (NOW, "reset")


def test_twenty_threads_at_the_callers_limit_test_exactly_as_many_codes_as_it_allows(subject: Subject) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        verdicts = list(pool.map(lambda n: ask(subject, PHONE, f"99999999{n:02}"), range(THREADS)))
    assert set(verdicts) == {Verdict.REFUSED}
    assert subject.tested() == LIMITS.per_caller


def test_twenty_threads_at_the_codes_limit_test_exactly_as_many_numbers_as_it_allows(subject: Subject) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda n: ask(subject, f"04000001{n:02}", CODE), range(THREADS)))
    assert subject.tested() == LIMITS.per_code


def test_of_twenty_racing_resets_one_account_ends_with_one_password(subject: Subject) -> None:
    def reset(number: int) -> bool:
        ask(subject, reset_id=f"race-{number}")
        time.sleep(0)
        return activate(subject, f"race-{number}")

    with ThreadPoolExecutor(THREADS) as pool:
        activated = list(pool.map(reset, range(THREADS)))
    assert any(activated)
    assert subject.hash_of(CODE).startswith("hash-of-race-")
