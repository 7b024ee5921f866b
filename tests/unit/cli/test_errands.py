"""What follows a reset while `nhanh8 serve` runs, and accounts that are at the agency's own service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.accounts.demo import DEMO_PEOPLE
from bot.accounts.email_errands import MailServer
from bot.accounts.migrate import migrate
from bot.accounts.rest_directory import RestAccountDirectory
from bot.accounts.sms_errands import SmsCenter
from bot.app import (
    AGENCY_TOKEN,
    SMPP_PASSWORD,
    SMTP_PASSWORD,
    SystemClock,
    account_directory,
    account_register,
    errand_worker,
    mail_server,
    outbox,
    reset_service,
    sms_center,
)
from bot.cli.checks import NEEDED
from bot.cli.main import app
from bot.cli.serve import errands_done
from bot.errors import AccountsError, SettingsError
from bot.ports import Caller
from bot.reset.vault import SecretVault
from bot.settings import AccountSettings, AfterResetSettings, EmailSettings, Settings, SmsSettings
from tests.contract.account_service import TOKEN, AccountService, account_service
from tests.contract.directories import InMemoryDirectory
from tests.contract.mail_server import mail_room
from tests.contract.sms_center import sms_room
from tests.contract.sms_center_process import PASSWORD, USER

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


def reset(settings: Settings, phone: str = PHONE, code: str = CODE) -> None:
    directory = account_directory(settings)
    service = reset_service(settings, directory, SecretVault(SystemClock(), 60))
    ref = service.request(Caller("c1", phone, "t1"), code).secret
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


def by_mail(settings: Settings, port: int, **changes: str) -> Settings:
    email = EmailSettings(host="127.0.0.1", port=port, security="none", sender="khong-tra-loi@bhxh.example.vn")
    after = AfterResetSettings(
        tell_owner="email", email=replace(email, **changes), without_email="file", file="told.jsonl"
    )
    return replace(settings, after_reset=after)


def test_serve_tells_owners_by_mail_and_those_without_an_address_otherwise(settings: Settings) -> None:
    nobody = DEMO_PEOPLE[2]
    assert nobody.email is None
    with mail_room() as room:
        settings = by_mail(settings, room.port)
        reset(settings)
        reset(settings, nobody.phone, nobody.code)
        with errands_done(settings):
            assert room.arrived.acquire(timeout=60)
    box = outbox(settings)
    errand_worker(settings, box).run_due()  # what was not done before it was stopped
    assert box.look() == []
    box.close()
    (mail,) = room.delivered
    assert mail.recipients == [DEMO_PEOPLE[0].email]
    assert CODE not in mail.message.get_content()
    lines = [json.loads(line) for line in (settings.root / "told.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["phone"] for line in lines if line["kind"] == "tell_owner"} == {nobody.phone}


def by_sms(settings: Settings, port: int) -> Settings:
    sms = SmsSettings(host="127.0.0.1", port=port, security="none", user=USER, sender="BHXH VN")
    after = AfterResetSettings(end_logins="none", tell_owner="sms", sms=sms)
    return replace(settings, after_reset=after)


def test_the_outbox_tells_owners_by_sms(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SMPP_PASSWORD, PASSWORD)
    reset(settings)
    with sms_room() as room:
        settings = by_sms(settings, room.port)
        assert "báo chủ tài khoản: sms" in dict(NEEDED)["Việc sau khi cấp lại"](settings)
        box = outbox(settings)
        assert errand_worker(settings, box).run_due() == 2
        assert box.look() == []
        box.close()
        assert [part["to"] for part in room.arrived(3)] == ["84912345678"] * 3


@pytest.mark.parametrize(
    ("build", "of", "variable"),
    [
        (mail_server, lambda settings: by_mail(settings, 25, user="nhanh8"), SMTP_PASSWORD),
        (sms_center, lambda settings: by_sms(settings, 2775), SMPP_PASSWORD),
    ],
    ids=["mail", "sms"],
)
def test_a_login_needs_its_password_in_the_environment(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    build: Callable[[Settings], MailServer | SmsCenter],
    of: Callable[[Settings], Settings],
    variable: str,
) -> None:
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(SettingsError, match=variable):
        build(of(settings))
    monkeypatch.setenv(variable, "x")
    assert build(of(settings)).password == "x"  # noqa: S105


def test_check_tells_who_does_it_and_whether_the_mail_server_answers(settings: Settings) -> None:
    check = dict(NEEDED)["Việc sau khi cấp lại"]
    assert "báo chủ tài khoản: file (file chỉ để thử)" in check(settings)
    with mail_room() as room:
        settings = by_mail(settings, room.port)
        assert "báo chủ tài khoản: email" in check(settings)
    with pytest.raises(AccountsError, match="không trả lời"):
        check(settings)


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
