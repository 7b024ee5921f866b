"""What voiced frames amount to: 20 ms each, a caller who says 0.8 s with a pause in it, twice."""

from __future__ import annotations

import numpy as np
import pytest

from bot.evaluate.speech_marks import Flags, SpeechMarks
from bot.evaluate.voice_hearing import (
    Hearing,
    hearing,
    noise_figures,
    sound_figures,
    speech_figures,
    stops_bot,
)

# 0.6 s of line, 0.4 s of speech, 0.1 s of pause, 0.3 s of speech, 1.6 s of line
ACTIVE = np.array([False] * 30 + [True] * 20 + [False] * 5 + [True] * 15 + [False] * 80)
MARKS = SpeechMarks(ACTIVE)
START, STOP = 30, 70


def heard(*voiced: slice) -> Hearing:
    """With these frames of the second time voiced."""
    flags = np.zeros(2 * len(ACTIVE) + START, dtype=bool)
    for frames in voiced:
        flags[len(ACTIVE) :][frames] = True
    return hearing(flags, MARKS)


def flags(text: str) -> Flags:
    return np.array([each == "x" for each in text])


def test_a_perfect_detector_is_in_time() -> None:
    perfect = heard(slice(30, 50), slice(55, 70))
    assert (perfect.onset_ms, perfect.end_ms, perfect.voiced_ms) == (0, 0, 700)
    assert (perfect.active, perfect.found, perfect.cut, perfect.cut_off) == (35, 35, 0, False)
    assert perfect.ends
    assert perfect.stops == (True, True)
    assert perfect.false == 0
    assert perfect.idle > 0


def test_late_is_counted_from_the_true_start_and_early_is_no_gain() -> None:
    assert heard(slice(36, 70)).onset_ms == 120
    assert heard(slice(29, 70)).onset_ms == 0
    assert heard(slice(10, 20), slice(40, 70)).onset_ms == 200
    assert heard(slice(75, 80)).onset_ms is None


def test_the_end_is_where_the_silence_begins() -> None:
    assert heard(slice(30, 80)).end_ms == 200
    assert heard(slice(30, 65)).end_ms == -100
    assert heard(slice(30, 70), slice(80, 90)).end_ms == 400  # 200 ms of silence in between are too little
    assert heard(slice(30, 70), slice(90, 95)).end_ms == 0
    assert heard(slice(30, 180)).end_ms is None


def test_speech_lost_in_long_gaps_would_cut_the_caller_off() -> None:
    short = heard(slice(30, 40), slice(50, 70))
    assert (short.found, short.cut) == (25, 0)
    long = heard(slice(30, 40), slice(60, 70))
    assert (long.found, long.cut, long.cut_off) == (20, 15, False)
    over = heard(slice(30, 35), slice(65, 70))
    assert (over.cut, over.cut_off) == (25, True)


def test_voice_far_from_speech_is_false_and_near_it_is_not() -> None:
    assert heard(slice(30, 90)).false == 0
    assert heard(slice(30, 70), slice(100, 110)).false == 10
    assert heard(slice(0, 20)).false == 0  # the end of the first time


@pytest.mark.parametrize(
    ("voiced", "stops"),
    [("xxxxxxxxxx", True), ("xxx.xxx.xx", True), ("xx.xx.xx.x", False), ("xxxxxxx", False), ("..xxxxxxxx..", True)],
)
def test_most_of_200_ms_stop_the_bot(voiced: str, stops: bool) -> None:
    assert stops_bot(flags(voiced), 200) is stops


def test_shares_over_utterances() -> None:
    figures = speech_figures([heard(slice(30, 70)), heard(slice(38, 70)), heard(slice(30, 34)), heard()])
    assert figures["utterances"] == 4
    assert (figures["onset_100"], figures["onset_200"], figures["onset_300"]) == (0.5, 0.75, 0.75)
    assert figures["missed"] == 0.5  # 80 ms begin no turn
    assert figures["found"] == pytest.approx((35 + 27 + 4) / 140)
    assert figures["end_ms"] == {"p50": 0, "p95": 0, "n": 3}
    assert figures["stops_400"] == 0.5
    assert figures["idle"] == 0


def test_nothing_measured_is_none() -> None:
    figures = speech_figures([])
    assert figures["utterances"] == 0
    for name in ("onset_100", "missed", "found", "cut", "cut_off", "never_ends", "stops_200", "idle"):
        assert figures[name] is None


def test_noise_and_sounds() -> None:
    quiet, loud = np.zeros(500, dtype=bool), np.zeros(500, dtype=bool)
    loud[100:115] = True
    assert noise_figures([quiet, loud]) == {"windows": 2, "frames": 0.015, "stops_200": 0.5, "stops_400": 0.0}
    assert sound_figures([quiet, loud]) == {
        "sounds": 2,
        "voiced_ms": 150.0,
        "begins": 0.5,
        "stops_200": 0.5,
        "stops_400": 0.0,
    }
