"""What a detector's voiced frames amount to: one utterance, and shares over many, over noise and over sounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from bot.audio import FRAME_MS
from bot.evaluate.percentile import percentile
from bot.evaluate.speech_marks import Flags, SpeechMarks, runs

# The turn rules' own measures (bot.settings, bot.call.turns), which evaluation does not depend on.
MIN_SPEECH_MS: Final = 120  # of voice begin a turn
STOPPING_MS: Final = (200, 400)  # of mostly voiced frames stop the bot
MOSTLY: Final = 0.8
GAP_MS: Final = 200  # without voice inside speech may cut a caller off
END_SILENCE_MS: Final = 500  # without voice though MIN_SPEECH_MS of it are speech: the turn is over too early
SILENCE_MS: Final = 300  # without voice is the end of speech
NEAR_MS: Final = 500  # around speech; frames further off are the line's own
EARLY_MS: Final = 40  # voice that much before the true start is the start
ONSETS_MS: Final = (100, 200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """One utterance as a detector heard it; times from the true start and the true end."""

    onset_ms: int | None
    voiced_ms: int
    active: int  # frames of speech
    found: int  # of them voiced
    cut: int  # of them in gaps over GAP_MS
    cut_off: bool  # whether the turn would end before the caller does
    end_ms: int | None  # None: no silence before the caller speaks again
    ends: bool  # whether the end can be told: something was heard, and the line is silent for long enough
    stops: tuple[bool, ...]  # whether it would stop the bot, by STOPPING_MS
    idle: int  # frames far from speech
    false: int  # of them voiced


def hearing(voiced: Flags, marks: SpeechMarks) -> Hearing:
    """What the voiced frames of `Spoken.heard_over` make of the second time that it is said."""
    count, start, stop = len(marks.active), marks.start, marks.stop
    said = voiced[count:]
    again = len(said)
    active = np.concatenate([marks.active, np.zeros(again - count, dtype=bool)])
    onset = np.flatnonzero(voiced[count + start - EARLY_MS // FRAME_MS : count + stop])
    gaps = [
        ((last - first) * FRAME_MS, int(active[start + first : start + last].sum()))
        for value, first, last in runs(said[start:stop])
        if not value
    ]
    near = NEAR_MS // FRAME_MS
    idle = np.ones(again, dtype=bool)
    idle[:near] = idle[max(start - near, 0) : stop + near] = idle[max(again - near, 0) :] = False
    return Hearing(
        onset_ms=max(int(onset[0]) * FRAME_MS - EARLY_MS, 0) if len(onset) else None,
        voiced_ms=int(said[start:stop].sum()) * FRAME_MS,
        active=int(active.sum()),
        found=int((active & said).sum()),
        cut=sum(lost for gap_ms, lost in gaps if gap_ms > GAP_MS),
        cut_off=any(gap_ms >= END_SILENCE_MS and lost * FRAME_MS >= MIN_SPEECH_MS for gap_ms, lost in gaps),
        end_ms=_end_ms(said, start, stop),
        ends=bool(said[start:stop].any()) and (again - stop) * FRAME_MS >= 2 * SILENCE_MS,
        stops=tuple(stops_bot(said[start : stop + GAP_MS // FRAME_MS], needed) for needed in STOPPING_MS),
        idle=int(idle.sum()),
        false=int((idle & said).sum()),
    )


def stops_bot(voiced: Flags, needed_ms: int) -> bool:
    """Whether somewhere most of `needed_ms` is voiced."""
    size = needed_ms // FRAME_MS
    return len(voiced) >= size and bool(np.convolve(voiced, np.ones(size), "valid").max() >= MOSTLY * size)


def speech_figures(all_heard: Sequence[Hearing]) -> dict[str, Any]:
    """Of utterances; `idle` is the share of the line's own frames that are voiced."""
    active = sum(each.active for each in all_heard)
    idle = sum(each.idle for each in all_heard)
    ended = [each for each in all_heard if each.ends]
    ends = [each.end_ms for each in ended if each.end_ms is not None]
    long = [each for each in all_heard if each.active * FRAME_MS >= max(STOPPING_MS)]
    return {
        "utterances": len(all_heard),
        **{
            f"onset_{within}": _share(each.onset_ms is not None and each.onset_ms <= within for each in all_heard)
            for within in ONSETS_MS
        },
        "missed": _share(each.voiced_ms < MIN_SPEECH_MS for each in all_heard),
        "found": sum(each.found for each in all_heard) / active if active else None,
        "cut": sum(each.cut for each in all_heard) / active if active else None,
        "cut_off": _share(each.cut_off for each in all_heard),
        "end_ms": {"p50": _rank(ends, 0.5), "p95": _rank(ends, 0.95), "n": len(ended)},
        "never_ends": _share(each.end_ms is None for each in ended),
        **{f"stops_{needed}": _share(each.stops[at] for each in long) for at, needed in enumerate(STOPPING_MS)},
        "idle": sum(each.false for each in all_heard) / idle if idle else None,
    }


def noise_figures(windows: Sequence[Flags]) -> dict[str, Any]:
    return {
        "windows": len(windows),
        "frames": float(np.mean(np.concatenate(windows))),
        **{f"stops_{needed}": _share(stops_bot(each, needed) for each in windows) for needed in STOPPING_MS},
    }


def sound_figures(heard: Sequence[Flags]) -> dict[str, Any]:
    return {
        "sounds": len(heard),
        "voiced_ms": float(np.mean([each.sum() * FRAME_MS for each in heard])),
        "begins": _share(each.sum() * FRAME_MS >= MIN_SPEECH_MS for each in heard),
        **{f"stops_{needed}": _share(stops_bot(each, needed) for each in heard) for needed in STOPPING_MS},
    }


def _share(flags: Iterable[bool]) -> float | None:
    listed = list(flags)
    return sum(listed) / len(listed) if listed else None


def _rank(values: Sequence[float], share: float) -> float | None:
    return percentile(values, share) if values else None


def _end_ms(voiced: Flags, start: int, stop: int) -> int | None:
    """How long after the true end the silence begins that ends the turn; less than 0 if the last of it is not heard."""
    heard = np.flatnonzero(voiced[start:stop])
    last = start + int(heard[-1]) + 1 if len(heard) else start
    for value, first, end in runs(voiced[last:]):
        if not value and (end - first) * FRAME_MS >= SILENCE_MS:
            return (last + first - stop) * FRAME_MS
    return None
