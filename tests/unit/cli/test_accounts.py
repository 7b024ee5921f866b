"""`nhanh8 accounts` over both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.accounts.data_key import VARIABLE
from bot.cli.main import app
from bot.errors import AccountsError

ROOT = Path(__file__).parents[3]
PEOPLE = (
    "code,phone,name,email,citizen_id\n"
    "0055512340,0400000001,Trần Thị Ví Dụ,,\n"
    "0123456789,0912345678,Thí Dụ,a@example.com,2468\n"
)
Accounts = Callable[..., str]


@pytest.fixture(params=["sqlite", "postgresql"])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Accounts:
    """`nhanh8 accounts ARGUMENTS`: what it prints. Raises what `nhanh8` tells as an error."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/accounts.db" if sqlite else request.getfixturevalue("postgresql").url
    options = ["--config", str(ROOT / "config.yml"), "--log-level", "warning", "--accounts", url]

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(app, [*options, "accounts", *map(str, arguments)])
        if result.exception:
            raise result.exception
        return result.output

    return run


def test_a_new_database_is_migrated_once(accounts: Accounts) -> None:
    assert "0004" in accounts("migrate")
    assert "mới nhất" in accounts("migrate")


def test_what_is_imported_is_listed_masked_and_exported_as_it_was(accounts: Accounts, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(PEOPLE, encoding="utf-8")
    assert "thêm 2, sửa 0" in accounts("import", tmp_path / "in.csv")
    listed = accounts("list")
    assert "•••••••789" in listed
    assert "0123456789" not in listed
    assert "2 tài khoản" in accounts("export", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig") == PEOPLE


def test_a_new_key_is_made_and_the_old_one_is_of_no_more_use(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts("seed")
    before = accounts("list", "--show-digits")
    assert "6 tài khoản" in accounts("rekey", tmp_path / "new.key")
    with pytest.raises(AccountsError, match="không phải khóa"):
        accounts("list")
    monkeypatch.setenv(VARIABLE, (tmp_path / "new.key").read_text())
    assert accounts("list", "--show-digits") == before


def test_every_bad_row_is_named_before_anything_is_imported(accounts: Accounts, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(PEOPLE + "12,0400000002,Thiếu Số,,\n0014725836,1234,Sai Số,,\n", encoding="utf-8")
    with pytest.raises(AccountsError) as told:
        accounts("import", tmp_path / "in.csv")
    assert [line.strip().partition(":")[0] for line in str(told.value).splitlines()[1:]] == ["dòng 4", "dòng 5"]
    accounts("export", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig") == PEOPLE.partition("\n")[0] + "\n"


def test_a_disabled_account_is_told_and_one_that_is_not_there_too(accounts: Accounts, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(PEOPLE, encoding="utf-8")
    accounts("import", tmp_path / "in.csv")
    assert [_told_as_disabled(row) for row in _rows(accounts("list"))] == [False, False]
    assert "enable" in accounts("disable", "--code", "0123456789")
    assert [_told_as_disabled(row) for row in _rows(accounts("list"))] == [False, True]
    assert "dùng lại" in accounts("enable", "--code", "0123456789")
    assert [_told_as_disabled(row) for row in _rows(accounts("list"))] == [False, False]
    with pytest.raises(AccountsError, match="•••••••999") as told:
        accounts("disable", "--code", "9999999999")
    assert "9999999999" not in str(told.value)


def _rows(listed: str) -> list[str]:
    return [line for line in listed.splitlines() if "•" in line]


def _told_as_disabled(row: str) -> bool:
    return row.split("│")[-2].strip() == "có"


def test_an_outbox_without_errands_says_so(accounts: Accounts) -> None:
    accounts("migrate")
    assert "Không có việc nào" in accounts("outbox", "--deliver")
