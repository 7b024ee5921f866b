"""A network's guess of how good speech sounds to people: DNSMOS P.835, which the package speechmos carries inside."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.audio import WIDE_BAND_HZ, Audio
from bot.evaluate.channels import active_level

_MODEL: Final = Path("dnsmos_models", "sig_bak_ovr.onnx")
_WINDOW: Final = 144_160  # samples, 9.01 s
_SIG: Final = np.poly1d([-0.08397278, 1.22083953, 0.0052439])  # from the network's scale to the listeners'
_LEVEL: Final = 32768 * 10 ** (-26 / 20)  # of speech, as listening tests have it (ITU-T P.800)


class SpeechQuality:
    """The network. It was trained on noisy English calls and never on synthetic speech: compare by it only."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    def load(cls) -> SpeechQuality | None:
        """None where speechmos or onnxruntime is not installed."""
        spec = importlib.util.find_spec("speechmos")
        if spec is None or spec.origin is None or importlib.util.find_spec("onnxruntime") is None:
            return None
        import onnxruntime  # noqa: PLC0415 - an optional extra

        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        model = Path(spec.origin).parent / _MODEL  # its Python code wants librosa, for another network
        return cls(onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"]))

    def signal_mos(self, audio: Audio) -> float:
        """How undistorted the speech itself is, whatever the noise around it: 1 (very distorted) to 5 (not at all).

        Audio of less than 9 s is repeated; a longer one is the mean over windows one second apart, as in Microsoft's
        dnsmos_local.py.
        """
        samples = audio.at(WIDE_BAND_HZ).samples.astype(np.float64)
        samples *= _LEVEL / 32768 / (active_level(samples) or 1.0)
        looped = np.resize(samples, max(len(samples), _WINDOW)).astype(np.float32)
        starts = range(0, len(looped) - _WINDOW + 1, WIDE_BAND_HZ)
        raw = [self._session.run(None, {"input_1": looped[None, at : at + _WINDOW]})[0][0][0] for at in starts]
        return float(np.mean(_SIG(np.array(raw))))
