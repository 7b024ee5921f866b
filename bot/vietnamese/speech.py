"""A designer's text and digit strings as words that a Vietnamese synthesiser can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.vietnamese.cardinals import DIGIT_WORDS, below_hundred, cardinal
from bot.vietnamese.lexicon import LETTER_NAMES
from bot.vietnamese.syllables import speakable
from bot.vietnamese.text import words

# How callers find a number of this length easiest to follow; settings may pass others.
GROUP_SIZES: Final[Mapping[int, tuple[int, ...]]] = {
    8: (2, 2, 2, 2),
    9: (3, 3, 3),
    10: (4, 3, 3),
    11: (4, 4, 3),
    12: (4, 4, 4),
}
_LONGEST_CARDINAL: Final = 6  # longer figures without dots are read digit by digit
_LONGEST_AMOUNT: Final = 12

NAMES: Final[Mapping[str, str]] = {
    "dichvucong.baohiemxahoi.gov.vn": "dịch vụ công chấm bảo hiểm xã hội chấm gốp chấm vi en",
    "baohiemxahoi.gov.vn": "bảo hiểm xã hội chấm gốp chấm vi en",
    "02/SĐ-GD": "không hai, ét đê, giê đê",
    "TK1-TS": "tê ca một, tê ét",
    "BH MK": "bê hát, em ca",
    "BHXH": "bảo hiểm xã hội",
    "BHYT": "bảo hiểm y tế",
    "BHTN": "bảo hiểm thất nghiệp",
    "VssID": "vi ét ét ai đi",
    "VNeID": "vi en i ai đi",
    "CCCD": "căn cước công dân",
    "CMND": "chứng minh nhân dân",
    "OTP": "ô tê pê",
    "SMS": "ét em ét",
    "SĐT": "số điện thoại",
    "TP.HCM": "thành phố Hồ Chí Minh",
    "TP": "thành phố",
    "e-mail": "i meo",
    "email": "i meo",
    "app": "áp",
    "reset": "ri sét",
    "alo": "a lô",
    "OK": "ô kê",
    "VSS": "vi ét ét",
    "ID": "ai đi",
    "8079": "tám không bảy chín",
    "24/7": "hai mươi tư trên bảy",
}
# Whose words callers say for hardly anything else, so that they can be written as names again.
_HEARD_NAMES: Final[Mapping[str, str]] = {
    NAMES[name]: name.lower() for name in ("VssID", "VNeID", "OTP", "email", "app", "reset", "alo", "OK")
}
_HEARD_NAME: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_HEARD_NAMES)})(?!\w)")
# As Vietnamese people read abbreviations out.
_LETTERS: Final[Mapping[str, str]] = {
    **{letter: names.split(", ")[0] for letter, names in LETTER_NAMES.items()},
    **{"Đ": "đê", "F": "ép", "J": "gi", "L": "lờ", "M": "em", "N": "en", "Q": "quy", "R": "rờ", "S": "ét"},
    **{"W": "vê kép", "X": "ích", "Z": "dét"},
}
_FOLDED_NAMES: Final = {name.casefold(): words for name, words in NAMES.items()}


def digit_words(digits: str) -> list[str]:
    """One word for each digit; ValueError if something else is among them (its text stays out of the error)."""
    if not (digits.isascii() and digits.isdigit()) and digits:
        raise ValueError("not a digit string")
    return [DIGIT_WORDS[int(digit)] for digit in digits]


def group_sizes(length: int) -> tuple[int, ...]:
    """How a number of this length is read out: from the table, else threes that start with a four or end with a two."""
    if length in GROUP_SIZES:
        return GROUP_SIZES[length]
    if length <= 4:
        return (length,) if length else ()
    threes, left = divmod(length, 3)
    if left == 1:
        return (4, *[3] * (threes - 1))
    return (*[3] * threes, 2) if left else (3,) * threes


def grouped(digits: str, sizes: Sequence[int] | None = None) -> list[str]:
    """The words of each group, to be said with a pause between them. Sizes that do not add up give way to the rule."""
    fitting = sizes if sizes and min(sizes) > 0 and sum(sizes) == len(digits) else group_sizes(len(digits))
    spoken = digit_words(digits)
    groups: list[str] = []
    at = 0
    for size in fitting:
        groups.append(" ".join(spoken[at : at + size]))
        at += size
    return groups


def spoken(text: str) -> str:
    """The text with abbreviations, amounts, telephone numbers, dates and figures in words.

    `{places}` and all other words stay as written; punctuation stays, because it makes pauses.
    """
    return _WRITTEN.sub(_in_words, text)


def syllables(text: str) -> list[str]:
    """The written syllables of a text in words; words that Vietnamese cannot say are spelled by their letters."""
    return [syllable for word in words(text) for syllable in _said(word)]


def with_names(text: str) -> str:
    """Heard words with those that spell a name as that name: "vi ét ét ai đi" is "vssid"."""
    return _HEARD_NAME.sub(lambda found: _HEARD_NAMES[found[0]], text)


def _said(word: str) -> list[str]:
    if speakable(word):
        return [word]
    plain = "".join(char for char in unicodedata.normalize("NFD", word.upper()) if not unicodedata.combining(char))
    known = (DIGIT_WORDS[int(char)] if char in "0123456789" else _LETTERS.get(char, "") for char in plain)
    return [syllable for name in known for syllable in name.split()]


def _in_words(found: re.Match[str]) -> str:
    rule = found.lastgroup or "place"
    return _RULES[rule][1](found[rule])


def _name(written: str) -> str:
    return _FOLDED_NAMES[written.casefold()]


def _percent(_written: str) -> str:
    return " phần trăm"


def _telephone(written: str) -> str:
    """Groups as written; a group of eight is read as two fours, a whole number by the rule."""
    parts = (grouped(part, (4, 4)) for part in re.split(r"[ .]", written))
    return ", ".join(group for part in parts for group in part)


def _date(written: str) -> str:
    day, month, year = (int(part) for part in written.split("/"))
    return f"{below_hundred(day)} tháng {'tư' if month == 4 else below_hundred(month)} năm {cardinal(year)}"


def _time(written: str) -> str:
    hour, minute = written.split("h")
    return f"{below_hundred(int(hour))} giờ" + (f" {below_hundred(int(minute))}" if int(minute or 0) else "")


def _amount(written: str) -> str:
    figures = re.sub(r"[.đ]", "", written)
    said = cardinal(int(figures)) if len(figures) <= _LONGEST_AMOUNT else _figures(figures)
    return f"{said}{' đồng' if written.endswith('đ') else ''}"


def _figures(written: str) -> str:
    if len(written) > _LONGEST_CARDINAL and not written.endswith("000"):
        return ", ".join(grouped(written))
    if (written.startswith("0") and len(written) > 1) or len(written) > 12:
        return " ".join(digit_words(written))
    return cardinal(int(written))


_NAME: Final = r"(?<!\w)(?i:" + "|".join(re.escape(name) for name in NAMES) + r")(?!\w)"
_HOTLINE: Final = r"1[89]00[. ]?[0-9]{4,6}"
_LANDLINE: Final = r"0[0-9]{1,3}[ .][0-9]{3,8}(?:[ .][0-9]{3,4})*"
_RULES: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "place": (r"\{[^{}]*\}", str),
    "name": (_NAME, _name),
    "percent": (r"\s?%", _percent),
    "telephone": (rf"(?<![\w.])(?:{_HOTLINE}|{_LANDLINE}|0[0-9]{{8,10}})(?!\w)", _telephone),
    "date": (r"(?<![\w/])[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}(?![\w/])", _date),
    "time": (r"(?<!\w)[0-9]{1,2}h(?:[0-9]{2})?(?!\w)", _time),
    "amount": (r"(?<!\w)[0-9]{1,3}(?:\.[0-9]{3})+đ?(?!\w)|(?<!\w)[0-9]+đ(?!\w)", _amount),
    "figures": (r"(?<!\w)[0-9]+(?!\w)", _figures),
}
_WRITTEN: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, (pattern, _) in _RULES.items()))
