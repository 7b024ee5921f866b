"""One group of a code that was hard to make out: asking for it alone, and what the answer makes of the code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from bot.dialogue.code_slot import Notice
from bot.dialogue.posterior import CodePosterior
from bot.vietnamese.corrections import correct
from bot.vietnamese.digits import hear_digits
from bot.vietnamese.places import Place
from bot.vietnamese.speech import group_sizes

# By the group's place among three and its size, as the code is read out; other groups have no name that callers know.
_QUESTIONS = {
    (0, 4): Notice.DOUBT_FIRST_4,
    (1, 3): Notice.DOUBT_MIDDLE_3,
    (1, 4): Notice.DOUBT_MIDDLE_4,
    (2, 3): Notice.DOUBT_LAST_3,
    (2, 4): Notice.DOUBT_LAST_4,
}


def doubt(code: str, posterior: CodePosterior | None, *, below: float) -> Notice | None:
    """The question for the one group that holds every digit whose posterior is below `below`; None if there is none."""
    doubtful = [at for at, share in enumerate(posterior.digits) if share < below] if posterior else []
    if not doubtful:
        return None
    for question, group in _groups(code).items():
        if group.start <= doubtful[0] and doubtful[-1] < group.end:
            return question
    return None


def asked_group(code: str | None, notice: str | None) -> Place | None:
    """The group of `code` that the question `notice` asks for; None if it is another question."""
    return {question.value: group for question, group in _groups(code or "").items()}.get(notice or "")


def said_again(code: str, group: Place, texts: Sequence[str]) -> str | None:
    """`code` with the group as the answer says it, best hypothesis first; None where the answer leaves that open.

    The answer is the group itself, with or without digits around it that agree with the code, or a correction of one
    of its digits.
    """
    heard = [hear_digits(text) for text in texts]
    if not heard[0].digits:
        return None
    for each in heard:
        ways = {way for reading in each.readings for way in _ways(code, group, reading)}
        if ways:
            return _only(ways)
    correction = correct(code, texts[0], groups=group_sizes(len(code)))
    return _only({each for each in correction.candidates if _agrees(code, group, each)} if correction else set())


def keyed_again(code: str, group: Place, digits: str) -> str | None:
    """The same for keys."""
    return _only(set(_ways(code, group, digits)))


def _groups(code: str) -> dict[Notice, Place]:
    sizes = group_sizes(len(code))
    ends = list(accumulate(sizes))
    named = enumerate(zip(sizes, ends, strict=True)) if len(sizes) == 3 else ()
    return {_QUESTIONS[at, size]: Place(end - size, end) for at, (size, end) in named if (at, size) in _QUESTIONS}


def _ways(code: str, group: Place, digits: str) -> list[str]:
    """The code with `digits` wherever they cover the group and change nothing else."""
    starts = range(max(group.end - len(digits), 0), min(group.start, len(code) - len(digits)) + 1)
    ways = [code[:start] + digits + code[start + len(digits) :] for start in starts]
    return [way for way in ways if _agrees(code, group, way)]


def _agrees(code: str, group: Place, other: str) -> bool:
    return (code[: group.start], code[group.end :]) == (other[: group.start], other[group.end :])


def _only(ways: set[str]) -> str | None:
    return next(iter(ways)) if len(ways) == 1 else None
