"""Writes what came of whole calls into a folder: a page to look at and listen to, figures, events, and JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.audio import Audio, write_wav
from bot.errors import AudioError
from bot.evaluate import plots
from bot.evaluate.calls import HeldCall, call_figures
from bot.evaluate.junit import Case, write_junit
from bot.evaluate.listenable import sound_uri, waveform
from bot.evaluate.page import clock, number, write_page
from bot.evaluate.report import RESULT, write_json

MOST_SOUNDS: Final = 30  # calls that went wrong whose sound is on the page itself; that of the others lies beside it
_EXPECTED: Final = {"menu": "chọn việc", "code": "mã số", "yes_no": "đúng, sai", "closing": "việc khác"}
_FULL: Final = 12_000  # sample value at a waveform's edge: both sides on one scale


def write_calls_report(
    folder: Path, calls: Sequence[HeldCall], names: Mapping[str, str], made_of: Mapping[str, Any]
) -> dict[str, Any]:
    """The figures, written as result.json, junit.xml, index.html, and each call's events as events/NAME.jsonl.

    `names` says outcomes in Vietnamese; `made_of` tells about the run: `scripts`, `recordings`, `jobs` (None on a
    cluster).

    Raises:
        AudioError: a file cannot be written, or a library of the extra is not installed.
    """
    figures = {**made_of, **call_figures(calls)}
    write_json(folder / RESULT, figures)
    _write_events(folder / "events", calls)
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
        sounds={call.name: _sound(call, folder, inside=at < MOST_SOUNDS) for at, call in enumerate(wrong)},
        wrong=wrong,
    )
    return figures


def _write_events(folder: Path, calls: Sequence[HeldCall]) -> None:
    """As `nhanh8 call --events` writes them; those of an earlier report go."""
    try:
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.jsonl"):
            old.unlink()
        for call in calls:
            lines = (json.dumps(event, ensure_ascii=False) + "\n" for event in call.events)
            (folder / f"{call.name}.jsonl").write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise AudioError(f"Không ghi được vào {folder}: {error.strerror}.") from None


def _durations(calls: Sequence[HeldCall]) -> str:
    seconds = [call.duration_ms / 1000 for call in calls]
    return plots.distributions({"cuộc gọi": seconds}, "cuộc gọi dài (giây)")


def _latencies(calls: Sequence[HeldCall]) -> str | None:
    gaps: dict[str, list[float]] = {}
    for call in calls:
        for turn in call.times:
            gaps.setdefault(_EXPECTED.get(turn.expected, turn.expected), []).append(turn.gap_ms)
    label = "từ dứt lời đến tiếng đầu của trợ lý (ms)"
    return plots.distributions(gaps, label, logarithmic=True) if gaps else None


def _sound(call: HeldCall, folder: Path, *, inside: bool) -> dict[str, str] | None:
    """Both sides to see and to hear; None where nothing was recorded."""
    if not call.sides:
        return None
    longest = max(len(side.samples) for side in call.sides)
    caller, bot = (_as_long(side, longest) for side in call.sides)
    at = [] if call.wrong_at_ms is None else [(call.wrong_at_ms, f"▲ {clock(call.wrong_at_ms)}", True)]
    source = f"audio/{call.name}.wav"
    if not inside:
        write_wav(folder / source, caller, bot)
    return {
        "caller": waveform(caller, full=_FULL),
        "bot": waveform(bot, at, full=_FULL),
        "source": sound_uri(caller, bot) if inside else source,
    }


def _as_long(audio: Audio, samples: int) -> Audio:
    return Audio(audio.pcm + bytes(2 * (samples - len(audio.samples))), audio.rate_hz)
