"""What a caller's answer does to the code heard so far. The only place where spoken digits become a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from bot.dialogue.posterior import CodePosterior, code_posterior
from bot.replies import Hypothesis
from bot.vietnamese.digits import HeardDigits, hear_digits, joined
from bot.vietnamese.numbers import NumberKind, kind

SECOND_FACTOR: Final = "citizen_id_ending"  # a slot of the form that is asked for only where the settings say so


class Notice(str, Enum):
    """Why the code is asked for again: the value of the slot `notice`, which chooses the wording."""

    MISSED_1 = "missed_1"
    MISSED_2 = "missed_2"
    OTHER_BRANCH = "other_branch"
    PARTIAL = "partial"
    CORRECTING = "correcting"
    SHORT = "short"
    SHORT_2 = "short_2"
    LONG = "long"
    CITIZEN_ID = "citizen_id"
    INSURANCE_CARD = "insurance_card"
    PHONE_NUMBER = "phone_number"
    AMBIGUOUS = "ambiguous"
    RESTARTED = "restarted"
    NO_MATCH = "no_match"
    DENIED = "denied"
    CORRECTED = "corrected"
    UNCLEAR_CORRECTION = "unclear_correction"
    DOUBT_FIRST_4 = "doubt_first_4"
    DOUBT_MIDDLE_3 = "doubt_middle_3"
    DOUBT_MIDDLE_4 = "doubt_middle_4"
    DOUBT_LAST_3 = "doubt_last_3"
    DOUBT_LAST_4 = "doubt_last_4"


@dataclass(frozen=True, slots=True)
class CodeHeard:
    """The code when it is complete, else the part to keep and why to ask on; neither when no digit was heard.

    `posterior` is that of a code, where the recogniser tells. Digits are personal data and stay out of its `repr`.
    """

    code: str | None = field(default=None, repr=False)
    partial: str = field(default="", repr=False)
    notice: Notice | None = None
    posterior: CodePosterior | None = None


_OTHER_NUMBER = {
    NumberKind.CITIZEN_ID: Notice.CITIZEN_ID,
    NumberKind.INSURANCE_CARD: Notice.INSURANCE_CARD,
    NumberKind.PHONE_NUMBER: Notice.PHONE_NUMBER,
}


def hear_code(
    partial: str,
    hypotheses: Sequence[Hypothesis],
    *,
    lengths: tuple[int, ...],
    caller: str | None,
    correcting: bool = False,
) -> CodeHeard:
    """Continue `partial` with what was heard, best hypothesis first.

    A hypothesis that completes the code is taken over a better one that does not: it is read back anyway.
    `correcting` says that the turn before ended in a correction word (`Notice.CORRECTING`).
    """
    heard = [hear_digits(hypothesis.text) for hypothesis in hypotheses]
    best = heard[0]
    other = _OTHER_NUMBER.get(kind(best, lengths=lengths, caller=caller))
    if other:
        return CodeHeard(notice=other)
    said = [_completions(partial, each, lengths, correcting) for each in heard]
    codes = next((codes for codes in said if codes), [])
    if len(codes) > 1:
        return CodeHeard(notice=Notice.AMBIGUOUS)
    if codes:
        n_best = zip(said, (hypothesis.confidence for hypothesis in hypotheses), strict=True)
        judged = _judged(codes[0], Notice.PARTIAL, lengths, caller)
        return replace(judged, posterior=code_posterior(judged.code, n_best)) if judged.code else judged
    if not best.digits:
        return _without_digits(partial, best)
    wholes = joined(partial, best, correcting=correcting)
    if len(wholes) > 1 and not correcting:
        return CodeHeard(partial=partial, notice=Notice.AMBIGUOUS)
    return _judged(wholes[0], _why_ask_on(best), lengths, caller)


def key_code(partial: str, keys: str, *, lengths: tuple[int, ...], caller: str | None) -> CodeHeard:
    """Continue `partial` with keys; `*` starts over and drops everything before it."""
    _, star, digits = keys.rpartition("*")
    whole = digits if star or len(digits) in lengths else partial + digits
    if not whole:
        return CodeHeard(notice=Notice.RESTARTED if star else None)
    return _judged(whole, Notice.SHORT, lengths, caller)


def _completions(partial: str, heard: HeardDigits, lengths: tuple[int, ...], correcting: bool) -> list[str]:
    wholes = (*joined(partial, heard, correcting=correcting), *heard.readings)
    return list(dict.fromkeys(whole for whole in wholes if len(whole) in lengths))


def _without_digits(partial: str, heard: HeardDigits) -> CodeHeard:
    if heard.fresh:
        return CodeHeard(notice=Notice.RESTARTED)
    if not partial:
        return CodeHeard()
    return CodeHeard(partial=partial, notice=Notice.CORRECTING if heard.corrects_next else Notice.SHORT)


def _why_ask_on(heard: HeardDigits) -> Notice:
    if heard.corrects_next:
        return Notice.CORRECTING
    return Notice.SHORT if heard.finished else Notice.PARTIAL


def _judged(whole: str, unfinished: Notice, lengths: tuple[int, ...], caller: str | None) -> CodeHeard:
    """All digits so far: the code, another number, too many, or a part that asks on with `unfinished`."""
    other = _OTHER_NUMBER.get(kind(whole, lengths=lengths, caller=caller))
    if other:
        return CodeHeard(notice=other)
    if len(whole) in lengths:
        return CodeHeard(code=whole)
    return CodeHeard(notice=Notice.LONG) if len(whole) > max(lengths) else CodeHeard(partial=whole, notice=unfinished)
