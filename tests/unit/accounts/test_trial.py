"""The directory of test calls is a real one, new for each call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.accounts.trial import TrialDirectory
from bot.errors import AccountsBusy
from bot.ports import ResetRequest, Verdict
from tests.contract.directories import LIMITS

CALLER, CODE = "0912345678", "0123456789"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[TrialDirectory]:
    made = TrialDirectory(tmp_path)
    yield made
    made.close()


def asked(directory: TrialDirectory, code: str = CODE, reset_id: str = "r1") -> Verdict:
    now = datetime.now(timezone.utc)
    request = ResetRequest(
        reset_id=reset_id,
        caller=CALLER,
        trunk="",
        code=code,
        password_hash="!",  # noqa: S106 - no password has it
        now=now,
        pending_until=now + timedelta(minutes=1),
    )
    return directory.request_reset(request, LIMITS)


def test_each_call_finds_its_accounts_and_nothing_of_the_call_before(directory: TrialDirectory) -> None:
    directory.begin({CODE: CALLER})
    assert asked(directory) is Verdict.MATCHED
    assert directory.activate_reset(
        "r1", now=datetime.now(timezone.utc), expires_at=datetime.now(timezone.utc) + timedelta(days=1)
    )
    directory.begin({CODE: CALLER})
    assert not directory.activate_reset(
        "r1", now=datetime.now(timezone.utc), expires_at=datetime.now(timezone.utc) + timedelta(days=1)
    )
    directory.begin({})
    assert asked(directory) is Verdict.REFUSED


def test_who_failed_often_has_to_wait_though_the_code_is_right(directory: TrialDirectory) -> None:
    for times, verdict in {LIMITS.per_caller - 1: Verdict.MATCHED, LIMITS.per_caller: Verdict.REFUSED}.items():
        directory.begin({CODE: CALLER})
        directory.fail(CALLER, times, LIMITS)
        assert asked(directory) is verdict


def test_one_that_is_away_answers_nothing(directory: TrialDirectory) -> None:
    directory.begin({CODE: CALLER}, away=True)
    with pytest.raises(AccountsBusy):
        asked(directory)
    with pytest.raises(AccountsBusy):
        directory.discard_reset("r1")
