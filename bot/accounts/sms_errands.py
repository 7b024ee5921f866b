"""The owner is told by SMS, handed to an operator's SMS centre over SMPP 3.4."""

from __future__ import annotations

import logging
import socket
import ssl
import string
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from smpplib import consts, exceptions, gsm
from smpplib.client import Client

from bot.accounts.errand_runners import told
from bot.accounts.handover import Handover, MessageRefused, untrusted
from bot.errors import AccountsBusy, AccountsError, NoAddress
from bot.ports import Errand
from bot.reset.phone import national_form

GOODBYE_S: Final = 1.0  # for the answer to `unbind`: the message is handed in, or is not, without it

# What every centre's default alphabet has in the place of ASCII; any other text goes as UCS-2.
_PLAIN: Final = frozenset(string.ascii_letters + string.digits + " \n!\"#%&'()*+,-./:;<=>?")
_LONGEST_SHORT_CODE: Final = 8
_LIBRARY: Final = "smpplib"

logging.getLogger(_LIBRARY).setLevel(logging.ERROR)  # its debug lines hold numbers and the password


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCenter:
    """Where messages are handed in, over one connection a message: for many threads.

    `security` is `tls`, where the centre proves its name by a certificate that the system, or `SSL_CERT_FILE`, trusts,
    before it gets a password or a message; or `none`. `sender` is a brand name of up to 11 characters, or a number.
    """

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str
    timeout_ms: int

    def send(self, number: str, text: str) -> None:
        """Hand in a message to a national number, in as many parts as it takes: one holds 160 plain characters or 70
        others, each of several 153 or 67.

        Raises:
            MessageRefused: by the centre.
            AccountsBusy: no answer, or not in time; it may have been handed in all the same.
            AccountsError: the centre is not, or not as, the settings say.
        """
        self._talk(lambda client: self._submit(client, "84" + number[1:], text))

    def check(self) -> None:
        """Whether messages could be handed in, as far as can be told without one. Raises AccountsError."""
        self._talk(lambda client: None)

    def _submit(self, client: _Client, number: str, text: str) -> None:
        encoding = consts.SMPP_ENCODING_DEFAULT if _PLAIN.issuperset(text) else consts.SMPP_ENCODING_ISO10646
        parts, encoding, esm_class = gsm.make_parts(text, encoding)
        source_ton, source_npi = self._kind_of_sender()
        for part in parts:
            try:
                client.submit(
                    source_addr_ton=source_ton,
                    source_addr_npi=source_npi,
                    source_addr=self.sender,
                    dest_addr_ton=consts.SMPP_TON_INTL,
                    dest_addr_npi=consts.SMPP_NPI_ISDN,
                    destination_addr=number,
                    short_message=part,
                    data_coding=encoding,
                    esm_class=esm_class,
                    registered_delivery=False,
                )
            except exceptions.PDUError as error:
                status = _status(error)
                raise MessageRefused(f"0x{status:02X}", for_good=status == consts.SMPP_ESME_RINVDSTADR) from None

    def _kind_of_sender(self) -> tuple[int, int]:
        if not self.sender.isdigit():
            return consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK
        if len(self.sender) <= _LONGEST_SHORT_CODE:
            return consts.SMPP_TON_NWSPEC, consts.SMPP_NPI_UNK
        return consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN

    def _talk(self, talk: Callable[[_Client], None]) -> None:
        client = _Client(self.host, self.port, self.timeout_ms / 1000, encrypted=self.security == "tls")
        try:
            client.connect()
            client.log_in(self)
            talk(client)
            client.leave()
        except ssl.SSLCertVerificationError as error:
            raise untrusted(self, error, "sms") from None
        except (exceptions.ConnectionError, exceptions.UnknownCommandError, OSError, struct.error) as error:
            raise AccountsBusy(
                f"{self} không trả lời ({type(error).__name__}). Kiểm tra sms.host, sms.port và đường đến đó."
            ) from None
        finally:
            client.disconnect()

    def __str__(self) -> str:
        return f"Cổng tin nhắn {self.host}:{self.port}"


class _Client(Client):  # type: ignore[misc]
    """smpplib's, which knows no IPv6, checks no server's name and waits for ever."""

    def __init__(self, host: str, port: int, timeout_s: float, *, encrypted: bool) -> None:
        super().__init__(host, port, timeout=timeout_s, logger_name=_LIBRARY, allow_unknown_opt_params=True)
        self._give_up_at = time.monotonic() + timeout_s
        self._encrypted = encrypted
        self._answered: set[int] = set()
        self.set_message_sent_handler(lambda pdu: self._answered.add(pdu.sequence))

    def connect(self) -> None:
        self._socket = socket.create_connection((self.host, self.port), timeout=self._left_s())
        if self._encrypted:
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=self.host)
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def log_in(self, center: SmsCenter) -> None:
        self._socket.settimeout(self._left_s())
        try:
            self.bind_transmitter(system_id=center.user, password=center.password)
        except exceptions.PDUError as error:
            raise AccountsError(
                f"{center} từ chối đăng nhập (0x{_status(error):02X}). Kiểm tra sms.user và NHANH8_SMPP_PASSWORD."
            ) from None

    def submit(self, **message: Any) -> None:
        """Hand in one part, and wait until it is answered. Raises PDUError where it is refused."""
        sequence = self.send_message(**message).sequence
        while sequence not in self._answered:
            self._socket.settimeout(self._left_s())
            self.read_once(auto_send_enquire_link=False)

    def leave(self) -> None:
        self._socket.settimeout(GOODBYE_S)
        with suppress(exceptions.ConnectionError, exceptions.PDUError, OSError):
            self.unbind()

    def _left_s(self) -> float:
        left_s = self._give_up_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


def _status(error: exceptions.PDUError) -> int:
    """SMPP's command_status; 0 where the answer was none of the protocol's."""
    return int(error.args[1]) if len(error.args) > 1 else 0


class SmsErrands:
    """Tells owners; one whose number is no Vietnamese one is refused."""

    def __init__(self, center: SmsCenter, *, text: str) -> None:
        self._center = center
        self._text = text
        self._handover = Handover(center)

    def run(self, errand: Errand) -> None:
        number = national_form(errand.phone)
        if number is None:
            raise NoAddress("Chủ tài khoản không có số điện thoại dùng được.")
        text = told(errand, self._text).replace("•", "*")  # the bullets of `masked` would make it UCS-2
        self._handover.give(errand, lambda: self._center.send(number, text))

    def close(self) -> None:
        """Each message has a connection of its own."""
