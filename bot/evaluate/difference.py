"""What got better and what got worse from one report to another, and whether that is more than chance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from bot.errors import AudioError
from bot.evaluate.chance import SURE, difference, mcnemar, sign_flips
from bot.evaluate.edits import Edits
from bot.evaluate.report import ANSWERS, RESULT
from bot.evaluate.scores import RATES, Rate, Score, ratio
from bot.evaluate.trials import Kind

TIMES: Final = ("rtf", "finish_p50_ms", "finish_p95_ms")

Sums = tuple[Sequence[float], Sequence[float]]  # parts and wholes, item by item
Item = tuple[str, str, str]  # id, what was said, and the name of its sound


class Verdict(str, Enum):
    BETTER = "better"
    WORSE = "worse"
    CHANCE = "chance"  # the difference, if any, may be chance


@dataclass(frozen=True, slots=True)
class Report:
    """A folder that `nhanh8 evaluate digits` wrote: its result.json, and the scores by channel and engine."""

    folder: Path
    result: Mapping[str, Any]
    scores: Mapping[tuple[str, str], Mapping[Item, Score]]


def read_report(folder: Path) -> Report:
    """Raises AudioError: it is none, or is broken; names the file."""
    path = folder / RESULT
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        path = folder / ANSWERS
        scores: dict[tuple[str, str], dict[Item, Score]] = {}
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            own = scores.setdefault((line["channel"], line["engine"]), {})
            own[line["id"], line["said"], line["sound"]] = _score(line)
        report = Report(folder, result, scores)
        for which in scores:
            _times(report, which)
    except FileNotFoundError:
        raise AudioError(f"Không có {path}. Tạo báo cáo bằng: nhanh8 evaluate digits … --out {folder}") from None
    except OSError as error:
        raise AudioError(f"Không đọc được {path}: {error.strerror}.") from None
    except (ValueError, LookupError, TypeError):
        raise AudioError(f"{path} không phải báo cáo của nhanh8 evaluate digits. Chạy lại phép đo ấy.") from None
    return report


def compare_reports(first: Report, second: Report) -> dict[str, Any]:
    """Every figure of every channel and engine that both have, over the trials that both heard, in JSON's types.

    `rows` has a row for each channel and engine, `figures` in it `first`, `second`, the `change` with its 95 % interval
    (paired bootstrap), `p` (of shares of trials McNemar's exact test, else sign flips) and the verdict. `unpaired` are
    channels and engines of one report only.
    """
    pairs = _pairs(first, second)
    return {
        "first": str(first.folder),
        "second": str(second.folder),
        "seeds": [first.result["seed"], second.result["seed"]],
        "rows": [_row(first, second, one, other) for one, other in pairs],
        "unpaired": {
            "first": [list(each) for each in first.scores if each not in [one for one, _ in pairs]],
            "second": [list(each) for each in second.scores if each not in [other for _, other in pairs]],
        },
    }


def _pairs(first: Report, second: Report) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Channels and engines of one name; where each report has a single engine, the two are held together anyway."""
    engines = [{engine for _, engine in report.scores} for report in (first, second)]
    alone = all(len(names) == 1 for names in engines)
    return [
        ((channel, engine), other)
        for channel, engine in first.scores
        for other in second.scores
        if other[0] == channel and (alone or other[1] == engine)
    ]


def _row(first: Report, second: Report, one: tuple[str, str], other: tuple[str, str]) -> dict[str, Any]:
    before, after = first.scores[one], second.scores[other]
    shared = [item for item in before if item in after]
    was, now = [before[item] for item in shared], [after[item] for item in shared]
    return {
        "channel": one[0],
        "engines": [one[1], other[1]],
        "shared": len(shared),
        "only_first": len(before) - len(shared),
        "only_second": len(after) - len(shared),
        "figures": {name: _figure(rate, was, now) for name, rate in RATES.items() if rate.sums(was)[0]},
        "times": {name: times for name, *times in zip(TIMES, _times(first, one), _times(second, other), strict=True)},
        "now_right": [item[0] for item in shared if after[item].right and not before[item].right],
        "now_wrong": [item[0] for item in shared if before[item].right and not after[item].right],
    }


def _figure(rate: Rate, was: Sequence[Score], now: Sequence[Score]) -> dict[str, Any]:
    return change(rate.sums(was), rate.sums(now), more_is_better=rate.more_is_better, share=not rate.of_digits)


def change(before: Sums, after: Sums, *, more_is_better: bool, share: bool) -> dict[str, Any]:
    """What became of parts over wholes, of the same items in the same order; `share`: each part is 0 or 1, of 1.

    In JSON's types: see `compare_reports`.
    """
    first, second = ratio(before) or 0.0, ratio(after) or 0.0
    low, high = difference(before, after)
    p = _p(before[0], after[0]) if share else sign_flips(_differences(before, after))
    certain = p < 1 - SURE and (share or not low <= 0 <= high)
    better = (second > first) is more_is_better
    return {
        "n": len(before[0]),
        "first": first,
        "second": second,
        "change": second - first,
        "interval": (low, high),
        "p": p,
        "verdict": (Verdict.CHANCE if not certain else Verdict.BETTER if better else Verdict.WORSE).value,
    }


def _p(before: Sequence[float], after: Sequence[float]) -> float:
    pairs = list(zip(before, after, strict=True))
    return mcnemar(sum(one > other for one, other in pairs), sum(one < other for one, other in pairs))


def _differences(before: Sums, after: Sums) -> list[float]:
    """Item by item."""
    return [b / b_of - a / a_of for a, a_of, b, b_of in zip(*before, *after, strict=True)]


def _times(report: Report, which: tuple[str, str]) -> tuple[float | None, ...]:
    row = report.result["channels"][which[0]]["engines"][which[1]]
    return row["rtf"], row["finish_ms"]["p50"], row["finish_ms"]["p95"]


def _score(line: Mapping[str, Any]) -> Score:
    kind = Kind(line["kind"])
    return Score(
        kind=kind,
        digits=len(line["said"]) if kind in (Kind.CODE, Kind.DIGIT) else 0,
        edits=Edits(substituted=line["substituted"], inserted=line["inserted"], deleted=line["deleted"]),
        right=line["right"],
        among=line["among"],
        accepted=line["accepted"],
    )
