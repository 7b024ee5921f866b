"""How much of a voice comes back from a recogniser."""

from __future__ import annotations

import numpy as np
import pytest

from bot.audio import RATE_HZ
from bot.evaluate.voice import from_a_handset, hear_back, measure_audio, on_the_line, words_in_place
from bot.replies import Expect, Hypothesis, Utterance
from tests.contract.recognizers import ScriptedRecognizer
from tests.unit.evaluate.packs import tone


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
    texts = ["Xin chào.", "nhấn phím tám"]
    ears = ScriptedRecognizer("xin chào", "nhấn tám")
    figures = measure_audio([(text, tone(440)) for text in texts], ears, Expect.CODE)
    assert ears.expected == [Expect.CODE] * 2
    assert (figures.texts, figures.texts_heard, figures.words, figures.words_heard) == (2, 1, 5, 4)
    assert figures.word_share == pytest.approx(0.8)
    assert figures.text_share == pytest.approx(0.5)


def test_one_text_is_heard_with_the_confidence_of_what_was_said() -> None:
    hypotheses = (Hypothesis("xin trào", 0.6), Hypothesis("xin chào", 0.3))
    heard = hear_back("Xin chào!", tone(440), ScriptedRecognizer(Utterance(hypotheses)))
    assert heard.heard == ("xin", "trào")
    assert heard.word_share == pytest.approx(0.5)
    assert heard.confidence == pytest.approx(0.3)


def test_confidence_is_zero_where_no_hypothesis_says_it() -> None:
    assert hear_back("xin chào", tone(440), ScriptedRecognizer("xin trào")).confidence == 0


@pytest.mark.parametrize(("hertz", "share"), [(120, 0), (1000, 1), (3000, 1), (3800, 0)])
def test_a_handset_leaves_its_band_only(hertz: int, share: int) -> None:
    direct, handset = (
        np.sqrt((carry(tone(hertz)).samples.astype(float) ** 2).mean()) for carry in (on_the_line, from_a_handset)
    )
    assert handset / direct == pytest.approx(share, abs=0.1)
    assert from_a_handset(tone(hertz, rate_hz=16000)).rate_hz == RATE_HZ
