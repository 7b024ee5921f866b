"""Where an issued password waits for the speaker: one for each call, handed out by one-use references."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.ports import Clock
from bot.replies import SecretRef
from bot.reset.secret import Secret, SecretGone

__all__ = ["SecretGone", "SecretVault"]

TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Ticket:
    call_id: str
    until: datetime


class SecretVault:
    """Keeps one secret for each call, in memory only. Safe to use from many threads."""

    def __init__(self, clock: Clock, ttl_s: int) -> None:
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)
        self._secrets: dict[str, Secret] = {}
        self._tickets: dict[str, _Ticket] = {}
        self._lock = Lock()

    def put(self, call_id: str, secret: Secret) -> SecretRef:
        """Keep the call's secret; one that it had before is forgotten with its references."""
        with self._lock:
            self._drop(call_id)
            self._secrets[call_id] = secret
            return self._ticket(call_id)

    def again(self, call_id: str) -> SecretRef | None:
        """One more reference to the call's secret; None when it has none. An unused one is no longer good."""
        with self._lock:
            if call_id not in self._secrets:
                return None
            self._void(call_id)
            return self._ticket(call_id)

    def resolve(self, ref: SecretRef) -> Secret:
        """The secret, once for each reference and within the time limit.

        Raises:
            SecretGone: used, lapsed, replaced, forgotten or never given out.
        """
        with self._lock:
            ticket = self._tickets.pop(ref.token, None)
            if ticket is None or self._clock.now() >= ticket.until:
                raise SecretGone("Mật khẩu này không đọc được nữa. Yêu cầu đọc lại, hoặc gọi lại để được cấp mật khẩu.")
            return self._secrets[ticket.call_id]

    def forget(self, call_id: str) -> None:
        """Wipe the call's secret and void its references; harmless when there is none."""
        with self._lock:
            self._drop(call_id)

    def _ticket(self, call_id: str) -> SecretRef:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._tickets[token] = _Ticket(call_id, self._clock.now() + self._ttl)
        return SecretRef(token)

    def _void(self, call_id: str) -> None:
        for token in [token for token, ticket in self._tickets.items() if ticket.call_id == call_id]:
            del self._tickets[token]

    def _drop(self, call_id: str) -> None:
        self._void(call_id)
        secret = self._secrets.pop(call_id, None)
        if secret is not None:
            secret.wipe()
