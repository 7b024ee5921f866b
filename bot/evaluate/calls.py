"""How whole calls went: collected from their events, and figures over many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from bot.audio import Audio
from bot.evaluate.chance import interval, spread_intervals
from bot.evaluate.percentile import percentile
from bot.evaluate.turn_times import TurnTime, TurnTimes
from bot.events import Event, Kind, Mask, Personal, masked
from bot.replies import Outcome

# Notices of the dialogue about a code that is being put right, and about one of which more is to come.
_CORRECTING: Final = frozenset({"denied", "corrected", "correcting", "unclear_correction"})
_GOING_ON: Final = "partial"
_ASKED_FOR: Final = "repeat"  # the intent of a caller who wants to hear it again


class Who(str, Enum):
    CALLER = "caller"
    BOT = "bot"
    EVENT = "event"
    SURPRISE = "surprise"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a call's transcript, personal text masked; `detail` is what the bot made of it.

    `from_ms` is where to begin to listen.
    """

    at_ms: int
    who: Who
    text: str
    detail: str = ""
    from_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCall:
    """A call that was held. `surprises` is what went otherwise than expected; without any the call went well.

    `digest` names what the caller did: the same in two reports, the same caller. `reprompts` are turns after which the
    bot had to ask the same thing again, `corrections` those that put the code right. `code_heard` says whether the bot
    got the code that was said, None where that was not told. `wrong_at_ms` is when the first surprise came, and `slots`
    what the bot knew then, or at the end. `events` are plain JSON values, personal text masked. `sides` are caller and
    bot as recorded, silent while a secret was spoken: kept of calls with surprises only.
    """

    name: str
    title: str
    digest: str
    outcome: str
    duration_ms: int
    fee_vnd: int
    turns: int
    reprompts: int
    corrections: int
    times: Sequence[TurnTime]
    surprises: Sequence[str]
    lines: Sequence[Line]
    code_heard: bool | None = None
    wrong_at_ms: int | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    events: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    sides: tuple[Audio, Audio] | None = field(default=None, repr=False)


class CallLog:
    """An event sink for one call that writes down what happened; `mask` hides numbers. `surprises` may grow meanwhile:
    put the log behind the sink that adds to them.
    """

    def __init__(self, mask: Mask, surprises: Sequence[str]) -> None:
        self.lines: list[Line] = []
        self.events: list[dict[str, object]] = []
        self.reprompts = self.corrections = 0
        self.slots: Mapping[str, str] = {}
        self.wrong_at_ms: int | None = None
        self._mask = mask
        self._surprises = surprises
        self._told = 0
        self._times = TurnTimes()
        self._asked: str | None = None
        self._began_ms: int | None = None  # the speech of the turn
        self._pending = ""  # what the bot made of the turn, until it says something

    @property
    def times(self) -> list[TurnTime]:
        return self._times.turns

    def __call__(self, event: Event) -> None:
        self._times(event)
        plain = masked(event, self._mask)
        self.events.append(plain)
        write = _WRITERS.get(event.kind)
        if event.kind is Kind.SPEECH and self._began_ms is None:
            self._began_ms = event.at_ms
        elif event.kind is Kind.DECIDED:
            self._decided(plain)
        elif event.kind is Kind.RENDERED:
            self._add(event.at_ms, Who.BOT, str(plain["text"]), self._pending)
        elif write:
            who, text = write(plain)
            self._add(event.at_ms, who, text)
        if self._surprises and self.wrong_at_ms is None:
            self.wrong_at_ms = event.at_ms
        for surprise in self._surprises[self._told :]:
            self._add(event.at_ms, Who.SURPRISE, surprise)
        self._told = len(self._surprises)

    def _add(self, at_ms: int, who: Who, text: str, detail: str = "") -> None:
        began_ms = self._began_ms if who is Who.CALLER else None
        self.lines.append(Line(at_ms, who, text, detail, at_ms if began_ms is None else began_ms))
        if who is Who.CALLER:
            self._began_ms = None

    def _decided(self, plain: Mapping[str, Any]) -> None:
        slots: Mapping[str, str] = plain["slots"]
        asks, notice = slots.get("requested_slot"), slots.get("notice")
        if self._asked is not None and plain["intent"] != _ASKED_FOR:
            self.corrections += notice in _CORRECTING
            self.reprompts += asks == self._asked and notice not in {*_CORRECTING, _GOING_ON}
        self._asked = asks
        if self.wrong_at_ms is None:
            self.slots = slots
        kept = [f"{name} = {value}" for name, value in slots.items() if name != "requested_slot"]
        self._pending = "; ".join([f"ý định {plain['intent']}", f"chờ {plain['expect']}", *kept])


