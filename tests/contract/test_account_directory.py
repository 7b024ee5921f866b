"""The contract of AccountDirectory, held against every adapter and the fake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.accounts.agency_service import AgencyService
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.rest_directory import RestAccountDirectory
from bot.accounts.tables import attempts, calls, loaded, outbox
from bot.ports import AccountDirectory, CallRecord, ErrandKind, ResetRequest, Verdict
from tests.contract.account_service import TOKEN, account_service
from tests.contract.directories import LIMITS, InMemoryDirectory

CODE, PHONE, OLD = "0123456789", "0912345678", "old-hash"
ENDING = "2468"  # of the citizen's number of that code's owner; the other one's is not known
OTHER_CODE, OTHER_PHONE = "0055512340", "0400000001"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
THREADS = 20
TEN_YEARS_S = 10 * 365 * 86_400
_ATTEMPTS = count()


@dataclass(frozen=True)
class Subject:
    """A directory with two accounts, and what a test may see of it from behind."""

    directory: AccountDirectory
    hash_of: Callable[[str], str]
    must_change: Callable[[str], tuple[bool, datetime | None]]
    tested: Callable[[], int]
    call: Callable[[str], tuple[datetime, str]]
    errands: Callable[[], list[tuple[str, ErrandKind]]]  # noted: reset and kind, in their order
    disable: Callable[[str], None]


def in_memory() -> Iterator[Subject]:
    directory = two_accounts()
    yield seen_in_memory(directory, directory)


def rest() -> Iterator[Subject]:
    behind = two_accounts()
    with account_service(behind) as server:
        service = AgencyService(server.url, token=TOKEN, timeout_ms=20_000, patience_ms=20_000)
        directory = RestAccountDirectory(service)
        yield seen_in_memory(directory, behind)
        directory.close()


def two_accounts() -> InMemoryDirectory:
    directory = InMemoryDirectory()
    directory.add(CODE, PHONE, OLD, ENDING)
    directory.add(OTHER_CODE, OTHER_PHONE, OLD)
    return directory


def seen_in_memory(subject: AccountDirectory, directory: InMemoryDirectory) -> Subject:
    accounts = directory.accounts
    return Subject(
        subject,
        hash_of=lambda code: accounts[code].password_hash,
        must_change=lambda code: (accounts[code].must_change, accounts[code].expires_at),
        tested=lambda: len(directory.attempts),
        call=lambda call_id: (directory.calls[call_id].started_at, directory.calls[call_id].outcome),
        errands=lambda: directory.errands,
        disable=lambda code: setattr(accounts[code], "disabled", True),
    )


def sql(url: str) -> Iterator[Subject]:
    migrate(url)
    register = AccountRegister(url)
    register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", citizen_id=f"00119900{ENDING}", password_hash=OLD)
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

    def errands() -> list[tuple[str, ErrandKind]]:
        with directory.database.read() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        return [(row.reset_id, ErrandKind(row.task)) for row in rows]

    yield Subject(
        directory,
        hash_of=lambda code: account(code).password_hash,
        must_change=lambda code: (account(code).must_change, account(code).password_expires_at),
        tested=tested,
        call=call,
        errands=errands,
        disable=lambda code: register.set_disabled(code, True),
    )
    directory.close()
    register.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql", "rest"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param == "memory":
        yield from in_memory()
    elif request.param == "rest":
        yield from rest()
    elif request.param == "sqlite":
        yield from sql(f"sqlite:///{tmp_path}/accounts.db")
    else:
        yield from sql(request.getfixturevalue("postgresql").url)


def ask(
    subject: Subject,
    caller: str = PHONE,
    code: str = CODE,
    *,
    after_s: float = 0,
    trunk: str = "t1",
    reset_id: str = "r1",
    ending: str | None = None,
) -> Verdict:
    at = NOW + timedelta(seconds=after_s)
    request = ResetRequest(
        reset_id=reset_id,
        caller=caller,
        trunk=trunk,
        code=code,
        password_hash=f"hash-of-{reset_id}",
        now=at,
        pending_until=at + timedelta(minutes=5),
        citizen_id_ending=ending,
    )
    return subject.directory.request_reset(request, LIMITS)


def attempt(subject: Subject, caller: str = PHONE, code: str = CODE, **rest) -> Verdict:
    """A request that no other one is the same as."""
    return ask(subject, caller, code, reset_id=f"attempt-{next(_ATTEMPTS)}", **rest)


def fail(subject: Subject, times: int, caller: str = PHONE, **rest) -> None:
    """`times` codes of nobody's from one number."""
    for number in range(times):
        assert attempt(subject, caller, f"99999{number:05}", **rest) is Verdict.REFUSED


