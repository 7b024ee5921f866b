"""What every synthesiser promises: our voice, espeak-ng (Debian's library and the wheel's), Piper, and the fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bot.audio import RATE_HZ
from bot.ports import Synthesizer
from bot.tts.prompts import DIGITS, Piece
from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer, SpeechDriver
from bot.tts.voices import espeak
from tests.contract.synthesizers import ToneSynthesizer, our_voice, tiny_piper


@pytest.fixture(scope="module", params=["average", "espeak", "espeak_wheel", "espeak_variant", "piper", "tone"])
def synthesizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesizer]:
    making: dict[str, Callable[[], SpeechDriver]] = {
        "average": our_voice,
        "espeak": espeak,
        "espeak_wheel": lambda: espeak(wheel_library=True),
        "espeak_variant": lambda: espeak("vi-vn-x-south+f2"),
        "piper": lambda: tiny_piper(tmp_path_factory.mktemp("piper")),
    }
    make = making.get(request.param)
    made = Pyttsx3Synthesizer(make()) if make else ToneSynthesizer()
    yield made
    made.close()


def test_speech_is_good_enough_for_a_telephone(synthesizer: Synthesizer) -> None:
    audio = synthesizer.synthesize("xin chào quý khách")
    assert audio.rate_hz >= RATE_HZ
    assert 500 < audio.duration_ms < 4000


def test_the_same_text_takes_the_same_time(synthesizer: Synthesizer) -> None:
    durations = [synthesizer.synthesize("mời quý khách đọc mã số").duration_ms for _ in range(3)]
    assert max(durations) - min(durations) <= 20


@pytest.mark.parametrize("digit", DIGITS, ids=lambda piece: piece.id)
def test_every_digit_is_heard(synthesizer: Synthesizer, digit: Piece) -> None:
    samples = synthesizer.synthesize(digit.text).samples.astype(float)
    assert np.sqrt((samples**2).mean()) > 300


def test_a_longer_text_takes_longer(synthesizer: Synthesizer) -> None:
    short, long = (synthesizer.synthesize(text) for text in ("xin chào", "xin chào quý khách, mời đọc mã số bảo hiểm"))
    assert long.duration_ms > short.duration_ms


def test_it_speaks_many_times_in_a_row(synthesizer: Synthesizer) -> None:
    for number in range(30):
        assert np.abs(synthesizer.synthesize(f"câu thứ {number}").samples.astype(int)).max() > 1000


def test_callers_in_many_threads_get_their_own_words(synthesizer: Synthesizer) -> None:
    texts = ["xin chào", "mời quý khách đọc mã số bảo hiểm xã hội", "xin cảm ơn quý khách"] * 2
    alone = [synthesizer.synthesize(text).duration_ms for text in texts]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda text: synthesizer.synthesize(text).duration_ms, texts))
    assert together == pytest.approx(alone, abs=20)


def test_its_voice_has_a_stable_name(synthesizer: Synthesizer) -> None:
    assert synthesizer.voice
    assert synthesizer.voice == synthesizer.voice
