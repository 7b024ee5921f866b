"""What a tester wrote down that a recording says."""

from __future__ import annotations

from bot.errors import AudioError
from bot.evaluate.trials import BACK, NO, YES, Kind
from bot.vietnamese.digits import hear_digits
from bot.vietnamese.lexicon import PHRASES, SOUTHERN_NO
from bot.vietnamese.lexicon import Kind as Word
from bot.vietnamese.text import normalise, words


def what_is_said(text: str, lengths: tuple[int, ...]) -> tuple[Kind, str]:
    """The kind of trial, and what is said in it.

    A code or one digit, in figures or in words; đúng, không (the answer: a zero is `0`) or trở lại; words without a
    numeral; or nothing, where nobody speaks to the bot.

    Raises:
        AudioError: digits that are neither one nor a code.
    """
    plain = normalise(text)
    if not plain:
        return Kind.NOISE, ""
    if plain in (YES, NO, BACK):
        return Kind.ANSWER, plain
    if not holds_numeral(plain):
        return Kind.WORDS, plain
    digits = hear_digits(plain).digits
    if len(digits) == 1:
        return Kind.DIGIT, digits
    if len(digits) in lengths:
        return Kind.CODE, digits
    wanted = " hoặc ".join(map(str, lengths))
    raise AudioError(f"{text!r} có {len(digits)} chữ số; cần 1, hoặc {wanted} là trọn mã số. Sửa cột text.")


def whole_code(figures: str, lengths: tuple[int, ...]) -> str:
    """The code that a tester wrote in figures. Raises AudioError: it is none."""
    if not (figures.isascii() and figures.isdigit()):
        raise AudioError(f"mã số {figures!r} phải chỉ gồm chữ số 0 đến 9. Sửa cột code.")
    if len(figures) not in lengths:
        wanted = " hoặc ".join(map(str, lengths))
        raise AudioError(f"mã số có {len(figures)} chữ số; cần {wanted}. Sửa cột code.")
    return figures


def holds_numeral(text: str) -> bool:
    """Whether a word of the text can be part of a number: chín, mười, lăm, linh, and không in any of its senses."""
    return any(
        word in SOUTHERN_NO or any(char.isdigit() for char in word) or PHRASES.get((word,), (None,))[0] is Word.NUMBER
        for word in words(text)
    )
