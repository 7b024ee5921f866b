"""Places in a number that a caller names: "số thứ ba", "hai số cuối", "nhóm thứ hai"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from bot.vietnamese.lexicon import DIGIT_OF

_NOUNS: Final = (("chữ", "số"), ("con", "số"), ("vị", "trí"), ("ký", "tự"), ("số",), ("con",), ("chữ",))
_GROUP_NOUNS: Final = frozenset({"nhóm", "cụm", "dãy", "đoạn", "khúc"})
_FIRST: Final = frozenset({"đầu"})
_LAST: Final = frozenset({"cuối", "chót", "đuôi"})
_LAST_BUT_ONE: Final = (
    ("áp", "chót"),
    ("áp", "cuối"),
    ("kế", "cuối"),
    ("gần", "cuối"),
    ("sát", "cuối"),
    ("kề", "cuối"),
)
_ORDINALS: Final = {"nhất": 1, "nhì": 2, "mười": 10, "mươi": 10, **{str(number): number for number in range(10, 16)}}
_FROM_END: Final = frozenset({"cuối", "dưới", "phải"})


@dataclass(frozen=True, slots=True)
class Place:
    """Digits from `start` to before `end` of a number."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A place, and the words from `at` to before `after` that name it."""

    place: Place
    at: int
    after: int


def mentions(words: Sequence[str], length: int, groups: Sequence[int] = ()) -> list[Mention]:
    """All places that the words name in a number of this length, left to right; those outside it are left out."""
    found: list[Mention] = []
    at = 0
    while at < len(words):
        is_value = bool(found) and at > 0 and words[at - 1] == "là"  # "số thứ ba là năm, số cuối là chín"
        mention = None if is_value else _mention(words, at, length, groups)
        if mention is not None and 0 <= mention.place.start < mention.place.end <= length:
            found.append(mention)
            at = mention.after
        else:
            at += 1
    return found


def _mention(words: Sequence[str], at: int, length: int, groups: Sequence[int]) -> Mention | None:
    if words[at] in _GROUP_NOUNS:
        return _group(words, at, groups)
    noun = _noun_length(words, at)
    if noun:
        return _one(words, at, at + noun, length)
    counted = _noun_length(words, at + 1)
    return _several(words, at, at + 1 + counted, length) if counted else None


def _noun_length(words: Sequence[str], at: int) -> int:
    return next((len(noun) for noun in _NOUNS if tuple(words[at : at + len(noun)]) == noun), 0)


def _one(words: Sequence[str], at: int, after: int, length: int) -> Mention | None:
    """ "số thứ ba", "số đầu tiên", "số cuối cùng", "số áp chót", "số thứ hai từ cuối lên"."""
    if tuple(words[after : after + 2]) in _LAST_BUT_ONE:
        return Mention(Place(length - 2, length - 1), at, after + 2)
    end = _end_length(words, after)
    if end:
        start = 0 if words[after] in _FIRST else length - 1
        return Mention(Place(start, start + 1), at, after + end)
    ordinal, after = _ordinal(words, after)
    if not ordinal:
        return None
    for skipped in (0, 1, 2):  # "từ cuối", "tính từ cuối lên"
        if (
            tuple(words[after + skipped : after + skipped + 1]) == ("từ",)
            and set(words[after + skipped + 1 :][:1]) & _FROM_END
        ):
            return Mention(Place(length - ordinal, length - ordinal + 1), at, after + skipped + 2)
    return Mention(Place(ordinal - 1, ordinal), at, after)


def _several(words: Sequence[str], at: int, after: int, length: int) -> Mention | None:
    """ "hai số cuối", "bốn số đầu tiên"."""
    count, end = int(DIGIT_OF.get(words[at], "0")), _end_length(words, after)
    if not count or not end:
        return None
    start = 0 if words[after] in _FIRST else length - count
    return Mention(Place(start, start + count), at, after + end)


def _group(words: Sequence[str], at: int, groups: Sequence[int]) -> Mention | None:
    """ "nhóm thứ hai", "nhóm đầu", "nhóm giữa", "cụm cuối cùng"."""
    after = at + (2 if words[at + 1 : at + 2] == ["số"] else 1)
    end = _end_length(words, after)
    number: int | None = None
    if end:
        number, after = (0 if words[after] in _FIRST else len(groups) - 1), after + end
    elif words[after : after + 1] == ["giữa"] and len(groups) % 2:
        number, after = len(groups) // 2, after + 1
    else:
        ordinal, after = _ordinal(words, after)
        number = ordinal - 1 if ordinal else None
    if number is None or not 0 <= number < len(groups):
        return None
    stop = list(accumulate(groups))[number]
    return Mention(Place(stop - groups[number], stop), at, after)


def _end_length(words: Sequence[str], at: int) -> int:
    """How many words say "first" or "last" here."""
    if at >= len(words) or words[at] not in _FIRST | _LAST:
        return 0
    return 2 if words[at + 1 : at + 2] in (["tiên"], ["cùng"]) else 1


def _ordinal(words: Sequence[str], at: int) -> tuple[int, int]:
    """The number after "thứ" and the place of the next word; 0 if there is none."""
    if at + 1 >= len(words) or words[at] != "thứ":
        return 0, at
    word = words[at + 1]
    number = _ORDINALS.get(word, int(DIGIT_OF.get(word, "0")))
    unit = DIGIT_OF.get(words[at + 2], "0") if number == 10 and not word.isdigit() and at + 2 < len(words) else "0"
    return (number + int(unit), at + 3) if unit != "0" else (number, at + 2)
