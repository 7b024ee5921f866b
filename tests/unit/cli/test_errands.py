"""What follows a reset while `nhanh8 serve` runs, and accounts that are at the agency's own service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.accounts.migrate import migrate
from bot.accounts.rest_directory import RestAccountDirectory
from bot.app import AGENCY_TOKEN, SystemClock, account_directory, account_register, errand_worker, outbox, reset_service
from bot.cli.main import app
from bot.cli.serve import errands_done
from bot.errors import AccountsError, SettingsError
from bot.ports import Caller
from bot.reset.vault import SecretVault
from bot.settings import AccountSettings, AfterResetSettings, Settings
from tests.contract.account_service import TOKEN, AccountService, account_service
from tests.contract.directories import InMemoryDirectory

CODE, PHONE = "0123456789", "0912345678"


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountService]:
    monkeypatch.setenv(AGENCY_TOKEN, TOKEN)
    with account_service(InMemoryDirectory({CODE: PHONE})) as service:
        yield service


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Accounts of their own, with the demo's people."""
    settings = Settings(root=tmp_path, accounts=AccountSettings(url="sqlite:///accounts.db"))
    migrate(settings.accounts_url)
    register = account_register(settings)
    register.seed_demo()
    register.close()
    return settings


def reset(settings: Settings) -> None:
    directory = account_directory(settings)
    service = reset_service(settings, directory, SecretVault(SystemClock(), 60))
    ref = service.request(Caller("c1", PHONE, "t1"), CODE).secret
    assert ref is not None
    assert service.heard(ref)
    directory.close()


def test_serve_does_what_follows_a_reset_at_the_agencys_services(settings: Settings, agency: AccountService) -> None:
    urls = {f"{name}_url": f"{agency.url}/{name}" for name in ("end_logins", "tell_owner")}
    settings = replace(settings, after_reset=AfterResetSettings(end_logins="http", tell_owner="http", **urls))
    reset(settings)
    with errands_done(settings):
        for _ in urls:
            assert agency.arrived.acquire(timeout=60)
    told = {errand["kind"]: errand for errand in agency.errands}
    assert told["end_logins"]["code"] == CODE
    assert told["tell_owner"]["phone"] == PHONE
    assert CODE not in told["tell_owner"]["text"]


def test_a_service_without_an_address_is_told_by_its_key(settings: Settings) -> None:
    nowhere = replace(settings, after_reset=AfterResetSettings(tell_owner="http"))
    box = outbox(nowhere)
    with pytest.raises(SettingsError, match=r"after_reset\.tell_owner_url"):
        errand_worker(nowhere, box)
    box.close()


def test_accounts_behind_https_are_the_agencys(settings: Settings, agency: AccountService) -> None:
    theirs = replace(settings, accounts=AccountSettings(url=agency.url))
    directory = account_directory(theirs)
    assert isinstance(directory, RestAccountDirectory)
    directory.check()
    directory.close()
    reset(theirs)
    with errands_done(theirs):
        pass
    assert agency.directory.accounts[CODE].active_reset is not None
    assert agency.errands == []


@pytest.mark.parametrize("command", ["migrate", "list", "outbox"])
def test_the_agencys_accounts_are_not_looked_at_from_here(command: str) -> None:
    run = CliRunner().invoke(app, ["--accounts", "https://accounts.example.vn/v1", "accounts", command])
    assert isinstance(run.exception, AccountsError)
    assert "cơ quan" in str(run.exception)
