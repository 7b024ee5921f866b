"""Whole numbers as Vietnamese words: 1000 is "một nghìn"."""

from __future__ import annotations

from typing import Final

DIGIT_WORDS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES: Final = ("", "nghìn", "triệu", "tỷ")
_AFTER_TENS: Final = {1: "mốt", 4: "tư", 5: "lăm"}


def cardinal(number: int) -> str:
    """The words of a number from 0 to below 10¹²; ValueError outside."""
    if not 0 <= number < 10**12:
        raise ValueError("a cardinal has one to twelve digits")
    parts = [(number // 1000**power % 1000, _SCALES[power]) for power in (3, 2, 1, 0)]
    spoken: list[str] = []
    for part, scale in parts:
        if part:
            spoken += [below_thousand(part, full=bool(spoken)), scale]
    return " ".join(word for word in spoken if word) or DIGIT_WORDS[0]


def below_thousand(number: int, *, full: bool = False) -> str:
    """The words of 0 to 999; `full` says the hundreds even if there are none, as inside a larger number."""
    hundreds, rest = divmod(number, 100)
    if not hundreds and not full:
        return below_hundred(rest)
    hundred = f"{DIGIT_WORDS[hundreds]} trăm"
    if not rest:
        return hundred
    return f"{hundred} {below_hundred(rest)}" if rest >= 10 else f"{hundred} linh {DIGIT_WORDS[rest]}"


def below_hundred(number: int) -> str:
    """The words of 0 to 99."""
    tens, unit = divmod(number, 10)
    if not tens:
        return DIGIT_WORDS[unit]
    if tens == 1:
        unit_word = "lăm" if unit == 5 else DIGIT_WORDS[unit]
        return f"mười {unit_word}" if unit else "mười"
    ten = f"{DIGIT_WORDS[tens]} mươi"
    return f"{ten} {_AFTER_TENS.get(unit, DIGIT_WORDS[unit])}" if unit else ten
