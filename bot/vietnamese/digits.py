"""What digits a caller said: spoken or written numerals, repeats, corrections, new starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.vietnamese.clauses import WHOLE, clauses, distinct, fold, replaced
from bot.vietnamese.lexicon import Kind
from bot.vietnamese.tokens import Token, tokenise

_NOISE: Final = "unk"  # a recogniser's mark for what it could not make out
_CORRECTIONS: Final = frozenset({Kind.CORRECT, Kind.DENY})
_REST: Final = frozenset({Kind.OTHER, Kind.NO})
_ZERO: Final = Token(Kind.NUMBER, "không")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardDigits:
    """The digits of one utterance. They are personal data and stay out of its `repr`.

    `readings` holds every reading, the best first; `digits` is that one, and both are empty where no digit was said.
    `fresh`: the caller started over, so digits of earlier turns are void.
    `replaces`: how many digits of earlier turns these replace; `joined` is exact where the earlier digits are at hand.
    `corrects_next`: it ended in "à nhầm", so the next digits are the correction.
    `letters` were spelt before digits, as on a health insurance card: "GD".
    `rest` holds the words that are neither digits nor padding.
    """

    digits: str = field(default="", repr=False)
    readings: tuple[str, ...] = field(default=(), repr=False)
    fresh: bool = False
    replaces: int = 0
    corrects_next: bool = False
    finished: bool = False
    letters: str = ""
    rest: tuple[str, ...] = ()


def hear_digits(text: str) -> HeardDigits:
    """The digits in an utterance of a turn that asks for digits, where "không" is a zero unless its neighbours say no.

    Corrections inside it are carried out by the rule of `clauses.overlap`. Any text is accepted.
    """
    tokens, fresh = _after_restart(tokenise(text))
    rest = tuple(word for token in tokens if token.kind in _REST for word in token.text.split())
    if _is_talk(tokens, rest):
        return HeardDigits(fresh=fresh, finished=_ends(tokens), letters=_letters(tokens), rest=_all_rest(tokens))
    folds = [each for variant in _variants(tokens) for each in fold(clauses(variant))]
    best = folds[0]
    opens_anew = best.replaces > 0 and len(best.digits) >= WHOLE
    return HeardDigits(
        digits=best.digits,
        readings=distinct(each.digits for each in folds if each.digits) if best.digits else (),
        fresh=fresh or opens_anew,
        replaces=0 if fresh or opens_anew else best.replaces,
        corrects_next=_ends_in_correction(tokens),
        finished=_ends(tokens),
        letters=_letters(tokens),
        rest=rest,
    )


def digit_count(text: str) -> int:
    """How many digits the best reading of a (partial) transcript has."""
    return len(hear_digits(text).digits)


def joined(before: str, heard: HeardDigits, *, correcting: bool = False) -> tuple[str, ...]:
    """Digits of earlier turns and of this one, every reading, the best first.

    `correcting` says that the turn before ended in a correction word (`corrects_next`).
    """
    if heard.fresh or not before:
        return heard.readings
    if not heard.digits:
        return (before,)
    if heard.replaces or correcting:
        return distinct(way for reading in heard.readings for way in replaced(before, reading))
    return distinct(before + reading for reading in heard.readings)


def _after_restart(tokens: list[Token]) -> tuple[list[Token], bool]:
    for at in range(len(tokens) - 1, -1, -1):
        rereads = tokens[at].kind is Kind.REREAD and any(token.kind is Kind.NUMBER for token in tokens[at + 1 :])
        if rereads or tokens[at].kind is Kind.RESTART:
            return tokens[at + 1 :], True
    return tokens, False


def _is_talk(tokens: Sequence[Token], rest: Sequence[str]) -> bool:
    """One number among words that are no digits is talk: "em có một câu hỏi", "không em chưa tìm ra"."""
    numbers = [token for token in tokens if token.kind is Kind.NUMBER]
    if len(numbers) != 1 or (len(numbers[0].text) > 1 and numbers[0].text.isdigit()):
        return False
    others = sum(word != _NOISE for word in rest)
    return others >= (1 if numbers[0] == _ZERO else 2)


def _all_rest(tokens: Sequence[Token]) -> tuple[str, ...]:
    kinds = _REST | {Kind.NUMBER}
    return tuple(word for token in tokens if token.kind in kinds for word in token.text.split())


def _variants(tokens: Sequence[Token]) -> list[list[Token]]:
    """ "à không" in the middle is a pause and a zero, or takes back what was said before it."""
    zero = [_ZERO if token.kind is Kind.MAYBE else token for token in tokens]
    taken_back = [Token(Kind.CORRECT, token.text) if token.kind is Kind.MAYBE else token for token in tokens]
    return [zero] if zero == taken_back else [zero, taken_back]


def _ends(tokens: Sequence[Token]) -> bool:
    """The caller said that the number is complete, and no digit after it."""
    for token in reversed(tokens):
        if token.kind in (Kind.FINISHED, Kind.NUMBER):
            return token.kind is Kind.FINISHED
    return False


def _ends_in_correction(tokens: Sequence[Token]) -> bool:
    for token in reversed(tokens):
        if token.kind in _CORRECTIONS or token.kind in (Kind.NUMBER, Kind.MAYBE, Kind.OTHER):
            return token.kind in _CORRECTIONS
    return False


def _letters(tokens: Sequence[Token]) -> str:
    """The first letters spelt in a row."""
    spelt = ""
    for token in tokens:
        if token.kind is Kind.LETTER:
            spelt += token.text
        elif spelt:
            break
    return spelt
