"""Every refused caller costs the same work, whatever the reason: one hash, the same statements in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from bot.accounts.data_key import data_key
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.tables import attempts
from bot.ports import Caller
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS

CODE, PHONE, WRONG = "0123456789", "0912345678", "9999999999"
TRIES = LIMITS.per_caller
DISABLED = DEMO_PEOPLE[2]


class Hall:
    """The service over a real database, and the work that it does: `#` for a hash, else a statement."""

    def __init__(self, url: str) -> None:
        migrate(url)
        register = AccountRegister(url)
        register.seed_demo()
        register.set_disabled(DISABLED.code, True)
        register.close()
        self.work: list[str] = []
        self.clock = FixedClock()
        self.directory = SqlAccountDirectory(url)
        event.listen(self.directory.database.engine, "before_cursor_execute", self._note)
        vault = SecretVault(self.clock, ttl_s=60)
        self.service = ResetService(
            self.directory, self, vault, PasswordPolicy(), self.clock, limits=LIMITS, tries=TRIES
        )

    def hash(self, password: str) -> str:
        self.work.append("#")
        return "hash"

    def verify(self, password_hash: str, password: str) -> bool:
        raise NotImplementedError

    def refusal(self, call: str, number: str, code: str, ending: str | None = None) -> list[str]:
        """The work of a request that is refused."""
        self.work.clear()
        assert self.service.request(Caller(call, number, "t1"), code, ending).outcome is not ResetOutcome.ISSUED
        return list(self.work)

    def tested(self, number: str) -> int:
        whose = (attempts.c.caller_hmac == data_key().of_phone(number), attempts.c.tested)
        with self.directory.database.read() as connection:
            return connection.execute(select(func.count()).where(*whose)).scalar_one()

    def _note(self, connection, cursor, statement: str, *_) -> None:
        self.work.append(statement)


@pytest.fixture(params=["sqlite", "postgresql"])
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Hall]:
    sqlite = request.param == "sqlite"
    hall = Hall(f"sqlite:///{tmp_path}/accounts.db" if sqlite else request.getfixturevalue("postgresql").url)
    yield hall
    hall.directory.close()


def test_no_refusal_does_more_or_less_than_another(hall: Hall) -> None:
    for n in range(LIMITS.per_caller):
        hall.refusal("waiting", PHONE, f"99999{n:05}")
    for n in range(LIMITS.per_code):
        hall.refusal(f"try {n}", f"07{n:08}", CODE)
    for n in range(LIMITS.per_caller_wary):
        hall.refusal("impatient", "0300000002", f"99999{n:05}")
    for n in range(TRIES):
        hall.refusal("spent", "0300000003", f"88888{n:05}")
    works = {
        "a code of nobody's": hall.refusal("c1", "0300000001", WRONG),
        "somebody else's code": hall.refusal("c2", "0300000001", "0055512340"),
        "a code that is being tried": hall.refusal("c3", "0300000004", CODE),
        "a wait of the number": hall.refusal("c4", PHONE, WRONG),
        "the right code in a wait of the number": hall.refusal("c5", PHONE, CODE),
        "a wait that began sooner": hall.refusal("c6", "0300000002", CODE),
        "no try left in the call": hall.refusal("spent", "0300000003", WRONG),
        "a disabled account": hall.refusal("c7", DISABLED.phone, DISABLED.code),
    }
    assert works["a code of nobody's"].count("#") == 1
    for reason, work in works.items():
        assert work == works["a code of nobody's"], reason
    assert hall.tested("0300000004") == 1
    assert hall.tested("0300000002") == LIMITS.per_caller_wary


def test_a_wrong_second_factor_costs_what_any_refusal_costs(hall: Hall) -> None:
    works = {
        "a wrong ending": hall.refusal("c1", PHONE, CODE, "2469"),
        "an account whose ending is not known": hall.refusal("c2", DEMO_PEOPLE[1].phone, DEMO_PEOPLE[1].code, "2468"),
        "a code of nobody's": hall.refusal("c3", "0300000001", WRONG, "2468"),
        "a disabled account": hall.refusal("c4", DISABLED.phone, DISABLED.code, "2468"),
    }
    for reason, work in works.items():
        assert work == works["a code of nobody's"], reason