def strangers(subject: Subject, times: int, code: str = CODE, **rest) -> None:
    """So many numbers, each with one failure, at `code`."""
    for number in range(times):
        assert attempt(subject, f"07{number:08}", code, **rest) is Verdict.REFUSED


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


def test_waits_of_a_number_begin_at_its_limit_double_and_end_at_the_longest(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller)
    last_s, tested = 0, LIMITS.per_caller
    for wait_s in (30, 60, 120, 240, 480, 960, 1920, 3600, 3600):
        assert attempt(subject, after_s=last_s + wait_s - 1) is Verdict.REFUSED
        assert attempt(subject, after_s=last_s + wait_s) is Verdict.MATCHED
        last_s, tested = last_s + wait_s, tested + 1
        fail(subject, 1, after_s=last_s)
        assert subject.tested() == tested


def test_what_is_asked_during_a_wait_does_not_lengthen_it(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller)
    for second in range(0, LIMITS.first_wait_s, 5):
        fail(subject, 1, after_s=second)
    assert subject.tested() == LIMITS.per_caller
    assert attempt(subject, after_s=LIMITS.first_wait_s) is Verdict.MATCHED


def test_one_failure_below_the_limit_still_matches(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller - 1)
    assert attempt(subject) is Verdict.MATCHED


def test_a_match_does_not_forgive_the_failures_before_it(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller - 1)
    assert attempt(subject) is Verdict.MATCHED
    fail(subject, 1)
    assert attempt(subject) is Verdict.REFUSED


def test_a_number_that_waits_leaves_others_alone(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller, "0400000099")
    assert attempt(subject, "0400000099") is Verdict.REFUSED
    assert attempt(subject) is Verdict.MATCHED
    assert attempt(subject, OTHER_PHONE, OTHER_CODE) is Verdict.MATCHED


def test_no_number_of_strangers_stops_the_owner(subject: Subject) -> None:
    for second in range(2):
        strangers(subject, LIMITS.per_trunk, after_s=second)
        assert attempt(subject, after_s=second) is Verdict.MATCHED


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(lambda subject: strangers(subject, LIMITS.per_code, CODE), id="the code"),
        pytest.param(lambda subject: strangers(subject, LIMITS.per_trunk, "9999999999"), id="the trunk"),
    ],
)
def test_while_strangers_try_the_code_or_the_trunk_a_number_that_fails_has_less_patience(
    subject: Subject, attack: Callable[[Subject], None]
) -> None:
    attack(subject)
    fail(subject, LIMITS.per_caller_wary - 1)
    assert attempt(subject) is Verdict.MATCHED
    fail(subject, 1)
    assert attempt(subject) is Verdict.REFUSED
    assert attempt(subject, after_s=LIMITS.first_wait_s - 1) is Verdict.REFUSED
    assert attempt(subject, after_s=LIMITS.first_wait_s) is Verdict.MATCHED


def test_patience_comes_back_when_the_wait_of_the_code_is_over(subject: Subject) -> None:
    strangers(subject, LIMITS.per_code)
    fail(subject, LIMITS.per_caller - 1, after_s=LIMITS.first_wait_s)
    assert attempt(subject, after_s=LIMITS.first_wait_s) is Verdict.MATCHED


def test_other_codes_and_other_trunks_keep_their_patience(subject: Subject) -> None:
    strangers(subject, LIMITS.per_code, OTHER_CODE)
    strangers(subject, LIMITS.per_trunk, "9999999999", trunk="t2")
    fail(subject, LIMITS.per_caller_wary)
    assert attempt(subject) is Verdict.MATCHED


@pytest.mark.parametrize(("window_s", "kept"), [(LIMITS.window_s - 1, True), (LIMITS.window_s, False)])
def test_failures_are_deleted_when_their_window_has_passed(subject: Subject, window_s: int, kept: bool) -> None:
    fail(subject, LIMITS.per_caller)
    attempt(subject, OTHER_PHONE, OTHER_CODE, after_s=window_s)
    assert subject.tested() == (LIMITS.per_caller if kept else 0)


