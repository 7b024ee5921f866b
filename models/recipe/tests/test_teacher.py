"""Where the teacher's sentences are cut, and where single words are cut out of them."""

from __future__ import annotations

import numpy as np
import pytest

from recipe.recordings import RATE_HZ
from recipe.teacher import DELAY_S, FRAME_S, LEAD_S, Piece, cuts, pieces

VOCABULARY = ("<blank>", "▁một", "▁hai", "▁ba", "x")
SECONDS = 4


def heard(*tokens: tuple[int, int], score: float = -0.01) -> list[Piece]:
    """Pieces of tokens at frames."""
    frames = np.zeros(int((SECONDS + LEAD_S + 0.5) / FRAME_S), np.int64)  # the teacher hears a tail too
    for frame, token in tokens:
        frames[frame] = token
    scores = np.full(len(frames), score, np.float32)
    return list(pieces(7, frames, scores, VOCABULARY, SECONDS * RATE_HZ))


def seconds(frame: float) -> float:
    return frame * FRAME_S - LEAD_S - DELAY_S


def test_a_clip_is_cut_in_the_middle_of_a_pause() -> None:
    first, second = heard((20, 1), (25, 2), (60, 3))
    assert (first.words, second.words) == (("một", "hai"), ("ba",))
    assert (first.start, first.end) == (0, second.start)
    assert first.end / RATE_HZ == pytest.approx(seconds(42.5), abs=0.001)
    assert second.end == SECONDS * RATE_HZ
    assert [middle / RATE_HZ for middle in first.middles] == pytest.approx([seconds(20), seconds(25)], abs=0.001)


def test_unsure_pieces_and_broken_words_are_left_out() -> None:
    assert heard((20, 1), score=-1.0) == []
    assert heard((20, 4), (23, 1)) == []
    assert heard() == []


def test_a_word_is_cut_half_way_to_its_neighbours() -> None:
    (piece,) = heard((20, 1), (25, 2), (29, 3))
    (two,) = cuts(piece, frozenset({"hai"}))
    assert (two.word, two.clip) == ("hai", 7)
    assert two.start / RATE_HZ == pytest.approx(seconds(22.5), abs=0.001)
    assert two.end / RATE_HZ == pytest.approx(seconds(27), abs=0.001)