class CodeWatch:
    """An event sink for one call in which a code is said: was it read back, or a password given for it?

    If not, that is one of the `surprises` at the call's end.
    """

    def __init__(self, code: str, surprises: list[str]) -> None:
        self.heard = False
        self._code = code
        self._surprises = surprises

    def __call__(self, event: Event) -> None:
        text = event.fields.get("text")
        if event.kind is Kind.RENDERED and isinstance(text, Personal):
            self.heard |= self._code in text.text
        elif event.kind is Kind.CALL_ENDED:
            self.heard |= event.fields["outcome"] == Outcome.RESET.value
            if not self.heard:
                self._surprises.append("trợ lý không lần nào đọc lại đúng mã số đã nói")


def call_figures(calls: Sequence[HeldCall]) -> dict[str, Any]:
    """Everything about calls that were held, in JSON's types; shares from 0 to 1, None where nothing was measured."""
    went_well = [float(not call.surprises) for call in calls]
    codes = [float(call.code_heard) for call in calls if call.code_heard is not None]
    expected = dict.fromkeys(turn.expected for call in calls for turn in call.times)
    return {
        "calls": len(calls),
        "completed": int(sum(went_well)),
        "completion": sum(went_well) / len(calls) if calls else None,
        "completion_interval": interval(went_well, [1] * len(calls)),
        "codes": len(codes),
        "code_accuracy": sum(codes) / len(codes) if codes else None,
        "code_accuracy_interval": interval(codes, [1] * len(codes)),
        "outcomes": dict(Counter(call.outcome for call in calls).most_common()),
        "turns": _spread([[call.turns] for call in calls]),
        "reprompts": _spread([[call.reprompts] for call in calls]),
        "corrections": _spread([[call.corrections] for call in calls]),
        "duration_s": _spread([[call.duration_ms / 1000] for call in calls]),
        "fee_vnd": _spread([[call.fee_vnd] for call in calls]),
        "fees": {str(fee): count for fee, count in sorted(Counter(call.fee_vnd for call in calls).items())},
        "latency_ms": _spread([[turn.gap_ms for turn in call.times] for call in calls]),
        "latency_ms_by_expected": {
            name: _spread([[turn.gap_ms for turn in call.times if turn.expected == name] for call in calls])
            for name in expected
        },
        "computing_ms": _spread([[turn.gap_ms - turn.endpoint_ms for turn in call.times] for call in calls]),
        "each": [_row(call) for call in calls],
    }


def _row(call: HeldCall) -> dict[str, Any]:
    return {
        "name": call.name,
        "digest": call.digest,
        "outcome": call.outcome,
        "completed": not call.surprises,
        "surprises": list(call.surprises),
        "wrong_at_ms": call.wrong_at_ms,
        "code_heard": call.code_heard,
        "turns": call.turns,
        "reprompts": call.reprompts,
        "corrections": call.corrections,
        "duration_ms": call.duration_ms,
        "fee_vnd": call.fee_vnd,
        "latencies_ms": [round(turn.gap_ms, 1) for turn in call.times],
    }


def _spread(groups: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Of all values; each group holds those of one call."""
    values = [value for group in groups for value in group]
    if not values:
        return {"n": 0, "mean": None, "p50": None, "p95": None, "most": None, "intervals": {}}
    return {
        "n": len(values),
        "mean": sum(values) / len(values),
        "p50": percentile(values, 0.5),
        "p95": percentile(values, 0.95),
        "most": max(values),
        "intervals": spread_intervals(groups),
    }


_HOW: Final = {"speech": "nói", "keys": "bấm phím", "silence": "im lặng"}


def _heard(plain: Mapping[str, Any]) -> tuple[Who, str]:
    sure = plain["confidence"]
    said = f": “{plain['text']}”" if plain["text"] else ""
    return Who.CALLER, _HOW[plain["how"]] + said + (f" (tin {100 * sure:.0f} %)" if sure is not None else "")


_WRITERS: Final[Mapping[Kind, Callable[[Mapping[str, Any]], tuple[Who, str]]]] = {
    Kind.HEARD: _heard,
    Kind.BARGE_IN: lambda plain: (Who.EVENT, f"người gọi ngắt lời câu {plain['prompt_id']}"),
    Kind.RESUMED: lambda _: (Who.EVENT, "trợ lý nói tiếp"),
    Kind.PASSWORD_HEARD: lambda _: (Who.EVENT, "đã đọc xong mật khẩu lần đầu: mật khẩu mới có hiệu lực"),
    Kind.CALL_ENDED: lambda plain: (Who.EVENT, f"kết thúc: {plain['outcome']}"),
}
