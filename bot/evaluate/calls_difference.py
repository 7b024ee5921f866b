"""What got better and what got worse from one report of calls to another, and whether that is more than chance."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.errors import AudioError
from bot.evaluate.difference import Sums, change
from bot.evaluate.report import RESULT

Row = Mapping[str, Any]  # of a call, as result.json has it


def _each(_: Row) -> float:
    return 1


@dataclass(frozen=True, slots=True)
class CallRate:
    """A figure of calls: the sum of `part` over the sum of `whole`, of those calls that have a whole."""

    part: Callable[[Row], float]
    whole: Callable[[Row], float] = _each
    more_is_better: bool = False
    share: bool = False

    def sums(self, rows: Sequence[Row]) -> Sums:
        return [float(self.part(row)) for row in rows], [float(self.whole(row)) for row in rows]


CALL_RATES: Final[Mapping[str, CallRate]] = {
    "completion": CallRate(lambda row: row["completed"], more_is_better=True, share=True),
    "code_accuracy": CallRate(
        lambda row: row["code_heard"] or False,
        lambda row: row["code_heard"] is not None,
        more_is_better=True,
        share=True,
    ),
    "turns": CallRate(lambda row: row["turns"]),
    "reprompts": CallRate(lambda row: row["reprompts"]),
    "corrections": CallRate(lambda row: row["corrections"]),
    "duration_s": CallRate(lambda row: row["duration_ms"] / 1000),
    "fee_vnd": CallRate(lambda row: row["fee_vnd"]),
    "latency_ms": CallRate(lambda row: sum(row["latencies_ms"]), lambda row: len(row["latencies_ms"])),
}


def is_of_calls(folder: Path) -> bool:
    """Whether `nhanh8 evaluate calls` wrote a report there."""
    try:
        result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(result, dict) and "calls" in result


def compare_calls(first: Path, second: Path) -> dict[str, Any]:
    """Every figure over the calls that both reports have, the same caller under the same name, in JSON's types.

    `figures` are as those of `bot.evaluate.difference.compare_reports`.

    Raises:
        AudioError: a report is broken; names the file.
    """
    before, after = _rows(first), _rows(second)
    pairs = [(row, after[call]) for call, row in before.items() if call in after]
    figures = {}
    for name, rate in CALL_RATES.items():
        measured = [(was, now) for was, now in pairs if rate.whole(was) and rate.whole(now)]
        if measured:
            sums = (rate.sums([was for was, _ in measured]), rate.sums([now for _, now in measured]))
            figures[name] = change(*sums, more_is_better=rate.more_is_better, share=rate.share)
    return {
        "first": str(first),
        "second": str(second),
        "shared": len(pairs),
        "only_first": [name for name, digest in before if (name, digest) not in after],
        "only_second": [name for name, digest in after if (name, digest) not in before],
        "figures": figures,
        "now_right": [now["name"] for was, now in pairs if now["completed"] and not was["completed"]],
        "now_wrong": [now["name"] for was, now in pairs if was["completed"] and not now["completed"]],
    }


def _rows(folder: Path) -> dict[tuple[str, str], Row]:
    path = folder / RESULT
    try:
        rows: dict[tuple[str, str], Row] = {
            (row["name"], row["digest"]): row for row in json.loads(path.read_text(encoding="utf-8"))["each"]
        }
        for rate in CALL_RATES.values():
            rate.sums(list(rows.values()))
    except OSError as error:
        raise AudioError(f"Không đọc được {path}: {error.strerror}.") from None
    except (ValueError, LookupError, TypeError):
        raise AudioError(f"{path} không phải báo cáo của nhanh8 evaluate calls. Chạy lại phép đo ấy.") from None
    return rows
