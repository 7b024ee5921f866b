"""Writes what came of whole calls into a folder: a page to look at and listen to, figures, and JUnit's XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.audio import Audio
from bot.evaluate import plots
from bot.evaluate.calls import HeldCall, call_figures
from bot.evaluate.junit import Case, write_junit
from bot.evaluate.listenable import sound_uri, waveform
from bot.evaluate.page import number, write_page
from bot.evaluate.report import RESULT, write_json

MOST_SOUNDS: Final = 12  # calls that went wrong and can be listened to on the page
_EXPECTED: Final = {"menu": "chọn việc", "code": "mã số", "yes_no": "đúng, sai", "closing": "việc khác"}
_FULL: Final = 12_000  # sample value at a waveform's edge: both sides on one scale


def write_calls_report(folder: Path, calls: Sequence[HeldCall], names: Mapping[str, str]) -> dict[str, Any]:
    """The figures, written as result.json, junit.xml and index.html; `names` says outcomes in Vietnamese.

    Raises:
        AudioError: a file cannot be written, or a library of the extra is not installed.
    """
    figures = call_figures(calls)
    write_json(folder / RESULT, figures)
    cases = [
        Case(name=call.name, seconds=call.duration_ms / 1000, failure="; ".join(call.surprises) or None)
        for call in calls
    ]
    write_junit(folder / "junit.xml", {"calls": cases})
    wrong = [call for call in calls if call.surprises]
    write_page(
        folder / "index.html",
        "calls.html",
        figures=figures,
        calls=calls,
        names=names,
        durations=_durations(calls),
        fees=plots.counts(
            {number(float(fee), unit="đồng"): count for fee, count in figures["fees"].items()}, "số cuộc gọi"
        ),
        expected=_EXPECTED,
        latencies=_latencies(calls),
        sounds={call.name: _sound(call) for call in wrong[:MOST_SOUNDS]},
        wrong=wrong,
    )
    return figures


def _durations(calls: Sequence[HeldCall]) -> str:
    seconds = [call.duration_ms / 1000 for call in calls]
    return plots.distributions({"cuộc gọi": seconds}, "cuộc gọi dài (giây)")


def _latencies(calls: Sequence[HeldCall]) -> str | None:
    gaps: dict[str, list[float]] = {}
    for call in calls:
        for turn in call.times:
            gaps.setdefault(_EXPECTED.get(turn.expected, turn.expected), []).append(turn.gap_ms)
    return plots.distributions(gaps, "từ dứt lời đến tiếng đầu của trợ lý (ms)") if gaps else None


def _sound(call: HeldCall) -> dict[str, str]:
    longest = max(len(call.caller.samples), len(call.bot.samples))
    caller, bot = (_as_long(side, longest) for side in (call.caller, call.bot))
    return {"caller": waveform(caller, full=_FULL), "bot": waveform(bot, full=_FULL), "uri": sound_uri(caller, bot)}


def _as_long(audio: Audio, samples: int) -> Audio:
    return Audio(audio.pcm + bytes(2 * (samples - len(audio.samples))), audio.rate_hz)
