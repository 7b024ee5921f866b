"""What one answer is worth, and the rates that many of them make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.evaluate.edits import Edits, edits
from bot.evaluate.trials import HeardCode, Kind, hears_answer
from bot.replies import Utterance
from bot.vietnamese.digits import hear_digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One answer against what was said.

    `digits` is how many were said, `among` whether any hypothesis has all of them, `accepted` whether any were heard.
    """

    kind: Kind
    digits: int
    edits: Edits
    right: bool
    among: bool
    accepted: bool


def score(kind: Kind, said: str, heard: Utterance, code: HeardCode | None) -> Score:
    """`code` is what was taken for a code, where one was said."""
    digits = code.digits if code else hear_digits(heard.text).digits
    spoken = said if kind in (Kind.CODE, Kind.DIGIT) else ""
    right = hears_answer(said, heard.text) if kind is Kind.ANSWER else digits == spoken
    return Score(
        kind=kind,
        digits=len(spoken),
        edits=edits(spoken, digits) if spoken else Edits(substituted=0, inserted=0, deleted=0),
        right=right,
        among=right or any(spoken in hear_digits(each.text).readings for each in heard.hypotheses),
        accepted=bool(digits),
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """A figure that is the sum of `part` over the number of answers of `kinds`, or over the digits said in them."""

    kinds: tuple[Kind, ...]
    part: Callable[[Score], float]
    more_is_better: bool = True
    of_digits: bool = False

    def sums(self, scores: Sequence[Score]) -> tuple[list[float], list[int]]:
        """(parts, wholes) of those of its kinds."""
        own = [each for each in scores if each.kind in self.kinds]
        return [float(self.part(each)) for each in own], [each.digits if self.of_digits else 1 for each in own]


def _errors(part: Callable[[Score], float]) -> Rate:
    return Rate((Kind.CODE,), part, more_is_better=False, of_digits=True)


def _accepted(*kinds: Kind) -> Rate:
    return Rate(kinds, lambda each: each.accepted, more_is_better=False)


CODE_RATES: Final[Mapping[str, Rate]] = {
    "string_accuracy": Rate((Kind.CODE,), lambda each: each.right),
    "within_one_accuracy": Rate((Kind.CODE,), lambda each: each.edits.count <= 1),
    "oracle_accuracy": Rate((Kind.CODE,), lambda each: each.among),
    "digit_error_rate": _errors(lambda each: each.edits.count),
    "substitution_rate": _errors(lambda each: each.edits.substituted),
    "insertion_rate": _errors(lambda each: each.edits.inserted),
    "deletion_rate": _errors(lambda each: each.edits.deleted),
}
DIGIT_RATES: Final[Mapping[str, Rate]] = {
    "digit_accuracy": Rate((Kind.DIGIT,), lambda each: each.right),
    "false_reject": Rate((Kind.DIGIT,), lambda each: not each.accepted, more_is_better=False),
}
RATES: Final[Mapping[str, Rate]] = {
    **CODE_RATES,
    **DIGIT_RATES,
    "yes_no_accuracy": Rate((Kind.ANSWER,), lambda each: each.right),
    "false_accept": _accepted(Kind.WORDS, Kind.NOISE),
    "false_accept_words": _accepted(Kind.WORDS),
    "false_accept_noise": _accepted(Kind.NOISE),
}


def ratio(sums: tuple[Sequence[float], Sequence[float]]) -> float | None:
    """Parts over wholes; None of nothing."""
    parts, wholes = map(sum, sums)
    return parts / wholes if wholes else None
