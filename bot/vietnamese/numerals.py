"""Spoken Vietnamese numerals read as strings of digits, with every reading where people may mean more than one.

A run of number words is read from left to right. `_read` gives the ways to read what starts at a word, likeliest first;
`readings` joins them. Words such as "số" and "con" count only in repeats ("ba con tám").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.vietnamese.lexicon import DIGIT_OF, HUNDRED, PAIR, SKIPPED_TENS, TEN, TENS, THOUSAND

MOST_READINGS: Final = 8
_MOST_REPEATS: Final = 6  # "chín số không" is a nine and a zero; nobody counts nine zeros
_PIECEWISE: Final = frozenset({"con", "lần", "lần số"})
_LOOSELY: Final = frozenset({"số", "chữ số", "con số", "chữ", "cái"})
_FIFTH: Final = frozenset({"năm", "5"})  # after a ten the word is "lăm": "mười năm" may be 10 and 5
_FIRST: Final = frozenset({"một", "1"})  # and "mốt": "hai mươi một" may be 20 and 1

Way = tuple[str, int]  # digits, and the place of the next word


def readings(run: Sequence[str]) -> list[str]:
    """The digits that a run of number words may stand for, likeliest first, at most `MOST_READINGS`."""
    tails: list[list[tuple[int, str]]] = [[] for _ in run] + [[(0, "")]]
    for at in range(len(run) - 1, -1, -1):
        best: dict[str, int] = {}
        for rank, (digits, after) in enumerate(_read(run, at)):
            for cost, tail in tails[after]:
                best[digits + tail] = min(best.get(digits + tail, rank + cost), rank + cost)
        tails[at] = sorted(((cost, digits) for digits, cost in best.items()), key=lambda item: item[0])[:MOST_READINGS]
    return [digits for _, digits in tails[0]]


def _read(run: Sequence[str], at: int) -> list[Way]:
    if _word(run, at) in _PIECEWISE | _LOOSELY:
        return [("", at + 1)]
    return _repeat(run, at) or _thousands(run, at) or _below_thousand(run, at) or [_single(run, at)]


def _word(run: Sequence[str], at: int) -> str:
    return run[at] if 0 <= at < len(run) else ""


def _digit(run: Sequence[str], at: int) -> str:
    return DIGIT_OF.get(_word(run, at), "")


def _bare(run: Sequence[str], at: int) -> str:
    """The digit from 1 to 9 at this word, unless a larger number or a repeat starts with it."""
    digit = _digit(run, at)
    larger = _word(run, at + 1) in TENS | {HUNDRED}
    return "" if digit == "0" or larger or _repeat(run, at) else digit


def _single(run: Sequence[str], at: int) -> Way:
    word = run[at]
    if word in SKIPPED_TENS:
        return "0", at + 1
    return DIGIT_OF.get(word, word if word.isdigit() else ""), at + 1


def _repeat(run: Sequence[str], at: int) -> list[Way]:
    """ "ba con tám" and "ba lần số tám" are 888; "hai số không" is 00, or 2 and 0; "tám ba lần" is 888."""
    if _word(run, at) in PAIR and _digit(run, at + 1):
        return [(_digit(run, at + 1) * 2, at + 2)]
    times, how, digit = _digit(run, at), _word(run, at + 1), _repeated(run, at + 2)
    if not times or times == "0":
        return _repeat_after(run, at) if times else []
    whole = digit * int(times)
    if how in _PIECEWISE and digit:
        return [(whole, at + 3)]
    if how in _LOOSELY and digit and int(times) <= _MOST_REPEATS:
        return _loose_repeat(run, at, times + digit, whole)
    return _repeat_after(run, at)


def _loose_repeat(run: Sequence[str], at: int, apart: str, whole: str) -> list[Way]:
    if _word(run, at - 1) in _LOOSELY:  # "số hai số không": each digit has its "số"
        return [(apart, at + 3)]
    ways = [(whole, at + 3), (apart, at + 3)]
    return ways[::-1] if len(whole) == 1 else ways


def _repeated(run: Sequence[str], at: int) -> str:
    return "" if _word(run, at + 1) in TENS | THOUSAND | {HUNDRED} else _digit(run, at)


def _repeat_after(run: Sequence[str], at: int) -> list[Way]:
    """ "tám ba lần", where no digit follows that "ba lần" could belong to."""
    times = _digit(run, at + 1)
    if times not in ("", "0", "1") and _word(run, at + 2) == "lần" and not _digit(run, at + 3):
        return [(_digit(run, at) * int(times), at + 3)]
    return []


def _below_thousand(run: Sequence[str], at: int) -> list[Way]:
    return _hundreds(run, at) or _tens(run, at)


def _tens(run: Sequence[str], at: int) -> list[Way]:
    if _word(run, at) in TEN:
        return _with_unit(run, at + 1, "1", apart=_FIFTH)
    if not _bare_ten(run, at):
        return []
    if _word(run, at + 1) == "chục":
        return [(_digit(run, at) + "0", at + 2)]
    return _with_unit(run, at + 2, _digit(run, at), apart=_FIFTH | _FIRST)


def _bare_ten(run: Sequence[str], at: int) -> bool:
    return _digit(run, at) not in ("", "0") and _word(run, at + 1) in TENS


def _with_unit(run: Sequence[str], at: int, ten: str, *, apart: frozenset[str]) -> list[Way]:
    """A ten and the unit after it, if one belongs to it; `apart` are units that may also stand by themselves."""
    unit = _bare(run, at)
    alone = (ten + "0", at)
    if not unit:
        return [alone]
    return [(ten + unit, at + 1), alone] if _word(run, at) in apart else [(ten + unit, at + 1)]


def _hundreds(run: Sequence[str], at: int) -> list[Way]:
    hundred = _digit(run, at)
    if not hundred or _word(run, at + 1) != HUNDRED:
        return []
    return [(hundred + tail, after) for tail, after in _after_hundred(run, at + 2)]


def _after_hundred(run: Sequence[str], at: int) -> list[Way]:
    none = ("00", at)
    if _word(run, at) in SKIPPED_TENS and _digit(run, at + 1):
        return [("0" + _digit(run, at + 1), at + 2)]
    if _digit(run, at) == "0":
        return [("0" + _bare(run, at + 1), at + 2), none] if _bare(run, at + 1) else [none]
    tens = _tens(run, at)
    if tens:
        return tens
    ten, unit = _bare(run, at), _bare(run, at + 1)
    if ten and unit:
        return [(ten + unit, at + 2), none]  # "hai trăm ba tư"
    return [("0" + ten, at + 1), (ten + "0", at + 1), none] if ten else [none]


def _thousands(run: Sequence[str], at: int) -> list[Way]:
    for thousand, after in _below_thousand(run, at) or ([(_digit(run, at), at + 1)] if _digit(run, at) else []):
        if _word(run, after) in THOUSAND:
            return [(thousand + tail, end) for tail, end in _after_thousand(run, after + 1)]
    return []


def _after_thousand(run: Sequence[str], at: int) -> list[Way]:
    none = ("000", at)
    hundreds = _hundreds(run, at)
    if hundreds:
        return hundreds
    if _word(run, at) in SKIPPED_TENS and _digit(run, at + 1):
        return [("00" + _digit(run, at + 1), at + 2)]
    tens = [("0" + digits, after) for digits, after in _tens(run, at)]
    if tens:
        return [*tens, none]
    hundred = "" if _word(run, at + 1) in THOUSAND else _bare(run, at)
    return [(hundred + "00", at + 1), ("00" + hundred, at + 1), none] if hundred else [none]
