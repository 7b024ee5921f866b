"""Slow, salted password hashes."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError, VerificationError

from bot.errors import AccountsError


class Argon2Hasher:
    """Argon2id in PHC string format. Safe to use from many threads.

    The defaults are OWASP's Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 degree of parallelism.
    """

    def __init__(self, *, memory_kib: int = 19_456, iterations: int = 2, parallelism: int = 1) -> None:
        self._argon2 = PasswordHasher(time_cost=iterations, memory_cost=memory_kib, parallelism=parallelism)

    def hash(self, password: str) -> str:
        """
        Raises:
            AccountsError: there is no memory to hash with.
        """
        try:
            return self._argon2.hash(password)
        except HashingError:
            raise AccountsError(
                "Không băm được mật khẩu vì máy thiếu bộ nhớ. Giảm memory_kib hoặc số cuộc gọi cùng lúc."
            ) from None

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether it is that password; False also for what is no Argon2 hash."""
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
