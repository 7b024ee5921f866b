"""A password in memory that does not end up where passwords must not be."""

from __future__ import annotations

from typing import NoReturn

from bot.errors import Nhanh8Error

MASK = "•••"


class SecretGone(Nhanh8Error):
    """A secret was asked for once too often, too late, or after its call."""

    code = "secret_gone"


class Secret:
    """A password: masked wherever it is printed or formatted, and it refuses to be pickled or copied."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value: str | None = value

    def reveal(self) -> str:
        """The password itself; keep it in no variable longer than it takes to speak or hash it.

        Raises:
            SecretGone: it has been wiped.
        """
        if self._value is None:
            raise SecretGone("Mật khẩu này đã được xóa khỏi bộ nhớ. Hãy gọi lại tổng đài để được cấp mật khẩu khác.")
        return self._value

    def wipe(self) -> None:
        """Drop the password. Python cannot overwrite a str: this only lets its memory be used again."""
        self._value = None

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")
