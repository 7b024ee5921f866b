"""Our own voice with the model that ships."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.errors import SpeechError
from bot.tts.average_voice import AverageVoice

MODEL = Path(__file__).parents[3] / "models" / "voice-vi-phone"
RATE_HZ = 16000


@pytest.fixture(scope="module")
def voice() -> AverageVoice:
    return AverageVoice(MODEL)


def seconds(voice: AverageVoice, text: str) -> float:
    return sum(map(len, voice.phrases(text))) / RATE_HZ


def test_a_text_comes_phrase_by_phrase_with_pauses_between(voice: AverageVoice) -> None:
    first, pause, second = voice.phrases("Xin chào quý khách, tôi nghe.")
    assert not pause.any()
    assert 0.1 < len(pause) / RATE_HZ < 0.5
    for phrase, syllables in ((first, 4), (second, 2)):
        assert phrase.dtype == np.int16
        assert 0.12 < len(phrase) / RATE_HZ / syllables < 0.5
        assert 3000 < np.abs(phrase).max() < 32000


def test_a_long_phrase_is_said_in_even_breaths_without_a_pause(voice: AverageVoice) -> None:
    breaths = list(voice.phrases("số điện thoại và mã số không khớp hoặc chưa đăng ký với cơ quan bảo hiểm xã hội"))
    assert len(breaths) > 1
    assert all(breath.any() for breath in breaths)


@pytest.mark.parametrize("text", ["", "…", "@ ?!"])
def test_a_text_without_words_is_a_moment_of_silence(voice: AverageVoice, text: str) -> None:
    (moment,) = voice.phrases(text)
    assert len(moment)
    assert not moment.any()


def test_the_same_text_is_the_same_sound(voice: AverageVoice) -> None:
    once, again = (np.concatenate(list(each.phrases("mười chữ số"))) for each in (voice, AverageVoice(MODEL)))
    assert np.array_equal(once, again)


def test_pace_pitch_and_mixture_are_settings_and_in_the_name(voice: AverageVoice) -> None:
    quick, deep = AverageVoice(MODEL, rate=1.25), AverageVoice(MODEL, mixture="low")
    assert seconds(quick, "mười chữ số") < 0.9 * seconds(voice, "mười chữ số")
    assert len({each.name for each in (voice, quick, deep, AverageVoice(MODEL, pitch_hz=200))}) == 4


def test_words_that_are_no_syllables_are_spelled(voice: AverageVoice) -> None:
    assert seconds(voice, "PGD") == seconds(voice, "pê gê dê")


def test_a_model_that_cannot_speak_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="không dùng được"):
        AverageVoice(tmp_path)
    with pytest.raises(SpeechError, match="không dùng được"):
        AverageVoice(MODEL, mixture="nobody")
    shutil.copytree(MODEL, tmp_path / "voice")
    weights = tmp_path / "voice" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(SpeechError, match="không dùng được"):
        AverageVoice(tmp_path / "voice")


def test_a_model_of_other_sounds_is_refused(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "voice")
    described = json.loads((tmp_path / "voice" / "voice.json").read_text(encoding="utf-8"))
    described["sounds"]["tone"] = ["1"]
    (tmp_path / "voice" / "voice.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(SpeechError, match="sounds"):
        AverageVoice(tmp_path / "voice")
