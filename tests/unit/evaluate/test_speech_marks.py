"""Where speech is, by its energy."""

from __future__ import annotations

import numpy as np
import pytest

from bot.audio import FRAME_SAMPLES, RATE_HZ, Audio, from_samples, join, silence
from bot.evaluate.speech_marks import runs, speech_marks
from tests.unit.evaluate.packs import tone


def on_a_line(*parts: Audio, rms: float = 12.0) -> Audio:
    """The parts over line noise, in whole frames."""
    samples = join(list(parts)).samples.astype(np.float64)
    samples = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]
    return from_samples(samples + np.random.default_rng(5).normal(0, rms, len(samples)))


def test_speech_starts_and_stops_where_it_is_loud() -> None:
    marks = speech_marks(on_a_line(silence(400), tone(500, 300), silence(200), tone(700, 200), silence(600)))
    assert marks is not None
    assert (marks.start, marks.stop) == pytest.approx((20, 55), abs=1)  # a filter rings about abrupt tones
    assert not marks.active[37:43].any()


def test_a_click_far_from_speech_is_none_of_it() -> None:
    marks = speech_marks(on_a_line(silence(200), tone(1500, 20), silence(400), tone(500, 400), silence(400)))
    assert marks is not None
    assert (marks.start, marks.stop) == pytest.approx((31, 51), abs=1)


def test_a_faint_ending_counts_as_far_as_30_db_under_the_loudest() -> None:
    faint, fainter = tone(500, 100, amplitude=200), tone(500, 100, amplitude=30)
    marks = speech_marks(on_a_line(silence(400), tone(500, 300, amplitude=3000), faint, fainter, silence(400), rms=1))
    assert marks is not None
    assert marks.stop == 40


@pytest.mark.parametrize("audio", [on_a_line(silence(1000)), tone(500, 1000), Audio(b""), silence(40)])
def test_what_does_not_stand_out_has_no_marks(audio: Audio) -> None:
    assert speech_marks(audio) is None


def test_hum_outside_of_the_telephone_band_hides_nothing() -> None:
    speech = on_a_line(silence(400), tone(500, 300), silence(300))
    hum = 2000 * np.sin(2 * np.pi * 50 * np.arange(len(speech.samples)) / RATE_HZ)
    marks = speech_marks(from_samples(speech.samples + hum))
    assert marks is not None
    assert (marks.start, marks.stop) == pytest.approx((20, 35), abs=1)


def test_runs_are_in_order_and_cover_everything() -> None:
    assert runs(np.array([False, True, True, False])) == [(False, 0, 1), (True, 1, 3), (False, 3, 4)]
    assert runs(np.zeros(0, dtype=bool)) == []
