"""A detector by energy is measured on tones: the figures say what it does."""

from __future__ import annotations

import numpy as np
import pytest

from bot.evaluate.recordings import read_clips
from bot.evaluate.voice_activity import measure
from bot.evaluate.voice_scene import LEAD_MS, WINDOW_MS, Scene, voice_scene
from tests.unit.evaluate.packs import write_folder


class Loudness:
    """Speech is what is loud."""

    def is_speech(self, frame: bytes) -> bool:
        return float(np.sqrt(np.mean(np.frombuffer(frame, "<i2").astype(float) ** 2))) > 200


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    table = write_folder(tmp_path_factory.mktemp("people"))
    return voice_scene(read_clips(table), most=3, windows=1, seed=8)


def test_a_scene_has_utterances_with_marks_noises_and_sounds(scene: Scene) -> None:
    assert {spoken.trial.kind.value for spoken in scene.spoken} >= {"code", "digit"}
    assert scene.unclear > 0  # a tone that fills its clip
    for spoken in scene.spoken:
        heard = spoken.heard_over("g711", 8, None)
        assert heard.duration_ms == 2 * spoken.audio.duration_ms + spoken.marks.start * 20
    assert {"line 20 dB", "street 10 dB"} <= set(scene.noises)
    assert all(audio.duration_ms == LEAD_MS + WINDOW_MS for audios in scene.noises.values() for audio in audios)
    assert "cough" in scene.sounds


def test_loud_tones_are_heard_and_loud_noise_too(scene: Scene) -> None:
    figures = measure(Loudness, scene, ["g711", "noise10"], seed=8)
    clear = figures["channels"]["g711"]
    assert (clear["onset_100"], clear["missed"], clear["cut"], clear["never_ends"]) == (1, 0, 0, 0)
    assert clear["found"] > 0.95
    assert abs(clear["end_ms"]["p50"]) <= 20
    assert clear["by_kind"]["code"]["utterances"] == 3
    assert figures["channels"]["noise10"]["idle"] > 0.9
    assert figures["without_speech"]["line 30 dB"]["frames"] == 0
    assert figures["without_speech"]["line 20 dB"]["stops_400"] == 1
    assert figures["sounds"]["burst-400"]["begins"] == 1
    assert figures["frame_us"] > 0
    assert figures["rss_mb"] is None or figures["rss_mb"] >= 0
