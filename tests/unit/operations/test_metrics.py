"""What `/metrics` counts of calls, and that it never says who called or what was said."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.operations.metrics import OTHER, Metrics, Reading
from tests.unit.operations.calls import CODE, NUMBER, SPOKEN, write_call


def values(metrics: Metrics) -> dict[str, float]:
    """Each series as it stands in the text, with its value."""
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_a_call_is_counted_by_what_happened_in_it() -> None:
    metrics = Metrics()
    write_call(metrics.follow("c1"))
    seen = values(metrics)
    assert seen["nhanh8_calls_total[reset]"] == 1
    assert seen["nhanh8_call_seconds_sum"] == 42
    assert seen["nhanh8_turns_total[code][silence]"] == seen["nhanh8_turns_total[code][speech]"] == 1
    assert seen["nhanh8_turns_total[yes_no][keys]"] == 1
    assert seen["nhanh8_misses_total[code][silence]"] == 1
    assert sum(value for name, value in seen.items() if name.startswith("nhanh8_misses_total")) == 1
    for name in ("barge_ins", "resumed", "delays"):
        assert seen[f"nhanh8_{name}_total"] == 1
    assert seen["nhanh8_troubles_total[fault]"] == 1


def test_how_long_a_caller_waited_is_told_whole_and_by_part() -> None:
    metrics = Metrics()
    write_call(metrics.follow("c1"))
    seen = values(metrics)
    assert seen["nhanh8_wait_seconds_count"] == 1
    assert seen["nhanh8_wait_seconds_sum"] == pytest.approx(0.120 + 0.100 + 0.020 + 0.005)
    parts = {part: seen[f"nhanh8_turn_seconds_sum[{part}]"] for part in ("endpoint", "recognise", "decide", "render")}
    assert parts == pytest.approx({"endpoint": 0.12, "recognise": 0.1, "decide": 0.02, "render": 0.005})


def test_calls_at_once_are_kept_apart() -> None:
    metrics = Metrics()
    first, second = metrics.follow("c1"), metrics.follow("c2")
    for one, other in zip(write_call(lambda _: None), write_call(lambda _: None), strict=True):
        first(one)
        second(other)
    assert values(metrics)["nhanh8_misses_total[code][silence]"] == 2
    assert values(metrics)["nhanh8_calls_total[reset]"] == 2


def test_nothing_of_a_caller_is_in_the_text() -> None:
    metrics = Metrics()
    write_call(metrics.follow("c1"), outcome=CODE)
    text = metrics.text().decode()
    assert f'outcome="{OTHER}"' in text
    for leak in (CODE, NUMBER, SPOKEN, "không", "c1"):
        assert leak not in text


def test_what_counts_begins_at_nought_so_that_the_first_failure_is_an_increase() -> None:
    seen = values(Metrics())
    assert seen["nhanh8_calls_total[error]"] == 0
    assert seen["nhanh8_database_errors_total[accounts_busy]"] == 0
    assert seen["nhanh8_misses_total[code][not_understood]"] == 0


def test_readings_are_read_when_somebody_looks() -> None:
    metrics, lines = Metrics(), [0.0]
    metrics.read(
        [
            Reading("nhanh8_lines", "Lines.", "gauge", lambda: lines[0]),
            Reading("nhanh8_frames", "Frames.", "counter", lambda: 2 * lines[0]),
        ]
    )
    lines[0] = 3.0
    assert values(metrics)["nhanh8_lines"] == 3
    assert values(metrics)["nhanh8_frames_total"] == 6
