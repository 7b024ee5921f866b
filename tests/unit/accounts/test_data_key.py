"""The data key: where it comes from, what it hides, and that a wrong or a missing one is told before any harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.data_key import VARIABLE, DataKey, data_key, make_data_key
from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.rekey import rekey
from bot.accounts.sealed_person import columns_of
from bot.errors import AccountsError
from bot.ports import CallRecord, ResetRequest, Verdict
from tests.contract.directories import LIMITS

CODE, PHONE = "0123456789", "0912345678"
NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
KEY, OTHER = DataKey(b"k" * 32), DataKey(b"o" * 32)


@pytest.fixture
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/accounts.db" if sqlite else request.getfixturevalue("postgresql").url
    migrate(url)
    register = AccountRegister(url)
    register.seed_demo()
    register.close()
    return url


def wish(caller: str = PHONE, code: str = CODE, reset_id: str = "r1", after_s: int = 0, **second: str) -> ResetRequest:
    at = NOW + timedelta(seconds=after_s)
    return ResetRequest(
        reset_id=reset_id,
        caller=caller,
        trunk="t1",
        code=code,
        password_hash="hash",  # noqa: S106 - nobody's
        now=at,
        pending_until=at + timedelta(minutes=5),
        **second,
    )


class TestHiding:
    def test_the_same_number_is_found_again_and_nothing_else_is_the_same(self) -> None:
        assert KEY.of_phone(PHONE) == DataKey(b"k" * 32).of_phone(PHONE)
        hidden = [KEY.of_phone(PHONE), KEY.of_code(PHONE), KEY.of_phone(CODE), OTHER.of_phone(PHONE), KEY.fingerprint]
        assert len(set(hidden)) == len(hidden)

    @given(st.binary(max_size=300), st.text(max_size=64))
    def test_what_is_sealed_opens_for_its_owner_alone(self, data: bytes, owner: str) -> None:
        sealed = KEY.seal(data, owner)
        assert KEY.unseal(sealed, owner) == data
        for key, whose in ((OTHER, owner), (KEY, owner + "x")):
            with pytest.raises(AccountsError, match="không giải mã"):
                key.unseal(sealed, whose)

    @given(st.binary(max_size=100))
    def test_no_other_bytes_open(self, junk: bytes) -> None:
        with pytest.raises(AccountsError, match="không giải mã"):
            KEY.unseal(junk, "owner")

    def test_sealing_the_same_person_twice_shows_no_likeness(self) -> None:
        one, two = (columns_of(DEMO_PEOPLE[0], KEY)["sealed"] for _ in range(2))
        assert one != two

    def test_a_key_shows_nothing_of_itself(self) -> None:
        assert "6b6b" not in repr(KEY)
        assert "kkkk" not in repr(KEY)


class TestWhereItComesFrom:
    @pytest.mark.usefixtures("no_variable")
    def test_migrating_a_new_database_makes_a_key_that_is_its_owners_alone(self, tmp_path: Path) -> None:
        file, said = tmp_path / "new" / "data.key", []
        migrate(f"sqlite:///{tmp_path}/a.db", said.append, key_file=file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert str(file) in said[0]
        assert [path.name for path in file.parent.iterdir()] == ["data.key"]
        made = file.read_text()
        migrate(f"sqlite:///{tmp_path}/b.db", said.append, key_file=file)
        assert file.read_text() == made

    @pytest.mark.usefixtures("no_variable")
    def test_a_lost_key_is_not_made_anew(self, tmp_path: Path) -> None:
        file, url = tmp_path / "data.key", f"sqlite:///{tmp_path}/a.db"
        migrate(url, key_file=file)
        file.unlink()
        with pytest.raises(AccountsError, match="Thiếu khóa dữ liệu"):
            migrate(url, key_file=file)
        assert not file.exists()

    def test_the_environment_goes_before_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "data.key"
        make_data_key(file)
        monkeypatch.setenv(VARIABLE, "6b" * 32 + "\n")
        assert data_key(file).fingerprint == KEY.fingerprint
        monkeypatch.delenv(VARIABLE)
        assert data_key(file).fingerprint != KEY.fingerprint

    @pytest.mark.usefixtures("no_variable")
    def test_no_key_says_where_it_was_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(AccountsError, match=f"{VARIABLE} hoặc tệp .*data.key"):
            data_key(tmp_path / "data.key")
        with pytest.raises(AccountsError, match=VARIABLE):
            SqlAccountDirectory(f"sqlite:///{tmp_path}/a.db")

    @pytest.mark.usefixtures("no_variable")
    def test_a_file_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "data.key"
        make_data_key(file)
        file.chmod(0o640)
        with pytest.raises(AccountsError, match="chmod 600"):
            data_key(file)

    @pytest.mark.parametrize("text", ["", "k" * 64, "6b" * 31, "6b" * 33, "bí mật"])
    def test_what_is_no_key_is_refused_without_repeating_it(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(VARIABLE, text)
        with pytest.raises(AccountsError, match="64 chữ số hệ 16") as error:
            data_key()
        assert not text or text not in str(error.value)


USES: dict[str, Callable[[SqlAccountDirectory], object]] = {
    "check": lambda directory: directory.check(),
    "request": lambda directory: directory.request_reset(wish(), LIMITS),
    "record": lambda directory: directory.record_call(
        CallRecord(call_id="c", started_at=NOW, duration_ms=1, fee_vnd=1, outcome="reset", turns=1, caller=PHONE)
    ),
}


class TestWrongKey:
    @pytest.mark.parametrize("use", USES.values(), ids=USES)
    def test_a_call_is_told_so_and_neither_refused_nor_counted(self, url: str, use) -> None:
        wrong = SqlAccountDirectory(url, key=OTHER)
        with pytest.raises(AccountsError, match="không phải khóa của cơ sở dữ liệu này"):
            use(wrong)
        wrong.close()
        right = SqlAccountDirectory(url)
        assert right.request_reset(wish(), LIMITS) is Verdict.MATCHED
        right.close()

    def test_nothing_is_listed_imported_or_migrated_with_it(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        register = AccountRegister(url, key=OTHER)
        for use in (register.list_accounts, register.seed_demo, lambda: register.find(CODE)):
            with pytest.raises(AccountsError, match="không phải khóa"):
                use()
        register.close()
        monkeypatch.setenv(VARIABLE, "6b" * 32)
        with pytest.raises(AccountsError, match="không phải khóa"):
            migrate(url)


def test_a_row_put_in_anothers_place_does_not_open(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/accounts.db"
    migrate(url)
    register = AccountRegister(url)
    register.seed_demo()
    with sqlite3.connect(tmp_path / "accounts.db") as insider:
        insider.execute("UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE id = 2) WHERE id = 1")
    with pytest.raises(AccountsError, match="sửa ngoài chương trình"):
        register.find(CODE)


class TestRekey:
    def test_people_calls_and_waits_are_the_same_under_the_new_key(self, url: str) -> None:
        old, stranger = data_key(), "0799999999"
        directory = SqlAccountDirectory(url)
        for n in range(LIMITS.per_caller):
            directory.request_reset(wish(code="9999999999", reset_id=f"r{n}"), LIMITS)
            directory.request_reset(wish(stranger, reset_id=f"s{n}"), LIMITS)
        directory.close()
        assert rekey(url, old, KEY) == len(DEMO_PEOPLE)
        register = AccountRegister(url, key=KEY)
        assert [account.person for account in register.list_accounts()] == list(DEMO_PEOPLE)
        register.close()
        directory = SqlAccountDirectory(url, key=KEY)
        waits = LIMITS.first_wait_s
        owner = {"citizen_id_ending": str(DEMO_PEOPLE[0].citizen_id_ending)}
        wishes = [wish(reset_id=f"a{after_s}", after_s=after_s, **owner) for after_s in (waits - 1, waits)]
        verdicts = [directory.request_reset(each, LIMITS) for each in wishes]
        directory.close()
        assert verdicts == [Verdict.REFUSED, Verdict.MATCHED]

    def test_the_old_key_is_of_no_more_use(self, url: str) -> None:
        rekey(url, data_key(), KEY)
        with pytest.raises(AccountsError, match="không phải khóa"):
            rekey(url, data_key(), OTHER)
        directory = SqlAccountDirectory(url)
        with pytest.raises(AccountsError, match="không phải khóa"):
            directory.request_reset(wish(), LIMITS)
        directory.close()

    def test_a_row_that_does_not_open_stops_it_and_everything_stays(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/accounts.db"
        migrate(url)
        register = AccountRegister(url)
        register.seed_demo()
        with sqlite3.connect(tmp_path / "accounts.db") as insider:
            insider.execute("UPDATE accounts SET sealed = x'00' WHERE id = 6")
        with pytest.raises(AccountsError):
            rekey(url, data_key(), KEY)
        assert register.find(CODE).person == DEMO_PEOPLE[0]  # type: ignore[union-attr]