def test_failures_of_a_clock_that_was_years_ahead_hold_nobody_until_then(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller, after_s=TEN_YEARS_S)
    assert attempt(subject) is Verdict.MATCHED
    assert attempt(subject, after_s=TEN_YEARS_S) is Verdict.REFUSED


def test_a_clock_that_was_years_behind_takes_no_failure_out_of_the_count(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller)
    assert attempt(subject, OTHER_PHONE, OTHER_CODE, after_s=-TEN_YEARS_S) is Verdict.MATCHED
    assert attempt(subject) is Verdict.REFUSED
    assert subject.tested() == LIMITS.per_caller


def test_a_clock_that_steps_back_neither_frees_a_number_nor_holds_it_for_long(subject: Subject) -> None:
    fail(subject, LIMITS.per_caller)
    assert attempt(subject, after_s=-600) is Verdict.REFUSED
    assert attempt(subject, after_s=LIMITS.first_wait_s) is Verdict.MATCHED


def test_a_failure_asked_again_counts_once(subject: Subject) -> None:
    for _ in range(LIMITS.per_caller):
        assert ask(subject, PHONE, "9999999999") is Verdict.REFUSED
    assert subject.tested() == 1


def test_a_match_asked_again_is_the_same_match_even_in_a_wait(subject: Subject) -> None:
    assert ask(subject) is Verdict.MATCHED
    fail(subject, LIMITS.per_caller)
    assert ask(subject) is Verdict.MATCHED
    assert activate(subject)
    assert subject.hash_of(CODE) == "hash-of-r1"


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


def test_what_has_to_follow_a_reset_is_noted_once_with_its_activation(subject: Subject) -> None:
    ask(subject)
    assert subject.errands() == []
    activate(subject)
    activate(subject)
    assert subject.errands() == [("r1", kind) for kind in ErrandKind]
    ask(subject, reset_id="r2")
    activate(subject, "r2", at=NOW + timedelta(days=1))
    subject.directory.discard_reset("r2")
    assert len(subject.errands()) == len(ErrandKind)


def test_a_disabled_account_is_refused_and_the_attempt_counted(subject: Subject) -> None:
    subject.disable(CODE)
    assert ask(subject) is Verdict.REFUSED
    assert subject.tested() == 1
    assert attempt(subject, OTHER_PHONE, OTHER_CODE) is Verdict.MATCHED


def test_where_a_second_factor_is_asked_for_it_has_to_match_too(subject: Subject) -> None:
    assert ask(subject, ending="2469") is Verdict.REFUSED
    assert subject.tested() == 1
    assert not activate(subject)
    assert attempt(subject, OTHER_PHONE, OTHER_CODE, ending=ENDING) is Verdict.REFUSED  # nothing to compare it with
    assert subject.tested() == 2
    assert attempt(subject, ending=ENDING) is Verdict.MATCHED


def test_guesses_of_a_second_factor_make_their_number_wait(subject: Subject) -> None:
    for number in range(LIMITS.per_caller):
        assert attempt(subject, ending=f"000{number}") is Verdict.REFUSED
    assert attempt(subject, ending=ENDING, after_s=29) is Verdict.REFUSED
    assert attempt(subject, ending=ENDING, after_s=30) is Verdict.MATCHED


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


def test_twenty_threads_at_the_limit_of_a_number_test_exactly_as_many_codes_as_it_allows(subject: Subject) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        verdicts = list(pool.map(lambda n: attempt(subject, PHONE, f"99999999{n:02}"), range(THREADS)))
    assert set(verdicts) == {Verdict.REFUSED}
    assert subject.tested() == LIMITS.per_caller


def test_of_twenty_racing_resets_one_account_ends_with_one_password(subject: Subject) -> None:
    def reset(number: int) -> bool:
        ask(subject, reset_id=f"race-{number}")
        time.sleep(0)
        return activate(subject, f"race-{number}")

    with ThreadPoolExecutor(THREADS) as pool:
        activated = list(pool.map(reset, range(THREADS)))
    assert any(activated)
    assert subject.hash_of(CODE).startswith("hash-of-race-")
