"""An agency's account service that is slow, cuts, babbles or is down: nothing is done twice, and nobody waits long."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.accounts.agency_service import AgencyService
from bot.accounts.circuit_breaker import CircuitBreaker
from bot.accounts.rest_directory import RestAccountDirectory
from bot.errors import AccountsBusy, AccountsError
from bot.ports import Caller, CallRecord, ResetRequest, Verdict
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetService
from bot.reset.vault import SecretVault
from tests.contract.account_service import (
    CONTRACT,
    DOES_NOTHING,
    TOKEN,
    AccountService,
    Fault,
    account_service,
    contract,
)
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS, NO_LIMITS, InMemoryDirectory
from tests.e2e.dying_calls import hasher

CODE, PHONE, WRONG, OLD = "0123456789", "0912345678", "9999999999", "old"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)


@pytest.fixture
def accounts() -> InMemoryDirectory:
    directory = InMemoryDirectory()
    directory.add(CODE, PHONE, "old")
    return directory


@pytest.fixture
def agency(accounts: InMemoryDirectory) -> Iterator[AccountService]:
    with account_service(accounts) as service:
        yield service


@contextmanager
def directory_at(url: str, *, patience_ms: int = 20_000, token: str = TOKEN, **rest: Any) -> Iterator[Any]:
    service = AgencyService(url, token=token, timeout_ms=300, patience_ms=patience_ms, **rest)
    directory = RestAccountDirectory(service)
    try:
        yield directory
    finally:
        directory.close()
        directory.close()


def wish(code: str = CODE, reset_id: str = "r1") -> ResetRequest:
    return ResetRequest(
        reset_id=reset_id,
        caller=PHONE,
        trunk="t1",
        code=code,
        password_hash=f"hash of {reset_id}",
        now=NOW,
        pending_until=NOW + timedelta(minutes=5),
    )


def activate(directory: RestAccountDirectory) -> bool:
    return directory.activate_reset("r1", now=NOW, expires_at=NOW + timedelta(days=1))


def record(directory: RestAccountDirectory) -> None:
    directory.record_call(
        CallRecord(call_id="c/1", started_at=NOW, duration_ms=1, fee_vnd=1000, outcome="reset", turns=1)
    )


# What is done, its result, and what is kept afterwards: the hash, what waits, failures, records, errands.
USES: dict[str, tuple[Callable[[RestAccountDirectory], Any], Any, tuple[str, bool, int, int, int]]] = {
    "a failure": (lambda it: it.request_reset(wish(WRONG, "r2"), LIMITS), Verdict.REFUSED, ("old", True, 1, 0, 0)),
    "a match": (lambda it: it.request_reset(wish(), LIMITS), Verdict.MATCHED, ("old", True, 0, 0, 0)),
    "activation": (activate, True, ("hash of r1", False, 0, 0, 2)),
    "discarding": (lambda it: it.discard_reset("r1"), None, ("old", False, 0, 0, 0)),
    "recording": (record, None, ("old", True, 0, 1, 0)),
}


def kept(accounts: InMemoryDirectory) -> tuple[str, bool, int, int, int]:
    account = accounts.accounts[CODE]
    waits = account.pending is not None
    return account.password_hash, waits, len(accounts.attempts), len(accounts.calls), len(accounts.errands)


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
def test_whatever_happens_to_a_request_it_is_done_once(
    agency: AccountService, accounts: InMemoryDirectory, fault: Fault
) -> None:
    with directory_at(agency.url) as directory:
        for use, result, afterwards in USES.values():
            accounts.accounts[CODE].pending, accounts.accounts[CODE].password_hash = None, "old"
            accounts.attempts, accounts.calls, accounts.errands = [], {}, []
            accounts.request_reset(wish(), LIMITS)
            agency.keys.clear()
            agency.faults.append(fault)
            assert use(directory) == result
            assert kept(accounts) == afterwards
            assert len(agency.keys) == 2
            assert len(set(agency.keys)) == 1


@pytest.mark.parametrize("fault", DOES_NOTHING, ids=lambda fault: fault.name.lower())
def test_a_service_that_stays_away_is_busy_and_loses_nothing(
    agency: AccountService, accounts: InMemoryDirectory, fault: Fault
) -> None:
    accounts.request_reset(wish(), LIMITS)
    agency.faults.extend([fault] * 100)
    with directory_at(agency.url, patience_ms=0) as directory:
        for use, *_ in USES.values():
            with pytest.raises(AccountsBusy, match="cơ quan"):
                use(directory)
    assert kept(accounts) == ("old", True, 0, 0, 0)


def test_an_activation_whose_answer_stays_lost_is_known_when_it_is_asked_again(
    agency: AccountService, accounts: InMemoryDirectory
) -> None:
    accounts.request_reset(wish(), LIMITS)
    agency.faults.append(Fault.CUT_AFTER)
    with directory_at(agency.url, patience_ms=0) as directory:
        with pytest.raises(AccountsBusy):
            activate(directory)
        assert kept(accounts) == ("hash of r1", False, 0, 0, 2)
        assert activate(directory)
        directory.discard_reset("r1")
    assert kept(accounts) == ("hash of r1", False, 0, 0, 2)


def test_a_whole_reset_in_which_every_answer_is_lost_once(agency: AccountService, accounts: InMemoryDirectory) -> None:
    clock, hash_ = FixedClock(), hasher()
    vault = SecretVault(clock, ttl_s=60)
    with directory_at(agency.url) as directory:
        service = ResetService(directory, hash_, vault, PasswordPolicy(), clock, limits=LIMITS)
        agency.faults.append(Fault.CUT_AFTER)
        service.request(Caller("c1", PHONE), WRONG)
        agency.faults.append(Fault.CUT_AFTER)
        ref = service.request(Caller("c1", PHONE), CODE).secret
        assert ref is not None
        new = vault.resolve(ref).reveal()
        assert accounts.accounts[CODE].password_hash == OLD
        agency.faults.append(Fault.CUT_AFTER)
        assert service.heard(ref)
        service.end("c1")
    assert hash_.verify(accounts.accounts[CODE].password_hash, new)
    assert (len(accounts.attempts), len(agency.keys)) == (1, 6)


def test_fifty_requests_at_once_on_a_bad_line_are_each_done_once(
    agency: AccountService, accounts: InMemoryDirectory
) -> None:
    bad = random.Random(8)
    quick = [Fault.ERROR, Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.BABBLES]
    agency.faults.extend(bad.choice(quick) for _ in range(30))
    with directory_at(agency.url, failures=1000) as directory, ThreadPoolExecutor(10) as pool:
        verdicts = list(
            pool.map(lambda n: directory.request_reset(wish(f"99999999{n:02}", f"r{n}"), NO_LIMITS), range(50))
        )
    assert verdicts == [Verdict.REFUSED] * 50
    assert len(accounts.attempts) == 50


def test_a_service_that_refuses_the_token_is_asked_once_and_told(agency: AccountService) -> None:
    with (
        directory_at(agency.url, token="wrong") as directory,  # noqa: S106 - nobody's
        pytest.raises(AccountsError, match="NHANH8_AGENCY_TOKEN"),
    ):
        directory.check()
    with directory_at(agency.url) as directory:
        directory.check()
    assert agency.keys == ["health"]


def test_a_service_that_is_not_there_is_busy() -> None:
    with (
        directory_at("http://127.0.0.1:1/v1", patience_ms=0) as directory,
        pytest.raises(AccountsBusy, match="cơ quan"),
    ):
        directory.check()


def test_an_answer_out_of_the_contract_is_an_error(
    agency: AccountService, accounts: InMemoryDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with directory_at(agency.url) as directory:
        for method, answer in (("request_reset", lambda *_: Fault.ERROR), ("activate_reset", lambda *_, **__: "yes")):
            with monkeypatch.context() as patched:
                patched.setattr(accounts, method, answer)
                patched.setattr("tests.contract.account_service.check", lambda *_: None)
                with pytest.raises(AccountsError, match="openapi"):
                    USES["a match" if method == "request_reset" else "activation"][0](directory)


def test_nobody_waits_for_a_service_that_is_known_to_be_down(agency: AccountService) -> None:
    agency.faults.extend([Fault.ERROR] * 3)
    with directory_at(agency.url, patience_ms=0, failures=3, pause_s=3600) as directory:
        for _ in range(10):
            with pytest.raises(AccountsBusy):
                directory.check()
    assert len(agency.keys) == 3


def test_every_reference_in_the_contract_leads_somewhere() -> None:
    references = re.findall(r'\$ref: "#/([^"]+)"', CONTRACT.read_text(encoding="utf-8"))
    assert len(references) > 20
    for reference in references:
        place = contract()
        for name in reference.split("/"):
            place = place[name]


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_after_the_pause_one_trial_decides() -> None:
    time = Time()
    breaker = CircuitBreaker(failures=2, pause_s=10, clock=time)
    for _ in range(2):
        assert breaker.admits()
        breaker.failed()
    assert not breaker.admits()
    time.now = 10
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.failed()
    time.now = 19.9
    assert not breaker.admits()
    time.now = 20
    assert breaker.admits()
    breaker.succeeded()
    assert all(breaker.admits() for _ in range(3))


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = CircuitBreaker(failures=2, pause_s=10, clock=Time())
    for _ in range(5):
        breaker.failed()
        breaker.succeeded()
    assert breaker.admits()


@pytest.mark.parametrize(
    "url",
    [
        "http://accounts.example.vn/v1",
        "https://",
        "https://user:secret@accounts.example.vn",
        "https://accounts.example.vn/v1?token=1",
        "https://accounts.example.vn:x/",
        "https://[accounts.example.vn/",
        "ftp://127.0.0.1",
    ],
)
def test_an_address_that_would_tell_secrets_or_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(AccountsError, match="https://") as error:
        AgencyService(url, token=None, timeout_ms=100, patience_ms=0)
    assert "secret" not in str(error.value)
