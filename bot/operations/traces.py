"""OpenTelemetry traces of calls: a span for a call, in it one for each turn, in that one for each part of the work.

Nothing that a caller said or heard is in them: numbers, closed sets of words, and times.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from bot import __version__
from bot.errors import SettingsError
from bot.events import Event, Kind, Sink
from bot.replies import Outcome

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"  # https://opentelemetry.io/docs/specs/otel/protocol/exporter/
TOLD: Final = frozenset({"prompt_id", "how", "confidence", "intent", "expect", "trouble"})  # and numbers
FAILED: Final = frozenset({Outcome.ERROR.value, Outcome.UNAVAILABLE.value})
CLOSE_WITHIN_S: Final = 3.0
NS_PER_MS: Final = 1_000_000

Now = Callable[[], int]  # nanoseconds since 1970


class Traces:
    """`follow` gives each call a listener that writes its trace; sending happens in a thread of the library's own."""

    def __init__(self, exporter: SpanExporter, now_ns: Now = time.time_ns) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an optional extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "nhanh8", "service.version": __version__}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("nhanh8")
        self._now_ns = now_ns

    @classmethod
    def to_collector(cls, address: str | None) -> Traces | None:
        """To the collector at `address`, else the environment's; None where neither is set. Raises SettingsError."""
        base = address or os.environ.get(ENDPOINT)
        if not base:
            return None
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        except ImportError:
            raise SettingsError(
                "Muốn gửi vết cuộc gọi (monitor.traces) thì cài: pip install 'nhanh8[tracing]'"
            ) from None
        return cls(OTLPSpanExporter(endpoint=base.rstrip("/") + "/v1/traces"))

    def follow(self, call: str) -> Sink:
        return _CallTrace(self, call)

    def begin(self, name: str, parent: Span | None, at_ns: int) -> Span:
        from opentelemetry.trace import set_span_in_context  # noqa: PLC0415 - an optional extra

        return self._tracer.start_span(name, set_span_in_context(parent) if parent else None, start_time=at_ns)

    def now_ns(self) -> int:
        return self._now_ns()

    def close(self) -> None:
        """Send what waits; a collector that does not take it keeps nobody waiting."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN_S)


class _CallTrace:
    """A turn begins when the bot begins to decide what to say, and ends when it begins to decide the next."""

    def __init__(self, traces: Traces, call: str) -> None:
        self._traces = traces
        self._call = traces.begin("call", None, traces.now_ns())
        self._call.set_attribute("call_id", call)
        self._turn: Span | None = None

    def __call__(self, event: Event) -> None:
        now_ns = self._traces.now_ns()
        if event.kind is Kind.DECIDED:
            self._next_turn(now_ns - _ns(event, "decide_ms"))
        span = self._turn or self._call
        if (part := _PARTS.get(event.kind)) is not None:
            name, took = part
            child = self._traces.begin(name, span, now_ns - _ns(event, took))
            child.set_attributes(_attributes(event))
            child.end(now_ns)
        elif event.kind is Kind.CALL_ENDED:
            self._end(event, now_ns)
        elif event.kind not in (Kind.CALL_STARTED, Kind.PARTIAL):
            span.add_event(event.kind.value, _attributes(event), now_ns)

    def _next_turn(self, at_ns: int) -> None:
        if self._turn is not None:
            self._turn.end(at_ns)
        self._turn = self._traces.begin("turn", self._call, at_ns)

    def _end(self, event: Event, now_ns: int) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an optional extra

        if self._turn is not None:
            self._turn.end(now_ns)
        outcome = str(event.fields["outcome"])
        self._call.set_attributes({**_attributes(event), "outcome": outcome})
        self._call.set_status(StatusCode.ERROR if outcome in FAILED else StatusCode.OK)
        self._call.end(now_ns)


_PARTS: Final = {
    Kind.HEARD: ("hear", "recognise_ms"),
    Kind.DECIDED: ("decide", "decide_ms"),
    Kind.RENDERED: ("render", "render_ms"),
}


def _attributes(event: Event) -> dict[str, Any]:
    """Numbers, and words of closed sets; no text, whatever it holds."""
    found: dict[str, Any] = {"at_ms": event.at_ms}
    for name, value in event.fields.items():
        if isinstance(value, (int, float)) or (name in TOLD and isinstance(value, str)):
            found[name] = value
    return found


def _ns(event: Event, name: str) -> int:
    took = event.fields[name]
    return int(took * NS_PER_MS) if isinstance(took, (int, float)) else 0
