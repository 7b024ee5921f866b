"""Two reports held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.audio import silence
from bot.errors import AudioError
from bot.evaluate.difference import compare_reports, read_report
from bot.evaluate.figures import engine_figures, judged
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.report import ANSWERS, RESULT, write_answers, write_json
from bot.evaluate.trials import Kind, Trial
from bot.replies import Hypothesis, Utterance

RIGHT = "không một hai ba bốn năm sáu bảy tám chín"
WRONG = RIGHT.replace("hai", "ba")


def report_of(folder: Path, texts: list[str], *, engine: str = "vosk", first: int = 0, seed: int = 1) -> Path:
    """A report of a run in which `texts` were heard for code-FIRST and those after it."""
    trials = [
        Trial(id=f"code-{number}", kind=Kind.CODE, said="0123456789", audio=silence(100))
        for number in range(first, first + len(texts))
    ]
    heard = [
        judged(trial, Answer(heard=Utterance((Hypothesis(text),)), audio_s=1, cpu_s=0.1, finish_ms=5), (10,))
        for trial, text in zip(trials, texts, strict=True)
    ]
    channels = {"g711": {"engines": {engine: engine_figures(heard, Footprint(1.0, None))}}}
    folder.mkdir()
    write_json(folder / RESULT, {"seed": seed, "channels": channels})
    write_answers(folder / ANSWERS, {"g711": {engine: heard}})
    return folder


def figures(first: Path, second: Path) -> dict[str, Any]:
    found = compare_reports(read_report(first), read_report(second))
    json.dumps(found, allow_nan=False)
    return found


def test_what_many_strings_agree_on_is_more_than_chance(tmp_path: Path) -> None:
    before = report_of(tmp_path / "a", [WRONG] * 10 + [RIGHT] * 20)
    after = report_of(tmp_path / "b", [RIGHT] * 29 + [WRONG])
    (row,) = figures(before, after)["rows"]
    accuracy, errors = row["figures"]["string_accuracy"], row["figures"]["digit_error_rate"]
    assert (accuracy["n"], accuracy["first"], accuracy["second"]) == (30, pytest.approx(2 / 3), pytest.approx(29 / 30))
    assert accuracy["p"] == pytest.approx(2 * (1 + 11) / 2**11)
    assert (accuracy["verdict"], errors["verdict"]) == ("better", "better")
    assert errors["p"] < 0.02
    assert (len(row["now_right"]), row["now_wrong"]) == (10, ["code-29"])
    (back,) = figures(after, before)["rows"]
    assert {back["figures"][name]["verdict"] for name in ("string_accuracy", "digit_error_rate")} == {"worse"}


def test_a_few_strings_may_be_chance(tmp_path: Path) -> None:
    before = report_of(tmp_path / "a", [WRONG] * 4 + [RIGHT] * 20)
    after = report_of(tmp_path / "b", [RIGHT] * 24)
    (row,) = figures(before, after)["rows"]
    assert row["figures"]["string_accuracy"]["verdict"] == "chance"
    assert row["figures"]["string_accuracy"]["p"] == pytest.approx(0.125)


def test_only_what_both_heard_is_compared_and_the_rest_is_told(tmp_path: Path) -> None:
    before = report_of(tmp_path / "a", [RIGHT] * 5)
    after = report_of(tmp_path / "b", [WRONG] * 5, first=3, engine="other")
    found = figures(before, after)
    (row,) = found["rows"]
    assert (row["engines"], row["shared"], row["only_first"], row["only_second"]) == (["vosk", "other"], 2, 3, 3)
    assert row["figures"]["string_accuracy"]["first"] == 1
    assert found["unpaired"] == {"first": [], "second": []}


def test_a_folder_without_a_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"Không có .*result\.json"):
        read_report(tmp_path)
    report = report_of(tmp_path / "a", [RIGHT])
    (report / "heard.jsonl").write_text('{"channel": "g711"}\n', encoding="utf-8")
    with pytest.raises(AudioError, match=r"heard\.jsonl không phải báo cáo"):
        read_report(report)
    (report / "heard.jsonl").unlink()
    with pytest.raises(AudioError, match=r"Không có .*heard\.jsonl"):
        read_report(report)
