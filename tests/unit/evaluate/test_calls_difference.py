"""Two reports of calls held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import AudioError
from bot.evaluate.calls_difference import compare_calls, is_of_calls


def row(name: str, **values: Any) -> dict[str, Any]:
    same = {"completed": True, "code_heard": None, "turns": 4, "reprompts": 0, "corrections": 0, "fee_vnd": 1000}
    return {"name": name, "digest": name, **same, "duration_ms": 40_000, "latencies_ms": [800, 900], **values}


def report(folder: Path, *rows: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps({"calls": len(rows), "each": rows}), encoding="utf-8")
    return folder


def test_what_many_calls_agree_on_is_more_than_chance(tmp_path: Path) -> None:
    names = [f"call-{number}" for number in range(20)]
    before = report(
        tmp_path / "a", *(row(name, completed=at > 8, latencies_ms=[900, 950]) for at, name in enumerate(names))
    )
    after = report(tmp_path / "b", *(row(name, duration_ms=30_000 + at) for at, name in enumerate(names)))
    found = compare_calls(before, after)
    json.dumps(found, allow_nan=False)
    figures = found["figures"]
    assert {name: figures[name]["verdict"] for name in figures} == {
        **dict.fromkeys(("completion", "duration_s", "latency_ms"), "better"),
        **dict.fromkeys(("turns", "reprompts", "corrections", "fee_vnd"), "chance"),
    }
    assert (figures["completion"]["first"], figures["completion"]["second"]) == (pytest.approx(11 / 20), 1)
    assert figures["completion"]["p"] == pytest.approx(2 / 2**9)
    assert figures["latency_ms"]["change"] == pytest.approx(-75)
    assert (found["now_right"], found["now_wrong"]) == (names[:9], [])
    assert compare_calls(after, before)["figures"]["completion"]["verdict"] == "worse"


def test_a_few_calls_may_be_chance(tmp_path: Path) -> None:
    names = [f"call-{number}" for number in range(4)]
    before = report(tmp_path / "a", *(row(name, completed=False, fee_vnd=2000) for name in names))
    after = report(tmp_path / "b", *(row(name) for name in names))
    assert {figure["verdict"] for figure in compare_calls(before, after)["figures"].values()} == {"chance"}


def test_only_the_same_callers_are_compared(tmp_path: Path) -> None:
    before = report(tmp_path / "a", row("a"), row("b"), row("c", code_heard=False, latencies_ms=[]))
    after = report(tmp_path / "b", row("a", digest="other"), row("c", code_heard=True, latencies_ms=[]), row("d"))
    found = compare_calls(before, after)
    assert (found["shared"], found["only_first"], found["only_second"]) == (1, ["a", "b"], ["a", "d"])
    assert (found["figures"]["code_accuracy"]["n"], found["figures"]["code_accuracy"]["change"]) == (1, 1)
    assert "latency_ms" not in found["figures"]


def test_a_report_of_something_else_is_told(tmp_path: Path) -> None:
    assert not is_of_calls(tmp_path)
    broken = report(tmp_path / "a", {"name": "a"})
    assert is_of_calls(broken)
    with pytest.raises(AudioError, match=r"result\.json không phải báo cáo của nhanh8 evaluate calls"):
        compare_calls(broken, broken)
