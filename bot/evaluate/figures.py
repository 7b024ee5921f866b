"""From what engines heard to figures: shares from 0 to 1, None where there was nothing to measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.evaluate.edits import align, edits
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.percentile import percentile
from bot.evaluate.trials import HeardCode, Kind, Trial, hear_code, hears_answer
from bot.vietnamese.digits import hear_digits

CONFUSIONS: Final = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """One trial and what one engine made of it over one channel; `code` is set for codes only."""

    trial: Trial
    answer: Answer
    code: HeardCode | None

    @property
    def digits(self) -> str:
        return self.code.digits if self.code else hear_digits(self.answer.heard.text).digits


def judged(trial: Trial, answer: Answer, lengths: tuple[int, ...]) -> Outcome:
    return Outcome(trial, answer, hear_code(answer.heard, lengths) if trial.kind is Kind.CODE else None)


def engine_figures(outcomes: Sequence[Outcome], footprint: Footprint) -> dict[str, Any]:
    """Everything about one engine over one channel, in JSON's types.

    rtf is computing on all cores per second of code audio, so 1/rtf streams fill one core.
    """
    of = {kind: [outcome for outcome in outcomes if outcome.trial.kind is kind] for kind in Kind}
    codes, digits = of[Kind.CODE], of[Kind.DIGIT]
    rtf = _ratio(sum(each.answer.cpu_s for each in codes), sum(each.answer.audio_s for each in codes))
    settled = [ms for each in codes for ms in each.answer.settled_ms]
    return {
        **_code_figures(codes),
        **_digit_figures(digits),
        "false_reject": _share(digits, lambda each: not each.digits),
        "yes_no": len(of[Kind.ANSWER]),
        "yes_no_accuracy": _share(of[Kind.ANSWER], _answered),
        "yes_no_by_answer": _by(lambda each: each.trial.said, of[Kind.ANSWER], _answer_figures),
        "non_digits": len(of[Kind.WORDS]) + len(of[Kind.NOISE]),
        "false_accept": _share([*of[Kind.WORDS], *of[Kind.NOISE]], _accepted),
        "false_accept_words": _share(of[Kind.WORDS], _accepted),
        "false_accept_noise": _share(of[Kind.NOISE], _accepted),
        "rtf": rtf,
        "streams_per_core": 1 / rtf if rtf else None,
        "finish_ms": _times([each.answer.finish_ms for each in codes]),
        "digit_final_ms": _times(settled),
        "load_s": footprint.load_s,
        "rss_mb": footprint.rss_mb,
        "confusions": _confusions([*codes, *digits]),
        "by_speaker": _by(
            lambda each: "/".join(filter(None, (each.trial.source, each.trial.speaker))), codes, _code_figures
        ),
        "by_source": _by(
            lambda each: each.trial.source,
            [each for each in [*codes, *digits] if each.trial.source],
            lambda group: {
                **_code_figures([each for each in group if each.code]),
                **_digit_figures([each for each in group if not each.code]),
            },
        ),
    }


def _code_figures(codes: Sequence[Outcome]) -> dict[str, Any]:
    changes = [edits(each.trial.said, each.digits) for each in codes]
    return {
        "strings": len(codes),
        "string_accuracy": _ratio(changes.count(0), len(codes)),
        "within_one_accuracy": _ratio(changes.count(0) + changes.count(1), len(codes)),
        "digit_error_rate": _ratio(sum(changes), sum(len(each.trial.said) for each in codes)),
    }


def _digit_figures(digits: Sequence[Outcome]) -> dict[str, Any]:
    return {"digits": len(digits), "digit_accuracy": _share(digits, lambda each: each.digits == each.trial.said)}


def _answer_figures(answers: Sequence[Outcome]) -> dict[str, Any]:
    return {"n": len(answers), "accuracy": _share(answers, _answered)}


def _answered(outcome: Outcome) -> bool:
    return hears_answer(outcome.trial.said, outcome.answer.heard.text)


def _accepted(outcome: Outcome) -> bool:
    return bool(outcome.digits)


def _confusions(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The most frequent pairs of a digit said and what was heard for it; "" for one missing, or one too many."""
    pairs = Counter(pair for each in outcomes for pair in align(each.trial.said, each.digits) if pair[0] != pair[1])
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [{"said": said, "heard": heard, "count": count} for (said, heard), count in ordered[:CONFUSIONS]]


def _by(
    key: Callable[[Outcome], str],
    outcomes: Sequence[Outcome],
    figures: Callable[[Sequence[Outcome]], dict[str, Any]],
) -> dict[str, Any]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return {name: figures(group) for name, group in sorted(groups.items())}


def _times(values: Sequence[float]) -> dict[str, Any]:
    known = bool(values)
    return {
        "p50": percentile(values, 0.5) if known else None,
        "p95": percentile(values, 0.95) if known else None,
        "n": len(values),
    }


def _share(outcomes: Sequence[Outcome], counts: Callable[[Outcome], bool]) -> float | None:
    return _ratio(sum(map(counts, outcomes)), len(outcomes))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
