"""SMS to owners, to a real SMS centre: whole in Vietnamese, tried again where that may help, and to nobody else."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot.accounts.handover import FAILURES, MOST_TRIES
from bot.accounts.sms_errands import SmsCenter, SmsErrands
from bot.errors import AccountsBusy, AccountsError, ErrandRefused, NoAddress
from bot.ports import Errand, ErrandKind
from bot.settings import AfterResetSettings
from tests.contract.mail_server import Certificate, certificate
from tests.contract.sms_center import SmsRoom, behind_tls, sms_room
from tests.contract.sms_center_process import PASSWORD, USER

HOST = "127.0.0.1"
ERRAND = Errand(
    id="r1:tell_owner",
    kind=ErrandKind.TELL_OWNER,
    code="0123456789",
    phone="0912345678",
    email=None,
    reset_at=datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc),
    tries=0,
)


@pytest.fixture(scope="module")
def room() -> Iterator[SmsRoom]:
    """One centre for all: each test takes away what it sent."""
    with sms_room() as room:
        yield room


def center(port: int, *, sender: str = "BHXH VN", password: str = PASSWORD, timeout_ms: int = 20_000) -> SmsCenter:
    return SmsCenter(
        host=HOST, port=port, security="none", user=USER, password=password, sender=sender, timeout_ms=timeout_ms
    )


def read(parts: list[dict]) -> str:
    """The text, as a telephone puts it together."""
    encoding = {"UCS2": "utf-16-be", "SMSC_DEFAULT_ALPHABET": "ascii"}
    contents = [bytes.fromhex(part["content"]) for part in parts]
    if len(parts) > 1:
        headers = [content[:6] for content in contents]
        assert all(part["udhi"] for part in parts)
        assert {header[:3] for header in headers} == {b"\x05\x00\x03"}  # concatenated, by a number of 8 bits
        assert len({header[3] for header in headers}) == 1
        assert [(header[4], header[5]) for header in headers] == [(len(parts), n + 1) for n in range(len(parts))]
        contents = [content[6:] for content in contents]
    assert all(len(content) <= 160 for content in contents)
    return "".join(content.decode(encoding[part["coding"]]) for content, part in zip(contents, parts, strict=True))


def test_an_owner_gets_the_text_of_the_settings_whole(room: SmsRoom) -> None:
    text = AfterResetSettings().text
    SmsErrands(center(room.port), text=text).run(ERRAND)
    parts = room.arrived(3)
    assert read(parts) == text.replace("{code}", "*******789").replace("{time}", "08:30 01/03/2026")
    assert {(part["to"], part["to_ton"], part["to_npi"]) for part in parts} == {
        ("84912345678", "INTERNATIONAL", "ISDN")
    }


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("a" * 160, "SMSC_DEFAULT_ALPHABET", 1),
        ("a" * 161, "SMSC_DEFAULT_ALPHABET", 2),
        ("a" * 306, "SMSC_DEFAULT_ALPHABET", 2),
        ("a" * 307, "SMSC_DEFAULT_ALPHABET", 3),
        ("ế" * 70, "UCS2", 1),
        ("ế" * 71, "UCS2", 2),
        ("ế" * 134, "UCS2", 2),
        ("ế" * 135, "UCS2", 3),
        ("Mat khau VssID cua {code}: goi 1900.9068!", "SMSC_DEFAULT_ALPHABET", 1),
        ("a@b_c$d", "UCS2", 1),  # their places in the default alphabet differ between centres
        ("{}[]~^|\\€`", "UCS2", 1),  # two each, in alphabets that have them
    ],
    ids=lambda value: f"{len(value)} of {value[0]}" if isinstance(value, str) else str(value),
)
def test_each_text_goes_in_as_few_parts_as_hold_it(room: SmsRoom, text: str, coding: str, parts: int) -> None:
    SmsErrands(center(room.port), text=text).run(ERRAND)
    arrived = room.arrived(parts)
    assert {part["coding"] for part in arrived} == {coding}
    assert read(arrived) == text.replace("{code}", "*******789")


@pytest.mark.parametrize(
    ("sender", "kind"), [("BHXH VN", "ALPHANUMERIC"), ("8079", "NETWORK_SPECIFIC"), ("84243789012", "INTERNATIONAL")]
)
def test_a_sender_is_a_name_a_short_code_or_a_number(room: SmsRoom, sender: str, kind: str) -> None:
    SmsErrands(center(room.port, sender=sender), text="xong").run(ERRAND)
    (part,) = room.arrived(1)
    assert (part["source"], part["source_ton"]) == (sender, kind)


@pytest.mark.parametrize("phone", ["", "911", "+1 212 555 0100"])
def test_an_owner_without_a_vietnamese_number_is_refused_before_anything_is_sent(room: SmsRoom, phone: str) -> None:
    errands = SmsErrands(center(room.port), text="xong")
    with pytest.raises(NoAddress):
        errands.run(replace(ERRAND, phone=phone))
    errands.run(ERRAND)
    assert [part["to"] for part in room.arrived(1)] == ["84912345678"]


@pytest.mark.parametrize(
    ("status", "for_good"),
    [("ESME_RINVDSTADR", True), ("ESME_RTHROTTLED", False), ("ESME_RMSGQFUL", False), ("ESME_RINVSRCADR", False)],
)
def test_only_a_number_that_is_none_is_given_up_at_once_and_nothing_for_ever(
    room: SmsRoom, status: str, for_good: bool
) -> None:
    errands = SmsErrands(center(room.port), text="xong")
    room.answer(status, status)
    with pytest.raises(ErrandRefused if for_good else AccountsBusy) as told:
        errands.run(ERRAND)
    assert "0x" in str(told.value)
    assert "912345678" not in str(told.value)
    with pytest.raises(ErrandRefused):
        errands.run(replace(ERRAND, tries=MOST_TRIES - 1))
    errands.run(replace(ERRAND, tries=1))
    assert [part["status"] for part in room.arrived(3)] == [status, status, "ESME_ROK"]


def test_a_part_that_is_refused_has_all_of_them_sent_again(room: SmsRoom) -> None:
    errands = SmsErrands(center(room.port), text="ế" * 100)
    room.answer("ESME_ROK", "ESME_RTHROTTLED")
    with pytest.raises(AccountsBusy):
        errands.run(ERRAND)
    errands.run(replace(ERRAND, tries=1))
    parts = room.arrived(4)
    assert read(parts[2:]) == "ế" * 100


@pytest.mark.parametrize("fault", ["silent", "cut"])
def test_a_message_without_an_answer_is_sent_again(room: SmsRoom, fault: str) -> None:
    room.answer(fault)
    with pytest.raises(AccountsBusy, match="không trả lời"):
        SmsErrands(center(room.port, timeout_ms=20_000 if fault == "cut" else 300), text="xong").run(ERRAND)
    SmsErrands(center(room.port), text="xong").run(replace(ERRAND, tries=1))
    assert read(room.arrived(1)) == "xong"


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x02", b"\x00" * 64, b"\x00\x00\x00\x11" * 9]
)
def test_what_speaks_no_smpp_is_told_as_no_centre(answer: bytes) -> None:
    with socket.create_server((HOST, 0)) as listener:

        def speak() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(answer)

        speaker = threading.Thread(target=speak)
        speaker.start()
        with pytest.raises(AccountsError):
            SmsErrands(center(listener.getsockname()[1]), text="xong").run(ERRAND)
        speaker.join()


def test_nobody_waits_for_a_centre_that_is_known_to_be_down() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        errands = SmsErrands(center(port, timeout_ms=50), text="xong")
        for tries in range(FAILURES + 3):
            with pytest.raises(AccountsBusy):
                errands.run(replace(ERRAND, tries=tries))
        listener.setblocking(False)
        for _ in range(FAILURES):
            listener.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_login_that_is_refused_is_told_without_the_password(room: SmsRoom) -> None:
    wrong = center(room.port, password="sai")  # noqa: S106
    with pytest.raises(AccountsError, match="NHANH8_SMPP_PASSWORD") as told:
        wrong.check()
    assert "sai" not in repr(wrong)
    assert "0x0E" in str(told.value)


def test_a_check_hands_in_no_message(room: SmsRoom) -> None:
    center(room.port).check()
    SmsErrands(center(room.port), text="xong").run(ERRAND)
    assert len(room.arrived(1)) == 1


def test_no_line_of_the_log_holds_a_number_or_the_password(room: SmsRoom, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        SmsErrands(center(room.port), text="xong").run(ERRAND)
    room.arrived(1)
    secrets = [text.encode().hex() for text in (PASSWORD, "84912345678")]
    assert not any(secret in caplog.text for secret in secrets)


# Encrypted.


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("sms") / "tls", HOST)


def test_a_centre_that_proves_its_name_gets_messages(
    room: SmsRoom, ours: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ours.authority))
    with behind_tls(room.port, ours) as port:
        SmsErrands(replace(center(port), security="tls"), text="xong").run(ERRAND)
    assert read(room.arrived(1)) == "xong"


@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_nothing_is_said_to_a_centre_that_cannot_prove_its_name(
    room: SmsRoom, ours: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    theirs = certificate(tmp_path / "theirs", "smsc.example.vn" if wrong == "name" else HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str((theirs if wrong == "name" else ours).authority))
    with behind_tls(room.port, theirs) as port, pytest.raises(AccountsError, match="chứng thư không đúng"):
        SmsErrands(replace(center(port), security="tls"), text="xong").run(ERRAND)
    SmsErrands(center(room.port), text="sau").run(ERRAND)
    assert read(room.arrived(1)) == "sau"
