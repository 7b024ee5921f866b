"""The owner is told by e-mail, handed in over SMTP to a mail server of the agency."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Final

import aiosmtplib

from bot.accounts.errand_runners import told
from bot.accounts.handover import Handover, MessageRefused, untrusted
from bot.errors import AccountsBusy, AccountsError, NoAddress
from bot.mailbox import mailbox
from bot.ports import Clock, Errand

GOODBYE_S: Final = 1.0  # for the answer to QUIT: the message is handed in, or is not, without it

# RFC 3463, RFC 7505: there is no such mailbox (5.1.0 to 5.1.6, 5.1.10), or it takes nothing (5.2.x). Other refusals may
# come from how the server is set up, and end when that is put right.
_NO_MAILBOX: Final = re.compile(r"5\.(1\.([0-6]|10)|2\.\d{1,3})\b")

Talk = Callable[[aiosmtplib.SMTP], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, over one connection a message: for many threads.

    `security` is `starttls`, `tls` or `none`; with the first two the server proves its name by a certificate that the
    system, or `SSL_CERT_FILE`, trusts, before it gets a password or a message. `hello` is the name we go by.
    """

    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    hello: str
    timeout_ms: int

    def send(self, message: Message, sender: str, recipient: str) -> None:
        """
        Raises:
            MessageRefused: by the server.
            AccountsBusy: no answer, or not in time; it may have been handed in all the same.
            AccountsError: the server is not, or not as, the settings say.
        """
        self._talk(lambda smtp: smtp.send_message(message, sender=sender, recipients=recipient))

    def check(self) -> None:
        """Whether mail could be handed in, as far as can be told without a message. Raises AccountsError."""
        self._talk(lambda smtp: smtp.noop())

    def _talk(self, talk: Talk) -> None:
        try:
            asyncio.run(self._session(talk))
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _refused(refused.recipients[0]) from None
        except aiosmtplib.SMTPDataError as refused:
            raise _refused(refused) from None
        except aiosmtplib.SMTPAuthenticationError as error:
            raise AccountsError(
                f"{self} từ chối đăng nhập ({error.code}). Kiểm tra email.user và NHANH8_SMTP_PASSWORD."
            ) from None
        except aiosmtplib.SMTPResponseException as error:
            raise AccountsBusy(f"{self} từ chối ({error.code}). Xem nhật ký của máy chủ đó.") from None
        except (aiosmtplib.SMTPException, OSError, asyncio.TimeoutError) as error:
            raise self._trouble(error) from None

    async def _session(self, talk: Talk) -> None:
        smtp = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.security == "tls",
            start_tls=False,
            local_hostname=self.hello,
            timeout=self.timeout_ms / 1000,
        )
        try:
            await asyncio.wait_for(self._connected(smtp, talk), self.timeout_ms / 1000)
        except asyncio.TimeoutError:
            smtp.close()  # it will not answer to QUIT either
            raise
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit(timeout=GOODBYE_S)
            smtp.close()

    async def _connected(self, smtp: aiosmtplib.SMTP, talk: Talk) -> None:
        await smtp.connect()
        await smtp.ehlo()
        if self.security == "starttls":
            if not smtp.supports_extension("starttls"):
                raise AccountsError(f"{self} không có STARTTLS. Bật ở máy chủ, hoặc đặt email.security: tls.")
            await smtp.starttls()
            await smtp.ehlo()
        if self.user is not None:
            if not smtp.supports_extension("auth"):
                raise AccountsError(f"{self} không cho đăng nhập. Bật ở máy chủ, hoặc bỏ email.user.")
            await smtp.login(self.user, self.password or "")
        await talk(smtp)

    def _trouble(self, error: Exception) -> AccountsError:
        cause = error if isinstance(error, asyncio.TimeoutError) else error.__cause__ or error
        if isinstance(cause, ssl.SSLCertVerificationError):
            return untrusted(self, cause, "email")
        name = type(cause).__name__
        return AccountsBusy(f"{self} không trả lời ({name}). Kiểm tra email.host, email.port và máy chủ.")

    def __str__(self) -> str:
        return f"Máy chủ thư {self.host}:{self.port}"


def _refused(reply: aiosmtplib.SMTPResponseException) -> MessageRefused:
    """Its text is not told: that may repeat the address."""
    for_good = reply.code >= 500 and _NO_MAILBOX.match(reply.message) is not None
    return MessageRefused(str(reply.code), for_good=for_good)


class EmailErrands:
    """Tells owners. A message that is sent again has the Message-ID that it had, by which mailboxes know it."""

    def __init__(self, server: MailServer, *, sender: Address, subject: str, text: str, clock: Clock) -> None:
        self._server = server
        self._sender = sender
        self._subject = subject
        self._text = text
        self._clock = clock
        self._handover = Handover(server)

    def run(self, errand: Errand) -> None:
        owner = mailbox(errand.email or "")
        if owner is None:
            raise NoAddress("Chủ tài khoản không có địa chỉ thư điện tử dùng được.")
        message = self._message(errand, owner)
        self._handover.give(errand, lambda: self._server.send(message, self._sender.addr_spec, owner.addr_spec))

    def close(self) -> None:
        """Each message has a connection of its own."""

    def _message(self, errand: Errand, owner: Address) -> Message:
        """In ASCII: any server passes it on as it is. EmailMessage loses spaces where it folds Vietnamese headers."""
        message = MIMEText(told(errand, self._text) + "\n", "plain", "utf-8")
        message["From"] = formataddr((self._sender.display_name, self._sender.addr_spec))
        message["To"] = owner.addr_spec
        message["Subject"] = Header(self._subject, "utf-8", header_name="Subject").encode()
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{hashlib.sha256(errand.id.encode()).hexdigest()[:32]}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's machine answers
        message["Content-Language"] = "vi"
        return message
