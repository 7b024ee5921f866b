"""Messages to owners are handed to a server of somebody else's: it may be away, or refuse some of them."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

from bot.accounts.circuit_breaker import CircuitBreaker
from bot.errors import AccountsBusy, AccountsError, ErrandRefused
from bot.ports import Errand

MOST_TRIES: Final = 100  # of what is refused: four days with the default waits, as mail servers try (RFC 5321, 4.5.4.1)
FAILURES: Final = 5  # in a row without an answer: the errands of other kinds no longer wait for this server
PAUSE_S: Final = 60.0


class MessageRefused(Exception):
    """The server answers by `reply`, a code, and does not take this message; `for_good`: the address is why."""

    def __init__(self, reply: str, *, for_good: bool) -> None:
        super().__init__(reply)
        self.for_good = for_good


def untrusted(server: object, error: ssl.SSLCertVerificationError, section: str) -> AccountsError:
    """A server did not prove its name. `section` of the settings has its address."""
    return AccountsError(
        f"{server} có chứng thư không đúng ({error.verify_message}). Sửa chứng thư hoặc {section}.host; CA riêng thì "
        "đặt trong tệp mà biến SSL_CERT_FILE nêu."
    )


class Handover:
    """To one server, which its `str` names."""

    def __init__(self, server: object) -> None:
        self._server = server
        self._breaker = CircuitBreaker(failures=FAILURES, pause_s=PAUSE_S)

    def give(self, errand: Errand, send: Callable[[], None]) -> None:
        """Send an errand's message.

        Raises:
            ErrandRefused: its address takes no messages, or it was refused `MOST_TRIES` times for whatever reason.
            AccountsError: it was not sent, or may not have been.
        """
        if not self._breaker.admits():
            raise AccountsBusy(f"{self._server} đang không trả lời.")
        try:
            send()
        except MessageRefused as refusal:
            self._breaker.succeeded()
            if refusal.for_good or errand.tries + 1 >= MOST_TRIES:
                raise ErrandRefused(f"{self._server} không nhận tin cho địa chỉ này ({refusal}).") from None
            raise AccountsBusy(f"{self._server} chưa nhận tin ({refusal}).") from None
        except AccountsError:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
