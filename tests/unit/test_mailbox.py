"""An address is one address: whatever is stored, a message goes to nobody else."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mailbox import mailbox


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@example.com", "a@example.com"),
        ("nguyen.van-a+vssid@mail.example.vn", "nguyen.van-a+vssid@mail.example.vn"),
        ("a@BẢOHIỂM.example", "a@xn--bohim-v11b9i.example"),
    ],
)
def test_a_plain_address_is_one(text: str, address: str) -> None:
    found = mailbox(text)
    assert found
    assert found.addr_spec == address


@pytest.mark.parametrize(
    "text", ["", "a", "@example.com", "a@", "a@localhost", "a@@b.vn", "a@b..vn", "a b@c.vn", "a.@b.vn"]
)
def test_what_mail_cannot_be_sent_to_is_none(text: str) -> None:
    assert mailbox(text) is None


@given(st.text(alphabet='ab@.<>(),;:"\\[] \r\n\tệ=?_-+%!', max_size=20) | st.text(max_size=20))
def test_no_text_becomes_another_header_or_another_recipient(text: str) -> None:
    for address in (mailbox(text), mailbox(f"{text}@example.com"), mailbox(f"a@{text}.vn")):
        if address is None:
            continue
        message = EmailMessage(policy=SMTP)
        message["To"] = address
        received = message_from_bytes(message.as_bytes(), policy=default)
        assert received.keys() == ["To"]
        assert [each.addr_spec for each in received["To"].addresses] == [address.addr_spec]
