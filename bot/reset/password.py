"""Temporary passwords: easy to say and to write down on the phone, hard to guess."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from itertools import pairwise

from bot.errors import SettingsError
from bot.reset.secret import Secret

DIGITS = "0123456789"
_MOST_GUESSABLE = len(DIGITS) ** 2  # a first digit and a step make one guessable password


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """What passwords are made of. Checked when built; the guessable ones that are never issued do not count.

    At least 20 bits is OWASP ASVS 5.0, 6.5.4.

    Raises:
        SettingsError: a character without an unambiguous spoken name, one twice, or too few bits.
    """

    length: int = 8
    alphabet: str = DIGITS
    minimum_bits: float = 20

    def __post_init__(self) -> None:
        if not self.alphabet or set(self.alphabet) - set(DIGITS):
            raise SettingsError("Bảng ký tự của mật khẩu chỉ được gồm các chữ số 0 đến 9, để khi đọc không thể nhầm.")
        if len(set(self.alphabet)) != len(self.alphabet):
            raise SettingsError("Bảng ký tự của mật khẩu có chữ số lặp lại. Ghi mỗi chữ số một lần.")
        if self.bits < self.minimum_bits:
            raise SettingsError(
                f"Mật khẩu {self.length} ký tự từ {len(self.alphabet)} chữ số chỉ có {self.bits:.1f} bit, "
                f"cần ít nhất {self.minimum_bits:g}. Tăng độ dài hoặc thêm chữ số."
            )

    @property
    def bits(self) -> float:
        """How many bits a password holds at least."""
        possible = len(self.alphabet) ** max(self.length, 0) - _MOST_GUESSABLE
        return math.log2(possible) if possible > 0 else 0.0


def is_guessable(password: str) -> bool:
    """Whether every digit follows from the one before by the same step: 77777777, 12345678, 98765432, 13579135."""
    return len({(int(after) - int(before)) % len(DIGITS) for before, after in pairwise(password)}) <= 1


def new_password(policy: PasswordPolicy) -> Secret:
    """A password from the system's source of randomness; every one that is not guessable is equally likely."""
    while True:
        password = "".join(secrets.choice(policy.alphabet) for _ in range(policy.length))
        if not is_guessable(password):
            return Secret(password)
