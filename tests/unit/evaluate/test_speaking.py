"""How fast a synthesiser speaks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from bot.audio import RATE_HZ, Samples, silence
from bot.evaluate.speaking import Spoken, first_phrase_ms, real_time_factor, speak
from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer
from bot.tts.voices import espeak


def test_the_factor_is_computing_for_a_second_of_speech() -> None:
    spoken = [Spoken(silence(1000), 0.2, 900), Spoken(silence(3000, 16000), 0.2, 900)]
    assert real_time_factor(spoken) == pytest.approx(0.1)


def test_computing_of_the_worker_counts() -> None:
    with closing(Pyttsx3Synthesizer(espeak())) as synthesizer:
        synthesizer.synthesize("một")
        before = time.process_time()
        spoken = speak("một hai ba bốn " * 20, synthesizer)
        own_s = time.process_time() - before
    assert spoken.cpu_s > own_s
    assert spoken.audio.duration_ms > 10_000
    assert spoken.took_ms > 0


def test_only_the_first_phrase_is_waited_for() -> None:
    asked = []

    class Voice:
        def phrases(self, text: str) -> Iterator[Samples]:
            for phrase in text.split(", "):
                asked.append(phrase)
                yield np.zeros(RATE_HZ, np.int16)

    assert first_phrase_ms("xin chào, quý khách", Voice()) > 0
    assert asked == ["xin chào"]
