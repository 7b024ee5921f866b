import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.reset import password as module
from bot.reset.password import PasswordPolicy, is_guessable, new_password


@given(length=st.integers(7, 16))
def test_passwords_are_of_the_length_and_alphabet_asked_for(length: int) -> None:
    issued = new_password(PasswordPolicy(length=length)).reveal()
    assert len(issued) == length
    assert issued.isascii()
    assert issued.isdigit()
    assert not is_guessable(issued)


@pytest.mark.parametrize("guess", ["77777777", "12345678", "98765432", "89012345", "13579135", "00000000"])
def test_straight_runs_and_repeats_are_guessable(guess: str) -> None:
    assert is_guessable(guess)


@pytest.mark.parametrize("fine", ["58204137", "12345679", "77777778", "11223344"])
def test_other_passwords_are_not(fine: str) -> None:
    assert not is_guessable(fine)


def test_a_guessable_password_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = iter("12345678" + "00000000" + "58204137")
    monkeypatch.setattr(module.secrets, "choice", lambda alphabet: next(digits))
    assert new_password(PasswordPolicy()).reveal() == "58204137"


def test_passwords_differ() -> None:
    assert len({new_password(PasswordPolicy()).reveal() for _ in range(500)}) > 490


def test_the_guessable_ones_are_taken_off_the_bits() -> None:
    assert math.log2(10**8) - 1e-3 < PasswordPolicy().bits < math.log2(10**8)
    with pytest.raises(SettingsError):
        PasswordPolicy(minimum_bits=math.log2(10**8))


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ({"length": 6}, "bit"),
        ({"length": 0}, "bit"),
        ({"length": -3}, "bit"),
        ({"alphabet": "01"}, "bit"),
        ({"alphabet": ""}, "chữ số"),
        ({"alphabet": "0123456789b"}, "chữ số"),
        ({"alphabet": "٠١٢٣٤٥٦٧٨٩"}, "chữ số"),
        ({"alphabet": "00123456789"}, "lặp lại"),
    ],
)
def test_a_weak_or_unclear_policy_is_refused(policy: dict, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        PasswordPolicy(**policy)
