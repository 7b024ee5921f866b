"""How much of a voice comes back from a recogniser."""

from __future__ import annotations

import pytest

from bot.evaluate.voice import measure_voice, words_in_place
from tests.contract.recognizers import ScriptedRecognizer
from tests.contract.synthesizers import ToneSynthesizer


@pytest.mark.parametrize(
    ("said", "heard", "count"),
    [
        ("một hai ba", "một hai ba", 3),
        ("một hai ba", "một ba", 2),
        ("một hai ba", "một hai hai ba", 3),
        ("một hai ba", "ba hai một", 1),
        ("một hai ba", "", 0),
        ("", "một", 0),
    ],
)
def test_words_are_counted_in_their_places(said: str, heard: str, count: int) -> None:
    assert words_in_place(said.split(), heard.split()) == count


def test_figures_count_words_and_whole_texts() -> None:
    figures = measure_voice(["Xin chào.", "Nhấn phím 8"], ToneSynthesizer(), ScriptedRecognizer("xin chào", "nhấn tám"))
    assert (figures.texts, figures.texts_heard, figures.words, figures.words_heard) == (2, 1, 5, 4)
    assert figures.word_share == pytest.approx(0.8)
    assert figures.text_share == pytest.approx(0.5)
