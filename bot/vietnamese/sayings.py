"""How people say a digit string, for callers that tests and testers make up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import Enum
from itertools import groupby
from typing import Final

from bot.vietnamese.cardinals import DIGIT_WORDS
from bot.vietnamese.speech import grouped

_SCALES: Final = frozenset({"mươi", "mười", "trăm"})
_PAUSES: Final = ("ờ", "ừm", "dạ", "rồi", "tiếp theo là", "rồi đến", "sau đó là", "tiếp", "ờ rồi")
_OPENINGS: Final = (
    "",
    "dạ",
    "alo dạ",
    "mã số của em là",
    "dạ mã số bảo hiểm xã hội của em là",
    "vâng mã số là",
    "số của tôi là",
)
_CLOSINGS: Final = ("", "ạ", "nhé", "hết ạ", "hết rồi", "xong rồi ạ", "vậy thôi")
_SLIPS: Final = ("à nhầm", "nhầm", "à xin lỗi", "xin lỗi em nhầm", "à lộn", "sửa lại là")
_RESTARTS: Final = ("à em đọc lại từ đầu", "em đọc lại nhé", "cho em đọc lại từ đầu ạ", "làm lại nha", "bắt đầu lại")


class SpeakingStyle(Enum):
    """How a person says a number."""

    SINGLES = "singles"  # digit by digit
    PAIRS = "pairs"  # "chín mốt"
    FULL_PAIRS = "full_pairs"  # "chín mươi mốt"
    THREES = "threes"  # "chín một hai, ba bốn năm"
    GROUPS = "groups"  # 4-3-3 and its like
    HUNDREDS = "hundreds"  # "chín trăm mười hai"
    REPEATS = "repeats"  # "ba con tám"
    FILLERS = "fillers"  # "dạ mã số của em là chín ờ một rồi hai"
    CORRECTED = "corrected"  # "một hai ba à nhầm bốn"
    RESTARTED = "restarted"  # "một hai em đọc lại từ đầu một ba"
    FIGURES = "figures"  # as some recognisers and all keyboards write it: "091 234"


def say_code(digits: str, rng: random.Random, style: SpeakingStyle) -> str:
    """One way to say these digits in this style, such that `hear_digits` can read it one way only.

    Commas stand where a person pauses.
    """
    return _STYLES[style](digits, rng)


def _word(digit: str, rng: random.Random) -> str:
    variants = {"4": ("bốn", "bốn", "tư"), "7": ("bảy", "bảy", "bẩy")}
    return rng.choice(variants.get(digit, (DIGIT_WORDS[int(digit)],)))


def _singly(digits: str, rng: random.Random) -> str:
    return " ".join(_word(digit, rng) for digit in digits)


def _cut(digits: str, size: int) -> list[str]:
    return [digits[at : at + size] for at in range(0, len(digits), size)]


def _pairs(digits: str, rng: random.Random) -> str:
    return _apart([_pair(pair, rng, full=False) for pair in _cut(digits, 2)])


def _full_pairs(digits: str, rng: random.Random) -> str:
    return _apart([_pair(pair, rng, full=True) for pair in _cut(digits, 2)])


def _pair(pair: str, rng: random.Random, *, full: bool) -> str:
    if len(pair) < 2 or pair[0] == "0":
        return _singly(pair, rng)
    if pair[0] == "1":
        unit = {"0": "", "5": "lăm"}.get(pair[1], DIGIT_WORDS[int(pair[1])])
        return f"mười {unit}".strip()
    if pair[1] == "0":
        return f"{DIGIT_WORDS[int(pair[0])]} mươi"
    units = {"1": ("mốt",), "4": ("tư", "bốn"), "5": ("lăm", "nhăm")}
    unit = rng.choice(units.get(pair[1], (DIGIT_WORDS[int(pair[1])],)))
    return f"{DIGIT_WORDS[int(pair[0])]} {'mươi ' if full else ''}{unit}"


def _hundreds(digits: str, rng: random.Random) -> str:
    return _apart([_hundred(three, rng) for three in _cut(digits, 3)])


def _hundred(three: str, rng: random.Random) -> str:
    if len(three) < 3:
        return _pair(three, rng, full=True)
    hundred = f"{DIGIT_WORDS[int(three[0])]} trăm"
    if three[1:] == "00":
        return hundred
    if three[1] == "0":
        return f"{hundred} {rng.choice(('linh', 'lẻ'))} {DIGIT_WORDS[int(three[2])]}"
    return f"{hundred} {_pair(three[1:], rng, full=True)}"


def _apart(groups: Sequence[str]) -> str:
    """Groups with pauses, and "rồi" where the next one would be taken for the end of a round number."""
    said = ""
    for group in groups:
        goes_on = said.split()[-1:] == ["trăm"] or (said.split()[-1:] in (["mươi"], ["mười"]) and _is_unit(group))
        said += (" rồi " if goes_on else ", " if said else "") + group
    return said


def _is_unit(group: str) -> bool:
    return _SCALES.isdisjoint(group.split()[:2]) and not group.startswith("không")


def _threes(digits: str, rng: random.Random) -> str:
    return ", ".join(_singly(three, rng) for three in _cut(digits, 3))


def _groups(digits: str, rng: random.Random) -> str:
    return ", ".join(grouped(digits))


def _repeats(digits: str, rng: random.Random) -> str:
    return " ".join(_run(digit, len(list(run)), rng) for digit, run in groupby(digits))


def _run(digit: str, length: int, rng: random.Random) -> str:
    """ "ba con tám"; more than nine have no such name, so they come in several runs."""
    if length > 9:
        return f"{_run(digit, 9, rng)} {_run(digit, length - 9, rng)}"
    return _word(digit, rng) if length == 1 else f"{DIGIT_WORDS[length]} con {_word(digit, rng)}"


def _fillers(digits: str, rng: random.Random) -> str:
    said = [rng.choice(_OPENINGS)]
    for digit in digits:
        said.append(_word(digit, rng))
        if rng.random() < 0.3:
            said.append(rng.choice(_PAUSES))
    return " ".join([*said, rng.choice(_CLOSINGS)]).strip()


def _corrected(digits: str, rng: random.Random) -> str:
    """The last digit wrong, then right: a correction in the middle has more than one reading."""
    if not digits:
        return ""
    wrong = rng.choice([digit for digit in "123456789" if digit != digits[-1]])
    return f"{_singly(digits[:-1] + wrong, rng)} {rng.choice(_SLIPS)} {_word(digits[-1], rng)}"


def _restarted(digits: str, rng: random.Random) -> str:
    false_start = "".join(rng.choice("123456789") for _ in range(rng.randint(1, 5)))
    return f"{_singly(false_start, rng)} {rng.choice(_RESTARTS)}, {_singly(digits, rng)}"


def _figures(digits: str, rng: random.Random) -> str:
    return " ".join(_cut(digits, rng.randint(1, max(len(digits), 1))))


_STYLES: Final = {
    SpeakingStyle.SINGLES: _singly,
    SpeakingStyle.PAIRS: _pairs,
    SpeakingStyle.FULL_PAIRS: _full_pairs,
    SpeakingStyle.THREES: _threes,
    SpeakingStyle.GROUPS: _groups,
    SpeakingStyle.HUNDREDS: _hundreds,
    SpeakingStyle.REPEATS: _repeats,
    SpeakingStyle.FILLERS: _fillers,
    SpeakingStyle.CORRECTED: _corrected,
    SpeakingStyle.RESTARTED: _restarted,
    SpeakingStyle.FIGURES: _figures,
}
