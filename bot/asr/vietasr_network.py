"""The speech network that the viet-asr package carries inside, run directly: log-probabilities and hidden states."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soxr

from bot.audio import RATE_HZ, Samples
from bot.errors import ModelError

VERSION: Final = "0.1.0.dev11"
MODEL_SHA256: Final = "b34e699e5557f87741c6fca80246267268922c9d57045602da6fdf77039f0057"
INSTALL: Final = f"Cần viet-asr {VERSION}: pip install 'nhanh8[vietasr]' viet-asr=={VERSION}"

FRAME_MS: Final = 40
LEAD_MS: Final = 300  # the network loses a first word that begins at once
HIDDEN_SIZE: Final = 448

# What goes into the layer that makes scores of tokens.
_HIDDEN: Final = "model_244/tf.math.add_365/Add"
_OUTPUTS: Final = ("output", _HIDDEN, "r_att_cache", "r_cnn_cache")
_LIBRARY: Final = {"win32": "vietasr.dll", "darwin": "libvietasr.dylib"}.get(sys.platform, "libvietasr.so")

_NETWORK_HZ: Final = 16000
_BINS: Final = 80
_CHUNK: Final = 43  # log-mel frames of 10 ms that the network sees at once
_HOP: Final = 40
_STEPS: Final = 10  # what comes out of a chunk
_MEL_PER_STEP: Final = _HOP // _STEPS
_TAIL_MS: Final = 500

# The network was trained on one loudness and never on digital silence: both cost it most of the digits.
_LOUDNESS: Final = 6000.0  # of the loudest 50 ms so far, as root mean square in int16 scale
_QUIETEST: Final = 500.0  # what is quieter is made no louder than by _LOUDNESS / _QUIETEST
_NOISE_RMS: Final = 20.0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frames:
    """40 ms frames: natural log-probabilities [frames, tokens] (token 0 is the blank), hidden states [frames, 448]."""

    log_probs: Floats
    hidden: Floats


class Network:
    """The network, loaded once; its streams may run in several threads, each on its own core.

    Chunks of streams are not put together in one call. The weights are int8 and one call quantises all that it sees
    with one scale: a stream's result would hang on what others say at that moment (by up to 1.0 in log-probability),
    for a quarter less computing with eight streams.

    Raises:
        ModelError: viet-asr, onnxruntime or kaldi-native-fbank is missing, or viet-asr is of another version.
    """

    def __init__(self) -> None:
        try:
            import kaldi_native_fbank  # noqa: F401, PLC0415 - an optional extra
            import onnxruntime  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            raise ModelError(f"Chưa cài {error.name}. Chạy: pip install 'nhanh8[vietasr]'.") from None
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        model, self.vocabulary = _packaged()
        try:
            self._session: Any = onnxruntime.InferenceSession(
                with_output(model, _HIDDEN), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - onnxruntime raises nothing narrower
            raise ModelError(f"onnxruntime không nạp được mạng của viet-asr ({error}). {INSTALL}") from None
        self._noise = _white_noise() + np.float32(2 * np.log(_NOISE_RMS))

    def open(self) -> NetworkStream:
        """A fresh stream.

        Raises:
            RuntimeError: the network is closed.
        """
        if self._session is None:
            raise RuntimeError("the network is closed")
        return NetworkStream(self._session, self._noise)

    def close(self) -> None:
        """Give the memory back when the last open stream is gone."""
        self._session = None


class NetworkStream:
    """One turn's audio; not thread-safe. It keeps all of its state."""

    def __init__(self, session: Any, noise: Floats) -> None:
        self._session = session
        self._noise = noise
        self._mel = LogMel()
        self._attention = np.zeros((1, 12, 4, 40, 224), np.float32)
        self._convolution = np.zeros((1, 12, HIDDEN_SIZE, 30), np.float32)
        self._done = 0  # chunks
        self._mel.accept(np.zeros(LEAD_MS * RATE_HZ // 1000, np.int16))

    def accept(self, samples: Samples) -> Frames:
        """Hear 8 kHz samples; returns the frames that they complete, often none. A frame is LEAD_MS late."""
        self._mel.accept(samples)
        return _joined(self._chunks())

    def finish(self) -> Frames:
        """The frames that are left, with those of half a second of silence. The stream is of no use afterwards."""
        self._mel.accept(np.zeros(_TAIL_MS * RATE_HZ // 1000, np.int16))
        self._mel.finish()
        frames = list(self._chunks())
        left = self._mel.ready - self._done * _HOP
        if left > 0:
            features = self._features(left)
            padded = np.concatenate([features, np.repeat(features[-1:], _CHUNK - left, axis=0)])
            last = self._run(padded)
            steps = left // _MEL_PER_STEP
            frames.append(Frames(last.log_probs[:steps], last.hidden[:steps]))
        return _joined(iter(frames))

    def _chunks(self) -> Iterator[Frames]:
        while self._mel.ready >= self._done * _HOP + _CHUNK:
            yield self._run(self._features(_CHUNK))

    def _features(self, count: int) -> Floats:
        """Levelled log-mel frames of the next chunk, over a floor of noise."""
        features, loudest = self._mel.frames(self._done * _HOP, count)
        gain = _LOUDNESS / max(loudest, _QUIETEST)
        levelled: Floats = np.logaddexp(features + np.float32(2 * np.log(gain)), self._noise)
        return levelled

    def _run(self, features: Floats) -> Frames:
        inputs = {
            "chunk": features[None],
            "offset": np.array([[self._done * _STEPS]], np.int64),
            "att_cache": self._attention,
            "cnn_cache": self._convolution,
        }
        log_probs, hidden, self._attention, self._convolution = self._session.run(_OUTPUTS, inputs)
        self._done += 1
        return Frames(log_probs[0], hidden[0])


class LogMel:
    """Log-mel frames of 25 ms every 10 ms, 80 bins, from 8 kHz samples; and how loud the loudest 50 ms so far were."""

    _BLOCK: Final = RATE_HZ // 100
    _WINDOW: Final = 5  # blocks

    def __init__(self) -> None:
        import kaldi_native_fbank  # noqa: PLC0415 - an optional extra

        options: Any = kaldi_native_fbank.FbankOptions()
        options.frame_opts.samp_freq = _NETWORK_HZ
        options.frame_opts.dither = 0
        options.frame_opts.snip_edges = True
        options.mel_opts.num_bins = _BINS
        options.energy_floor = 0
        self._bank: Any = kaldi_native_fbank.OnlineFbank(options)
        self._resampler: Any = soxr.ResampleStream(RATE_HZ, _NETWORK_HZ, 1, dtype="float32")
        self._rest = np.zeros(0, np.float32)  # samples of an unfinished block
        self._powers = np.zeros(self._WINDOW - 1)  # the last blocks' mean squares
        self._loudest: list[float] = []  # after each block

    @property
    def ready(self) -> int:
        """How many frames there are."""
        return int(self._bank.num_frames_ready)

    def accept(self, samples: Samples) -> None:
        pending = np.concatenate([self._rest, samples.astype(np.float32)])
        whole = len(pending) // self._BLOCK * self._BLOCK
        self._rest = pending[whole:]
        if whole:
            self._measure(pending[:whole])
            self._fill(self._resampler.resample_chunk(pending[:whole]))

    def finish(self) -> None:
        self._fill(self._resampler.resample_chunk(self._rest, last=True))
        self._bank.input_finished()

    def frames(self, start: int, count: int) -> tuple[Floats, float]:
        """Frames [count, 80], and the root mean square of the loudest 50 ms up to their end, in int16 scale."""
        features = np.stack([self._bank.get_frame(at) for at in range(start, start + count)])
        return features, self._loudest[min(start + count, len(self._loudest)) - 1]

    def _measure(self, samples: Floats) -> None:
        powers = (samples.reshape(-1, self._BLOCK).astype(np.float64) ** 2).mean(axis=1)
        known = np.concatenate([self._powers, powers])
        windows = np.convolve(known, np.full(self._WINDOW, 1 / self._WINDOW), "valid")
        before = self._loudest[-1] if self._loudest else 0.0
        self._loudest += np.maximum.accumulate(np.maximum(np.sqrt(windows), before)).tolist()
        self._powers = known[-(self._WINDOW - 1) :]

    def _fill(self, samples: Floats) -> None:
        if len(samples):
            self._bank.accept_waveform(_NETWORK_HZ, samples.tolist())


def with_output(model: bytes, tensor: str) -> bytes:
    """An ONNX model in which the float tensor of that name comes out too.

    Protocol buffers that follow each other merge: a second `graph` that holds nothing but an output adds it to the
    first.
    """
    float_tensor = _field(1, b"\x08\x01")  # TypeProto.tensor_type, elem_type FLOAT
    output = _field(1, tensor.encode()) + _field(2, float_tensor)  # ValueInfoProto: name, type
    return model + _field(7, _field(12, output))  # ModelProto.graph, GraphProto.output


def _field(number: int, body: bytes) -> bytes:
    """A length-delimited protobuf field; `number` under 16."""
    length, size = b"", len(body)
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + body


def _packaged() -> tuple[bytes, tuple[str, ...]]:
    """The ONNX model and the tokens in the order of their numbers, from inside the package's library."""
    spec = importlib.util.find_spec("vietasr")
    if spec is None or spec.origin is None:
        raise ModelError(f"Chưa cài viet-asr. {INSTALL}")
    version = importlib.metadata.version("viet-asr")
    if version != VERSION:
        raise ModelError(f"viet-asr {version} không dùng được. {INSTALL}")
    try:
        library = ctypes.CDLL(str(Path(spec.origin).parent / "_native" / _LIBRARY))
        model = _symbol(library, "vietasr_asr_model_onnx")
        vocabulary = _symbol(library, "vietasr_asr_vocab").decode()
    except (OSError, ValueError) as error:
        raise ModelError(f"viet-asr không đọc được ({error}). {INSTALL}") from None
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise ModelError(f"Mạng trong viet-asr không phải mạng đã thử. {INSTALL}")
    return model, tuple(line.rsplit(" ", 1)[0] for line in vocabulary.splitlines() if line)


def _symbol(library: ctypes.CDLL, name: str) -> bytes:
    size = ctypes.c_uint64.in_dll(library, name + "_size").value
    return bytes((ctypes.c_char * size).in_dll(library, name))


def _white_noise() -> Floats:
    """The mean log-mel frame [80] of white noise of root mean square 1 over all of the network's band."""
    bank: Any = LogMel()._bank
    bank.accept_waveform(_NETWORK_HZ, np.random.default_rng(0).standard_normal(5 * _NETWORK_HZ).tolist())
    frames = np.stack([bank.get_frame(at) for at in range(bank.num_frames_ready)])
    mean: Floats = np.log(np.exp(frames).mean(axis=0)).astype(np.float32)
    return mean


def _joined(frames: Iterator[Frames]) -> Frames:
    parts = list(frames)
    if not parts:
        return Frames(np.zeros((0, 0), np.float32), np.zeros((0, HIDDEN_SIZE), np.float32))
    return Frames(np.concatenate([p.log_probs for p in parts]), np.concatenate([p.hidden for p in parts]))
