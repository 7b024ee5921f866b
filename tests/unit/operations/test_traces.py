"""A call's trace: what it is made of, that it tells nothing of the caller, and that it reaches a collector."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.operations.traces import ENDPOINT, Traces
from tests.unit.operations.calls import CODE, NUMBER, SPOKEN, write_call


def traced(**call: str) -> list[Any]:
    """The spans of a call, in the order in which they began; each event is a second after the one before."""
    exporter = InMemorySpanExporter()
    seconds = itertools.count(1)
    traces = Traces(exporter, lambda: next(seconds) * 10**9)
    write_call(traces.follow("c1"), **call)
    traces.close()
    return sorted(exporter.get_finished_spans(), key=lambda span: span.start_time)


def test_a_call_has_turns_and_a_turn_its_parts() -> None:
    spans = traced()
    by_id = {span.context.span_id: span for span in spans}
    inside = [(span.name, by_id[span.parent.span_id].name) for span in spans if span.parent]
    assert [span.name for span in spans if span.parent is None] == ["call"]
    assert inside.count(("turn", "call")) == 4
    assert inside.count(("decide", "turn")) == inside.count(("render", "turn")) == 4
    assert inside.count(("hear", "turn")) == 3
    assert len({span.context.trace_id for span in spans}) == 1
    for span in spans:
        around = by_id.get(span.parent.span_id) if span.parent else span
        assert around.start_time <= span.start_time <= span.end_time <= around.end_time


def test_computing_takes_as_long_as_the_events_say() -> None:
    took = {span.name: span.end_time - span.start_time for span in traced()}
    assert (took["decide"], took["render"], took["hear"]) == (20_000_000, 5_000_000, 100_000_000)


def test_a_failed_call_is_an_error_and_others_are_not() -> None:
    status = {outcome: traced(outcome=outcome)[0].status.status_code.name for outcome in ("reset", "error", "hung_up")}
    assert status == {"reset": "OK", "error": "ERROR", "hung_up": "OK"}


def test_nothing_of_a_caller_is_in_a_trace() -> None:
    spans = traced()
    text = "".join(span.to_json() for span in spans)
    assert "utter_ask_reset_form_bhxh_code" in text  # there was something to search
    for leak in (CODE, NUMBER, SPOKEN, "không", "Mã số là"):
        assert leak not in text


class Collector(BaseHTTPRequestHandler):
    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    Collector.received = []
    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Collector.received
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("by", ["settings", "environment"])
def test_a_collector_gets_the_trace(
    collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    address, received = collector
    if by == "environment":
        monkeypatch.setenv(ENDPOINT, address)
    traces = Traces.to_collector(address if by == "settings" else None)
    assert traces
    write_call(traces.follow("c1"))
    traces.close()
    (path, body), *_ = received
    assert path == "/v1/traces"
    told = ExportTraceServiceRequest.FromString(body).resource_spans[0]
    assert {attribute.value.string_value for attribute in told.resource.attributes} > {"nhanh8"}
    assert {span.name for span in told.scope_spans[0].spans} == {"call", "turn", "hear", "decide", "render"}


def test_without_a_collector_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    assert Traces.to_collector(None) is None
