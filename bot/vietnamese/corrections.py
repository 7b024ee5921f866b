"""What a caller says against a number that was read back: the numbers they may mean instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from bot.vietnamese.clauses import Clause, clauses, fold
from bot.vietnamese.lexicon import SOUTHERN_NO, Kind
from bot.vietnamese.numerals import readings
from bot.vietnamese.places import Place, mentions
from bot.vietnamese.text import words
from bot.vietnamese.tokens import Token, tokenise

_SHORTEST_RUN: Final = 3  # two digits with one changed fit almost anywhere
_MOST_CANDIDATES: Final = 16
_NO: Final = (("không", "đúng"), ("chưa", "đúng"), ("sai", "rồi"), ("nhầm", "rồi"), ("không",), ("sai",), ("chưa",))
_BEFORE_NO: Final = frozenset({"dạ", "ạ", "à", "ờ", "ơ", "ừ", "ủa", "vâng", "ấy", "em", "anh", "chị", "ơi", "rồi"})
_TAKES_BACK: Final = frozenset({Kind.DENY, Kind.RATHER})


@dataclass(frozen=True, slots=True)
class Correction:
    """Numbers of the same length that the caller may mean; one if it is clear.

    They are personal data and stay out of its `repr`.
    """

    candidates: tuple[str, ...] = field(repr=False)


def correct(code: str, text: str, *, groups: tuple[int, ...] = ()) -> Correction | None:
    """What the caller's answer makes of `code`; None if it corrects nothing or confirms what was read out.

    `groups` are the sizes in which it was read out, for "nhóm thứ hai là ...". In order: a whole number, digits at
    named places, a wrong digit named with the right one, and a run of digits that fits the code but for one.
    """
    plain = ["không" if word in SOUTHERN_NO else word for word in words(text)]
    after_no = _after_no(plain)
    for candidates in (
        _whole(code, plain, after_no),
        _at_places(code, plain, groups),
        _swapped(code, after_no),
        _run_through(code, plain, groups),
        _run_through(code, after_no, groups),
    ):
        others = tuple(dict.fromkeys(each for each in candidates if each != code and len(each) == len(code)))
        if others:
            return Correction(others[:_MOST_CANDIDATES])
    return None


def _after_no(plain: list[str]) -> list[str]:
    """The words after an opening no, which is no zero here."""
    at = 0
    while at < len(plain):
        no = next((no for no in _NO if tuple(plain[at : at + len(no)]) == no), None)
        if plain[at] in _BEFORE_NO:
            at += 1
        elif no is not None and plain[at + 1 : at + 2] not in (["phải"], ["chứ"], ["chớ"]):
            at += len(no)
        else:
            break
    return plain[at:]


def _digits(plain: Sequence[str]) -> list[str]:
    return [each.digits for each in fold(clauses(tokenise(" ".join(plain))))]


def _whole(code: str, *spoken: Sequence[str]) -> list[str]:
    return [digits for plain in spoken for digits in _digits(plain) if len(digits) == len(code)]


def _at_places(code: str, plain: Sequence[str], groups: Sequence[int]) -> list[str]:
    """The code with what each named place is said to hold; nothing if a value does not fit its place."""
    found = mentions(plain, len(code), groups)
    if not found:
        return []
    candidates = [code]
    for mention, end in zip(found, [*[later.at for later in found[1:]], len(plain)], strict=True):
        place, values = mention.place, _values(plain[mention.after : end])
        fitting = [value for value in values if len(value) == place.end - place.start]
        candidates = [_put(candidate, place, value) for candidate in candidates for value in fitting]
    return candidates


def _put(code: str, place: Place, value: str) -> str:
    return code[: place.start] + value + code[place.end :]


def _values(plain: Sequence[str]) -> list[str]:
    """The right digits in "là năm", "là năm chứ không phải chín", "không phải chín mà là năm"."""
    spoken = clauses(tokenise(" ".join(plain)))
    swaps = _denials(spoken)
    if swaps:
        return [right for _, right in swaps]
    if any(clause.opener is Kind.DENY and clause.holds_digits for clause in spoken):
        return []  # only what it is not
    return [each.digits for each in fold(spoken)]


def _swapped(code: str, plain: Sequence[str]) -> list[str]:
    """The code with the right digits at every place where the wrong ones stand."""
    tokens = tokenise(" ".join(plain))
    swaps = _denials(clauses(tokens)) or _renamed(tokens)
    return [
        _put(code, Place(at, at + len(wrong)), right)
        for wrong, right in swaps
        if wrong and len(wrong) == len(right)
        for at in range(len(code) - len(wrong) + 1)
        if code.startswith(wrong, at)
    ]


def _denials(spoken: Sequence[Clause]) -> list[tuple[str, str]]:
    """Pairs of wrong and right: "không phải chín mà là năm", "năm chứ không phải chín", "chín sai, phải là năm"."""
    said = [clause for clause in spoken if clause.holds_digits]
    if len(said) == 1 and said[0].opener is Kind.DENY:
        return [pair for digits in said[0].readings for pair in _halves(digits)]
    if len(said) != 2:
        return []
    first, second = said
    if second.opener in _TAKES_BACK:
        return _pairs(second.readings, first.readings)
    if first.opener is Kind.DENY or (first.opener is None and second.opener is Kind.CORRECT):
        return _pairs(first.readings, second.readings)
    return []


def _pairs(wrong: Iterable[str], right: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, other) for one in wrong for other in right]


def _halves(digits: str) -> list[tuple[str, str]]:
    """ "không phải chín, năm": the wrong digits, then as many right ones."""
    middle, odd = divmod(len(digits), 2)
    return [] if odd else [(digits[:middle], digits[middle:])]


def _renamed(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """ "số chín là năm", "sửa chín thành năm", and the other way round "nghe năm thành chín"."""
    for at, token in enumerate(tokens):
        before, after = _run_before(tokens, at), _run_after(tokens, at)
        if before and after and token.text == "là":
            return _pairs(readings(before), readings(after))
        if before and after and token.text == "thành":
            changes = any(each.text in ("sửa", "đổi") for each in tokens)
            pairs = _pairs(readings(before), readings(after))
            return pairs if changes else [(other, one) for one, other in pairs]
    return []


def _run_before(tokens: Sequence[Token], at: int) -> list[str]:
    start = at
    while start > 0 and tokens[start - 1].kind in (Kind.NUMBER, Kind.COUNTED):
        start -= 1
    return [token.text for token in tokens[start:at]]


def _run_after(tokens: Sequence[Token], at: int) -> list[str]:
    end = at + 1
    while end < len(tokens) and tokens[end].kind in (Kind.NUMBER, Kind.COUNTED):
        end += 1
    return [token.text for token in tokens[at + 1 : end]]


def _run_through(code: str, plain: Sequence[str], groups: Sequence[int]) -> list[str]:
    """The code with a run of digits over a part of it that differs in one place; whole groups before other parts."""
    candidates: list[str] = []
    starts = [0, *accumulate(groups)]
    for run in _digits(plain):
        if not _SHORTEST_RUN <= len(run) < len(code) or run in code:
            continue
        places = [at for at in range(len(code) - len(run) + 1) if _differences(code[at : at + len(run)], run) == 1]
        grouped = [at for at in places if at in starts and at + len(run) in starts]
        candidates += [_put(code, Place(at, at + len(run)), run) for at in grouped or places]
    return candidates


def _differences(one: str, other: str) -> int:
    return sum(left != right for left, right in zip(one, other, strict=True))
