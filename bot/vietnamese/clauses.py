"""An utterance as clauses between corrections, and the rule by which later digits replace earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Final

from bot.vietnamese.lexicon import Kind
from bot.vietnamese.numerals import MOST_READINGS, readings
from bot.vietnamese.tokens import Token

LONGEST_CODE: Final = 12  # the personal identity number, the longer of the two codes in use
WHOLE: Final = 8  # a correction this long may read the number anew
_GROUP: Final = 4  # people correct one digit, or re-read a group of up to four
_OPENERS: Final = frozenset({Kind.CORRECT, Kind.DENY, Kind.RATHER, Kind.INSTEAD})
_NUMERAL: Final = frozenset({Kind.NUMBER, Kind.COUNTED})


@dataclass(frozen=True, slots=True)
class Clause:
    """What was said after one correction word (None: since the start), and the digits it may stand for."""

    opener: Kind | None
    readings: tuple[str, ...]

    @property
    def holds_digits(self) -> bool:
        return self.readings != ("",)


@dataclass(frozen=True, slots=True)
class Fold:
    """Digits after all corrections. `replaces` counts digits of an earlier turn, where the first words correct it."""

    digits: str
    replaces: int = 0


def clauses(tokens: Iterable[Token]) -> list[Clause]:
    """The clauses of an utterance, the first one possibly empty."""
    found: list[tuple[Kind | None, list[list[str]]]] = [(None, [[]])]
    for token in tokens:
        runs = found[-1][1]
        if token.kind in _OPENERS:
            found.append((token.kind, [[]]))
        elif token.kind in _NUMERAL:
            runs[-1].append(token.text)
        elif runs[-1]:
            runs.append([])
    return [Clause(opener, _joined_runs(runs)) for opener, runs in found]


def distinct(items: Iterable[str]) -> tuple[str, ...]:
    """The first few different items, in their order."""
    return tuple(dict.fromkeys(items))[:MOST_READINGS]


def _joined_runs(runs: Sequence[Sequence[str]]) -> tuple[str, ...]:
    heads: tuple[str, ...] = ("",)
    for run in runs:
        if run:
            heads = distinct(head + tail for head, tail in product(heads, readings(run)))
    return heads


def overlap(before: str, after: str) -> int:
    """How many of the last digits of `before` are replaced by `after`, which was said as a correction.

    One digit replaces one. Several replace the longest end of `before` that they read out again: the same digits up
    to the last, which was the mistake ("một hai ba à nhầm một hai bốn" is 124, "không chín một hai à nhầm một ba bốn"
    is 09134), or a whole group with one digit changed. `WHOLE` digits that would make the number longer than any code
    replace all of it. Where nothing is read again, one digit is replaced and the others go on.
    """
    if not before or not after:
        return 0
    for length in range(min(len(before), len(after)), 1, -1):
        said, again = before[-length:], after[:length]
        differences = sum(old != new for old, new in zip(said, again, strict=True))
        if said[:-1] == again[:-1] or (length == len(after) and differences <= 1):
            return length
    too_long = len(after) >= WHOLE and len(before) + len(after) - 1 > LONGEST_CODE
    return len(before) if too_long else 1


def replaced(before: str, after: str) -> tuple[str, ...]:
    """`before` corrected by `after`, the likeliest reading first; a whole group replaced is the second."""
    length = overlap(before, after)
    ways = [before[: len(before) - length] + after]
    if length == 1 < len(after) <= min(_GROUP, len(before)):
        ways.append(before[: -len(after)] + after)
    return distinct(ways)


def fold(spoken: Sequence[Clause]) -> tuple[Fold, ...]:
    """The digits of an utterance after its corrections, every reading, likeliest first."""
    folds = [Fold(digits) for digits in spoken[0].readings]
    denied: tuple[str, ...] = ()
    for at, clause in enumerate(spoken[1:], start=1):
        following = spoken[at + 1].opener if at + 1 < len(spoken) else None
        if not clause.holds_digits:
            continue
        if clause.opener is Kind.DENY and following is Kind.INSTEAD and spoken[at + 1].holds_digits:
            denied = clause.readings
        elif clause.opener is Kind.RATHER:
            folds = [_kept(each, clause.readings[0]) if at == 1 else each for each in folds]
        else:
            ways = (_apply(each, after, clause, denied) for each in folds for after in clause.readings)
            folds = _unique(chain.from_iterable(ways))
            denied = ()
    return tuple(folds)


def _kept(each: Fold, denied: str) -> Fold:
    """ "năm chứ không phải chín" as a whole utterance corrects the turn before."""
    return Fold(each.digits, len(denied)) if len(each.digits) == len(denied) else each


def _apply(each: Fold, after: str, clause: Clause, denied: tuple[str, ...]) -> list[Fold]:
    before = each.digits
    if not before and not each.replaces:
        return _opening(after, clause, denied)
    if not after:
        return [each]
    for wrong in denied:
        if before.endswith(wrong):
            return [Fold(before[: -len(wrong)] + after, each.replaces)]
    if clause.opener is Kind.DENY and len(after) > 1 and after[0] == before[-1]:
        after = after[1:]  # "ba, không phải ba, bốn": the first digit only names the mistake
    return [Fold(digits, each.replaces) for digits in replaced(before, after)]


def _opening(after: str, clause: Clause, denied: tuple[str, ...]) -> list[Fold]:
    """A correction as the first words of a turn, whose earlier digits are not known here."""
    if denied:
        return [Fold(after, len(denied[0]))]
    size = len(after) if len(after) <= _GROUP else 1
    if clause.opener is Kind.DENY and len(after) == 2:
        return [Fold(after[1:], 1), Fold(after, 2)]  # "không phải chín, năm"
    return [Fold(after, size)]


def _unique(folds: Iterable[Fold]) -> list[Fold]:
    return list({each.digits: each for each in reversed(list(folds))}.values())[::-1][:MOST_READINGS]
