"""Mail to owners: as it was written, over a server that proved its name, and tried again where that may help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot.accounts.email_errands import EmailErrands, MailServer
from bot.accounts.handover import FAILURES, MOST_TRIES
from bot.errors import AccountsBusy, AccountsError, ErrandRefused, NoAddress
from bot.mailbox import mailbox
from bot.ports import Errand, ErrandKind
from tests.contract.clocks import FixedClock
from tests.contract.mail_server import PASSWORD, USER, Certificate, Fault, MailRoom, certificate, mail_room

HOST = "127.0.0.1"
TEXT = "BHXH Việt Nam: mật khẩu của {code} đã được cấp lại lúc {time}."
SUBJECT = "Mật khẩu VssID của quý khách vừa được cấp lại"
ERRAND = Errand(
    id="r1:tell_owner",
    kind=ErrandKind.TELL_OWNER,
    code="0123456789",
    phone="0912345678",
    email="thi.du@example.com",
    reset_at=datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc),
    tries=0,
)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certificate]:
    """A certificate for this machine, of an authority that this process trusts."""
    made = certificate(tmp_path_factory.mktemp("trusted") / "tls", HOST, "localhost")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture
def room() -> Iterator[MailRoom]:
    """A server in the clear."""
    with mail_room() as room:
        yield room


def server(
    room: MailRoom, security: str = "none", *, password: str | None = None, timeout_ms: int = 20_000
) -> MailServer:
    user = None if password is None else USER
    return MailServer(
        host=HOST,
        port=room.port,
        security=security,
        user=user,
        password=password,
        hello="bhxh.example.vn",
        timeout_ms=timeout_ms,
    )


def errands(server: MailServer) -> EmailErrands:
    sender = mailbox("khong-tra-loi@bhxh.example.vn", "BHXH Việt Nam")
    assert sender
    return EmailErrands(server, sender=sender, subject=SUBJECT, text=TEXT, clock=FixedClock())


def test_an_owner_gets_what_was_written_in_vietnamese_and_no_machine_answers(trusted: Certificate) -> None:
    with mail_room(trusted, login=True) as room:
        errands(server(room, "starttls", password=PASSWORD)).run(ERRAND)
    (mail,) = room.delivered
    assert (mail.sender, mail.recipients) == ("khong-tra-loi@bhxh.example.vn", ["thi.du@example.com"])
    assert (mail.encrypted, mail.user) == (True, USER)
    assert mail.content.isascii()
    assert max(map(len, mail.content.splitlines())) <= 78
    message = mail.message
    assert message["From"] == "BHXH Việt Nam <khong-tra-loi@bhxh.example.vn>"
    assert message["To"] == "thi.du@example.com"
    assert message["Subject"] == SUBJECT
    assert message["Date"].datetime == FixedClock().now()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "vi"
    assert (message.get_content_type(), message.get_content_charset()) == ("text/plain", "utf-8")
    assert message.get_content().strip() == (
        "BHXH Việt Nam: mật khẩu của •••••••789 đã được cấp lại lúc 08:30 01/03/2026."
    )


def test_a_message_that_is_sent_again_can_be_known_and_tells_no_id_of_ours(room: MailRoom) -> None:
    mail = errands(server(room))
    for errand in (ERRAND, replace(ERRAND, tries=1), replace(ERRAND, id="r2:tell_owner")):
        mail.run(errand)
    first, again, other = (delivered.message["Message-ID"] for delivered in room.delivered)
    assert first == again != other
    assert first.startswith("<")
    assert first.endswith("@bhxh.example.vn>")
    assert "r1" not in first


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "a@example.com> SIZE=1 <b@example.com",
        "=?utf-8?q?b=40example.org?=@example.com",
        "thí.dụ@example.com",
    ],
)
def test_an_owner_without_a_usable_address_is_refused_before_anything_is_sent(
    room: MailRoom, email: str | None
) -> None:
    with pytest.raises(NoAddress):
        errands(server(room)).run(replace(ERRAND, email=email))
    assert room.connections == 0


def test_an_address_in_a_vietnamese_domain_is_written_as_the_dns_knows_it(room: MailRoom) -> None:
    errands(server(room)).run(replace(ERRAND, email="a@bảohiểm.example"))
    assert room.delivered[0].recipients == ["a@xn--bohim-v11b9i.example"]


@pytest.mark.parametrize(
    ("reply", "for_good"),
    [
        ("550 5.1.1 <thi.du@example.com>: no such user", True),
        ("556 5.1.10 the domain accepts no mail", True),
        ("552 5.2.2 mailbox full", True),
        ("550 no such user, or no relaying", False),
        ("554 5.7.1 relay access denied", False),
        ("553 5.1.8 the sender's domain does not exist", False),
        ("451 4.7.1 greylisted", False),
        ("452 4.2.2 mailbox full", False),
        ("421 4.3.2 closing", False),
    ],
)
@pytest.mark.parametrize("about", ["to_recipients", "to_data"])
def test_only_a_mailbox_that_is_none_is_given_up_at_once_and_nothing_for_ever(
    room: MailRoom, about: str, reply: str, for_good: bool
) -> None:
    mail = errands(server(room))
    getattr(room, about).extend([reply] * 2)
    with pytest.raises(ErrandRefused if for_good else AccountsBusy) as told:
        mail.run(ERRAND)
    assert reply[:3] in str(told.value)
    assert "thi.du" not in str(told.value)
    with pytest.raises(ErrandRefused):
        mail.run(replace(ERRAND, tries=MOST_TRIES - 1))
    mail.run(ERRAND)
    assert len(room.delivered) == 1


@pytest.mark.parametrize(
    ("fault", "delivered"), [(Fault.CUT_IN_DATA, 1), (Fault.CUT_AFTER_DATA, 2), (Fault.SILENT, 1)], ids=str
)
def test_a_message_without_an_answer_is_sent_again_also_when_it_had_arrived(
    room: MailRoom, fault: Fault, delivered: int
) -> None:
    room.faults.append(fault)
    with pytest.raises(AccountsBusy, match="không trả lời"):
        errands(server(room, timeout_ms=20_000 if fault is not Fault.SILENT else 300)).run(ERRAND)
    errands(server(room)).run(replace(ERRAND, tries=1))
    assert len(room.delivered) == delivered
    assert len({mail.message["Message-ID"] for mail in room.delivered}) == 1


def test_nobody_waits_for_a_server_that_is_known_to_be_down() -> None:
    with mail_room() as room:
        mail = errands(server(room, timeout_ms=100))
        room.faults.extend([Fault.SILENT] * FAILURES)
        for tries in range(FAILURES + 3):
            with pytest.raises(AccountsBusy):
                mail.run(replace(ERRAND, tries=tries))
        assert room.connections == FAILURES


# Who it is handed to.


def test_a_server_that_encrypts_from_the_start_gets_mail_too(trusted: Certificate) -> None:
    with mail_room(trusted, implicit=True) as room:
        errands(server(room, "tls")).run(ERRAND)
    assert room.delivered[0].encrypted


def test_nothing_is_said_in_the_clear_to_a_server_without_starttls(room: MailRoom) -> None:
    with pytest.raises(AccountsError, match="không có STARTTLS"):
        errands(server(room, "starttls", password=PASSWORD)).run(ERRAND)
    assert room.commands == ["EHLO"]


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_nothing_is_said_to_a_server_that_cannot_prove_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, implicit: bool
) -> None:
    theirs = certificate(tmp_path / "theirs", "mail.example.vn" if wrong == "name" else HOST)
    ours = theirs if wrong == "name" else certificate(tmp_path / "ours", HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.authority))
    with mail_room(theirs, implicit=implicit) as room:
        mail = errands(server(room, "tls" if implicit else "starttls", password=PASSWORD))
        with pytest.raises(AccountsError, match="chứng thư không đúng"):
            mail.run(ERRAND)
    assert room.commands == ([] if implicit else ["EHLO"])


def test_a_login_that_is_refused_is_told_without_the_password(trusted: Certificate) -> None:
    with mail_room(trusted, login=True) as room:
        wrong = server(room, "starttls", password="not-this-one")  # noqa: S106
        with pytest.raises(AccountsError, match="NHANH8_SMTP_PASSWORD") as told:
            errands(wrong).run(ERRAND)
    assert "not-this-one" not in f"{told.value} {wrong!r}"
    assert "MAIL" not in room.commands


def test_a_server_without_logins_gets_no_password(room: MailRoom) -> None:
    with pytest.raises(AccountsError, match=r"email\.user"):
        errands(server(room, password=PASSWORD)).run(ERRAND)
    assert "AUTH" not in room.commands


def test_a_check_goes_as_far_as_a_message_would_and_hands_in_none(trusted: Certificate) -> None:
    with mail_room(trusted, login=True) as room:
        server(room, "starttls", password=PASSWORD).check()
        assert room.commands == ["EHLO", "EHLO", "AUTH"]
        with pytest.raises(AccountsError, match="từ chối đăng nhập"):
            server(room, "starttls", password="x").check()  # noqa: S106
    with pytest.raises(AccountsBusy, match="không trả lời"):
        server(room, "starttls", password=PASSWORD).check()
