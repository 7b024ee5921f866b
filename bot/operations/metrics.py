"""Prometheus metrics of calls: from the one event log, each label from a closed set, never a number or text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import AccountsBusy, AccountsError
from bot.evaluate.turn_times import TurnTimes
from bot.events import Event, Kind, Sink
from bot.ports import Trouble
from bot.replies import Expect, Outcome

OTHER: Final = "other"  # a label's value that is in no closed set
HOW: Final = ("speech", "keys", "silence")  # a turn ended
PARTS: Final = ("endpoint", "recognise", "decide", "render")  # of the time that a caller waits
WHY: Final = ("silence", "not_understood")  # a question had to be asked again
TROUBLES: Final = tuple(trouble.value for trouble in Trouble)
OUTCOMES: Final = tuple(outcome.value for outcome in Outcome)
EXPECTS: Final = tuple(expect.value for expect in Expect if expect is not Expect.NOTHING)
DATABASE_CODES: Final = (AccountsError.code, AccountsBusy.code)
CALL_S: Final = (10, 20, 30, 45, 60, 90, 120, 180, 300)
WAIT_S: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a part of the bot counts by itself, read whenever somebody looks. A counter only grows."""

    name: str  # a counter's without `_total`
    what: str
    kind: Literal["gauge", "counter"]
    read: Callable[[], float]


class Metrics:
    """Everything that `/metrics` shows."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, registry=self._registry)

        self.calls = counter("nhanh8_calls", "Calls that ended.", "outcome")
        self.call_seconds = Histogram(
            "nhanh8_call_seconds", "From answer to hang-up.", buckets=CALL_S, registry=self._registry
        )
        self.turns = counter("nhanh8_turns", "Turns of callers.", "expect", "how")
        self.misses = counter("nhanh8_misses", "Turns that were not heard or not understood.", "expect", "why")
        self.barge_ins = counter("nhanh8_barge_ins", "The caller stopped the bot.")
        self.resumed = counter("nhanh8_resumed", "What stopped the bot was no answer.")
        self.delays = counter("nhanh8_delays", "The caller was asked to wait for a part that was slow.")
        self.troubles = counter("nhanh8_troubles", "The call had to end with an apology.", "trouble")
        self.wait_seconds = Histogram(
            "nhanh8_wait_seconds",
            "From the end of the caller's speech to the bot's answer.",
            buckets=WAIT_S,
            registry=self._registry,
        )
        self.turn_seconds = Histogram(
            "nhanh8_turn_seconds", "The same by part.", ["part"], buckets=WAIT_S, registry=self._registry
        )
        self.database_errors = counter("nhanh8_database_errors", "The account database failed.", "code")
        self._begin_at_nought()

    def follow(self, _call: str) -> Sink:
        """The sink for one call's events."""
        return _CallFigures(self)

    def read(self, readings: Iterable[Reading]) -> None:
        """Show these too."""
        self._registry.register(_Readings(tuple(readings)))

    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)

    def _begin_at_nought(self) -> None:
        """A series that begins with its first failure shows no increase: those that matter begin before."""
        for outcome in OUTCOMES:
            self.calls.labels(outcome)
        for expect in EXPECTS:
            for how in HOW:
                self.turns.labels(expect, how)
            for why in WHY:
                self.misses.labels(expect, why)
        for part in PARTS:
            self.turn_seconds.labels(part)
        for code in DATABASE_CODES:
            self.database_errors.labels(code)
        for trouble in TROUBLES:
            self.troubles.labels(trouble)


class _CallFigures:
    """One call's events, counted."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._times = TurnTimes()
        self._expect = OTHER
        self._how = OTHER
        self._misses = 0.0

    def __call__(self, event: Event) -> None:
        count = _COUNTING.get(event.kind)
        if count:
            count(self, event)
        turns = len(self._times.turns)
        self._times(event)
        if len(self._times.turns) > turns:
            self._wait()

    def _heard(self, event: Event) -> None:
        self._how = _one_of(HOW, event.fields["how"])
        self._metrics.turns.labels(self._expect, self._how).inc()

    def _decided(self, event: Event) -> None:
        """The dialogue counts the misses in a row: one more than before is a miss."""
        slots = event.fields["slots"]
        misses = float(slots.get("misses", 0)) if isinstance(slots, dict) else 0.0
        if misses > self._misses:
            self._metrics.misses.labels(self._expect, "silence" if self._how == "silence" else "not_understood").inc()
        self._misses = misses
        self._expect = _one_of(EXPECTS, event.fields["expect"])

    def _wait(self) -> None:
        turn = self._times.turns[-1]
        self._metrics.wait_seconds.observe(turn.gap_ms / 1000)
        for part in PARTS:
            self._metrics.turn_seconds.labels(part).observe(getattr(turn, f"{part}_ms") / 1000)

    def _ended(self, event: Event) -> None:
        self._metrics.calls.labels(_one_of(OUTCOMES, event.fields["outcome"])).inc()
        duration_ms = event.fields["duration_ms"]
        if isinstance(duration_ms, (int, float)):
            self._metrics.call_seconds.observe(duration_ms / 1000)

    def _trouble(self, event: Event) -> None:
        self._metrics.troubles.labels(_one_of(TROUBLES, event.fields["trouble"])).inc()


_COUNTING: Final[dict[Kind, Callable[[_CallFigures, Event], None]]] = {
    Kind.HEARD: _CallFigures._heard,
    Kind.DECIDED: _CallFigures._decided,
    Kind.BARGE_IN: lambda call, _: call._metrics.barge_ins.inc(),
    Kind.RESUMED: lambda call, _: call._metrics.resumed.inc(),
    Kind.DELAY: lambda call, _: call._metrics.delays.inc(),
    Kind.TROUBLE: _CallFigures._trouble,
    Kind.CALL_ENDED: _CallFigures._ended,
}


class _Readings(Collector):
    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterable[Metric]:
        for each in self._readings:
            family = CounterMetricFamily if each.kind == "counter" else GaugeMetricFamily
            yield family(each.name, each.what, value=each.read())


def _one_of(values: Iterable[str], value: object) -> str:
    return value if isinstance(value, str) and value in values else OTHER
