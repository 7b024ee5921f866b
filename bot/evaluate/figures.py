"""From what engines heard to figures: shares from 0 to 1, None where there was nothing to measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.evaluate.calibration import calibration
from bot.evaluate.chance import interval
from bot.evaluate.edits import align
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.percentile import percentile
from bot.evaluate.scores import CODE_RATES, DIGIT_RATES, RATES, Rate, Score, ratio, score
from bot.evaluate.trials import HeardCode, Kind, Trial, hear_code
from bot.vietnamese.digits import hear_digits

CONFUSIONS: Final = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """One trial and what one engine made of it over one channel; `code` is set for codes only.

    `whole` says that what was heard has the length of a code.
    """

    trial: Trial
    answer: Answer
    code: HeardCode | None
    whole: bool
    score: Score

    @property
    def digits(self) -> str:
        return self.code.digits if self.code else hear_digits(self.answer.heard.text).digits


def judged(trial: Trial, answer: Answer, lengths: tuple[int, ...]) -> Outcome:
    code = hear_code(answer.heard, lengths) if trial.kind is Kind.CODE else None
    whole = code is not None and len(code.digits) in lengths
    return Outcome(trial, answer, code, whole, score(trial.kind, trial.said, answer.heard, code))


def engine_figures(outcomes: Sequence[Outcome], footprint: Footprint) -> dict[str, Any]:
    """Everything about one engine over one channel, in JSON's types.

    `intervals` has (low, high) of 95 % confidence for each rate. rtf is computing on all cores per second of code
    audio, so 1/rtf streams fill one core.
    """
    of = {kind: [outcome for outcome in outcomes if outcome.trial.kind is kind] for kind in Kind}
    codes, digits = of[Kind.CODE], of[Kind.DIGIT]
    coded_s = sum(each.answer.audio_s for each in codes)
    rtf = sum(each.answer.cpu_s for each in codes) / coded_s if coded_s else None
    scores = [each.score for each in outcomes]
    return {
        "strings": len(codes),
        "digits": len(digits),
        "yes_no": len(of[Kind.ANSWER]),
        "non_digits": len(of[Kind.WORDS]) + len(of[Kind.NOISE]),
        "non_digit_words": len(of[Kind.WORDS]),
        **_rates(RATES, scores),
        "intervals": {name: interval(*rate.sums(scores)) for name, rate in RATES.items()},
        "yes_no_by_answer": _by(lambda each: each.trial.said, of[Kind.ANSWER], _answer_figures),
        "calibration": calibration(confidences(codes), len(codes)),
        "rtf": rtf,
        "streams_per_core": 1 / rtf if rtf else None,
        "finish_ms": _times([each.answer.finish_ms for each in codes]),
        "digit_final_ms": _times([ms for each in codes for ms in each.answer.settled_ms]),
        "load_s": footprint.load_s,
        "rss_mb": footprint.rss_mb,
        "confusions": _confusions([*codes, *digits]),
        "confusion_matrix": _confusion_matrix([*codes, *digits]),
        "by_speaker": _by(_speaker, codes, _code_figures),
        "by_dialect": _by_known(lambda each: each.trial.dialect, [*codes, *digits]),
        "by_source": _by_known(lambda each: each.trial.source, [*codes, *digits]),
    }


def confidences(outcomes: Iterable[Outcome]) -> list[tuple[float, bool]]:
    """(confidence, right) of the whole codes that were heard with a confidence."""
    return [
        (each.code.posterior, each.score.right)
        for each in outcomes
        if each.code and each.whole and each.code.posterior is not None
    ]


def _rates(rates: Mapping[str, Rate], scores: Sequence[Score]) -> dict[str, float | None]:
    return {name: ratio(rate.sums(scores)) for name, rate in rates.items()}


def _code_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    scores = [each.score for each in outcomes]
    return {
        "strings": sum(each.kind is Kind.CODE for each in scores),
        **_rates(CODE_RATES, scores),
        "intervals": {"string_accuracy": interval(*CODE_RATES["string_accuracy"].sums(scores))},
    }


def _digit_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    scores = [each.score for each in outcomes]
    return {"digits": sum(each.kind is Kind.DIGIT for each in scores), **_rates(DIGIT_RATES, scores)}


def _answer_figures(answers: Sequence[Outcome]) -> dict[str, Any]:
    right = [float(each.score.right) for each in answers]
    return {"n": len(answers), "accuracy": sum(right) / len(right), "interval": interval(right, [1] * len(right))}


def _speaker(outcome: Outcome) -> str:
    return "/".join(filter(None, (outcome.trial.source, outcome.trial.speaker)))


def _pairs(outcomes: Iterable[Outcome]) -> Counter[tuple[str, str]]:
    return Counter(pair for each in outcomes for pair in align(each.trial.said, each.digits))


def _confusions(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The most frequent pairs of a digit said and what was heard for it; "" for one missing, or one too many."""
    wrong = ((pair, count) for pair, count in _pairs(outcomes).items() if pair[0] != pair[1])
    ordered = sorted(wrong, key=lambda item: (-item[1], item[0]))
    return [{"said": said, "heard": heard, "count": count} for (said, heard), count in ordered[:CONFUSIONS]]


def _confusion_matrix(outcomes: Iterable[Outcome]) -> dict[str, dict[str, int]]:
    """Counts by digit said, then by digit heard; "" for a digit missing, or one too many. Pairs that occur."""
    matrix: dict[str, dict[str, int]] = {}
    for (said, heard), count in sorted(_pairs(outcomes).items()):
        matrix.setdefault(said, {})[heard] = count
    return matrix


def _by(
    key: Callable[[Outcome], str],
    outcomes: Sequence[Outcome],
    figures: Callable[[Sequence[Outcome]], dict[str, Any]],
) -> dict[str, Any]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return {name: figures(group) for name, group in sorted(groups.items())}


def _by_known(key: Callable[[Outcome], str], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of codes and digits for each key that is not empty."""
    known = [outcome for outcome in outcomes if key(outcome)]
    return _by(key, known, lambda group: {**_code_figures(group), **_digit_figures(group)})


def _times(values: Sequence[float]) -> dict[str, Any]:
    known = bool(values)
    return {
        "p50": percentile(values, 0.5) if known else None,
        "p95": percentile(values, 0.95) if known else None,
        "n": len(values),
    }
