"""What the average voice's network is told."""

from __future__ import annotations

import numpy as np
import pytest

from bot.tts.average_frames import CONTEXT, ONSET, PARTS, PLACE, RIME, SILENCE, Segments, frames, syllables


def test_syllables_by_their_sounds() -> None:
    said = syllables(["quý", "quí", "khách"], [False] * 3)
    assert said.ids.shape == (3, len(PARTS))
    assert np.array_equal(said.ids[0], said.ids[1])
    assert not np.array_equal(said.ids[0], said.ids[2])


def test_where_pauses_are() -> None:
    said = syllables(["xin", "chào", "quý", "khách"], [False, True, False, False])
    before, after, from_start, to_end, last = said.context.T
    assert said.context.shape == (4, CONTEXT)
    assert before.tolist() == [1, 0, 1, 0]
    assert after.tolist() == [0, 1, 0, 1]
    assert (from_start * 6).round().tolist() == [0, 1, 0, 1]
    assert (to_end * 6).round().tolist() == [1, 0, 1, 0]
    assert last.tolist() == [0, 0, 0, 1]


def test_a_word_that_is_no_syllable() -> None:
    with pytest.raises(ValueError, match="zalo"):
        syllables(["zalo"], [False])


def test_frames_know_their_place() -> None:
    told = frames(Segments(np.array([SILENCE, ONSET, RIME]), np.array([0, 0, 0]), np.array([2, 1, 4])))
    assert told.kinds.tolist() == [0, 0, 1, 2, 2, 2, 2]
    assert told.places.shape == (7, PLACE)
    assert told.places[:, 0].tolist() == [0.25, 0.75, 0.5, 0.125, 0.375, 0.625, 0.875]
    assert told.places[:, -1].tolist() == [0.5, 0.5, 1.0, 0.25, 0.25, 0.25, 0.25]
