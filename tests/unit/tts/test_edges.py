"""Silence cut from both ends."""

from __future__ import annotations

import numpy as np
import pytest

from bot.audio import Audio, from_samples, join, silence
from bot.tts.edges import trimmed

TONE = from_samples(6000 * np.sin(np.arange(4000) / 3))


def test_silence_is_cut_to_a_lead_and_a_tail() -> None:
    audio = trimmed(join([silence(300), TONE, silence(400)]), lead_ms=20, tail_ms=60)
    assert audio.duration_ms == pytest.approx(TONE.duration_ms + 80, abs=10)


def test_a_soft_end_stays() -> None:
    soft = from_samples(TONE.samples / 50)
    audio = trimmed(join([TONE, soft, silence(300)]), tail_ms=0)
    assert audio.duration_ms == pytest.approx(TONE.duration_ms * 2, abs=10)


@pytest.mark.parametrize("audio", [Audio(b""), silence(200), silence(5)])
def test_what_has_no_sound_stays_as_it_is(audio: Audio) -> None:
    assert trimmed(audio) == audio
