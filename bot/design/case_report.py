"""Results of cases for people and for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.design.case_run import Failure, Played, Turn
from bot.design.cases import Case, Move
from bot.evaluate.junit import Case as JunitCase
from bot.ports import Trouble
from bot.replies import HungUp, Hypothesis, Keys, Reply, Utterance, shown

_MOST_HEARD: Final = 3  # of an n-best list


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """`voice` and `channel` are those that the caller spoke with and over; empty at text level."""

    case: Case
    played: Played = field(repr=False)
    failures: Sequence[Failure]
    seconds: float
    voice: str = ""
    channel: str = ""

    @property
    def title(self) -> str:
        spoken = f" [{self.voice}, {self.channel}]" if self.voice else ""
        return f"{self.case.name}{spoken}"

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.case.name,
            "file": str(self.case.at.file),
            "line": self.case.at.line,
            "voice": self.voice or None,
            "channel": self.channel or None,
            "passed": not self.failures,
            "failures": [
                {"file": str(each.at.file), "line": each.at.line, "message": each.message} for each in self.failures
            ],
            "transcript": list(transcript(self)),
            "seconds": round(self.seconds, 3),
        }


def transcript(result: CaseResult) -> Iterator[str]:
    """What was said and done, a line each, up to where the case failed."""
    most = result.failures[0].move if result.failures else len(result.case.moves)
    for number, move in enumerate(result.case.moves[: most + 1]):
        turns = [turn for turn in result.played.turns if turn.move == number]
        if not turns and number:
            yield _done(move, None)
        for turn in turns:
            if number:
                yield _done(move, turn)
            if turn.reply:
                yield _answered(turn.reply)


def junit_suites(results: Iterable[CaseResult]) -> dict[str, list[JunitCase]]:
    """A suite for each file."""
    suites: dict[str, list[JunitCase]] = {}
    for result in results:
        failure = "; ".join(f"{each.at}: {each.message}" for each in result.failures) or None
        case = JunitCase(name=result.title, seconds=result.seconds, failure=failure)
        suites.setdefault(result.case.at.file.stem, []).append(case)
    return suites


def _done(move: Move, turn: Turn | None) -> str:
    """What the caller did, and what of it was heard where that is something else."""
    heard = turn.heard if turn else move.does
    if isinstance(heard, Trouble):
        return f"Sự cố: {heard.value}"
    if isinstance(heard, HungUp) or heard is None:
        return "Người gọi gác máy"
    said = f"nói “{move.said}”" if isinstance(move.does, Utterance) and move.said else ""
    if isinstance(heard, Utterance):
        got = " | ".join(map(_hypothesis, heard.hypotheses[:_MOST_HEARD])) or "không ra lời nào"
        return f"Người gọi {said}" if heard == move.does and said else f"Người gọi {said or 'nói'} → máy nghe {got}"
    if isinstance(heard, Keys):
        return f"Người gọi bấm {heard.keys or '#'}"
    return f"Người gọi {said} → máy không nghe gì" if said else "Người gọi im lặng"


def _hypothesis(heard: Hypothesis) -> str:
    sure = "" if heard.confidence is None else f" ({heard.confidence:.2f})"
    return f"“{heard.text}”{sure}"


def _answered(reply: Reply) -> str:
    said = " ".join(shown(say, digits=True) for say in reply.says)
    names = ", ".join(say.prompt_id for say in reply.says)
    end = f", kết thúc: {reply.outcome.value}" if reply.outcome else ""
    return f"Trợ lý: {said} [{names}; ý định {reply.intent or '-'}, chờ {reply.expect.value}{end}]"
