"""How well detectors tell people's speech from the rest of a telephone call, in figures that turns depend on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Protocol

import numpy as np

from bot.audio import FRAME_MS, SILENT_FRAME, Audio
from bot.evaluate.listening import rss_mb
from bot.evaluate.sounds import SOUND_AT_MS
from bot.evaluate.speech_marks import Flags
from bot.evaluate.trials import Kind
from bot.evaluate.voice_hearing import hearing, noise_figures, sound_figures, speech_figures
from bot.evaluate.voice_scene import LEAD_MS, Scene


class Detector(Protocol):
    """Whether 320-byte frames, in order, hold speech."""

    def is_speech(self, frame: bytes) -> bool: ...


Load = Callable[[], Detector]  # crosses to another process


def measure(load: Load, scene: Scene, channels: Sequence[str], *, seed: int) -> dict[str, Any]:
    """Everything about one detector, in JSON's types: shares from 0 to 1, None where there was nothing to measure."""
    listener = _Listener(load)
    return {
        "channels": {channel: _over(listener, scene, channel, seed) for channel in channels},
        "without_speech": {
            kind: noise_figures([listener.voiced(audio)[LEAD_MS // FRAME_MS :] for audio in audios])
            for kind, audios in scene.noises.items()
        },
        "sounds": {
            kind: sound_figures([listener.voiced(audio)[SOUND_AT_MS // FRAME_MS :] for audio in audios])
            for kind, audios in scene.sounds.items()
        },
        "frame_us": listener.frame_us,
        "rss_mb": _memory_mb(load),
    }


class _Listener:
    """Runs a fresh detector over each audio, and keeps the time that they take."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._frames = 0
        self._seconds = 0.0

    def voiced(self, audio: Audio) -> Flags:
        detector, frames = self._load(), audio.frames()
        started = time.process_time()
        flags = np.array([detector.is_speech(frame) for frame in frames], dtype=bool)
        self._seconds += time.process_time() - started
        self._frames += len(frames)
        return flags

    @property
    def frame_us(self) -> float:
        return 1e6 * self._seconds / self._frames if self._frames else math.nan


def _over(listener: _Listener, scene: Scene, channel: str, seed: int) -> dict[str, Any]:
    heard = [
        (each.trial.kind, hearing(listener.voiced(each.heard_over(channel, seed, scene.babble)), each.marks))
        for each in scene.spoken
    ]
    by_kind = {kind.value: [each for of, each in heard if of is kind] for kind in Kind}
    return {
        **speech_figures([each for _, each in heard]),
        "by_kind": {kind: speech_figures(of) for kind, of in by_kind.items() if of},
    }


def _memory_mb(load: Load) -> float | None:
    """What a process grows by when it hears with a first detector."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_growth_mb, load).result()


def _growth_mb(load: Load) -> float | None:
    before = rss_mb()
    detector = load()
    for _ in range(50):
        detector.is_speech(SILENT_FRAME)
    after = rss_mb()
    return None if before is None or after is None else after - before
