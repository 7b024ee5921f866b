"""viet-asr behind the Recognizer port: free Vietnamese text, without grammar or confidence."""

from __future__ import annotations

import importlib
import re
import unicodedata
from typing import Any, Final

from bot.audio import RATE_HZ, Audio, silence
from bot.errors import ModelError
from bot.ports import RecognizerCapabilities
from bot.replies import Expect, Hypothesis, Utterance

# The network loses a first word that begins at once.
LEAD: Final = silence(300)

_ERRORS_ONLY: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")


class VietAsrRecognizer:
    """The model that the viet-asr package carries inside; nothing is downloaded. It hears at `rate_hz`.

    Raises:
        ModelError: the package is not installed or does not load.
    """

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self._rate_hz = rate_hz
        try:
            package: Any = importlib.import_module("vietasr")
            importlib.import_module("vietasr.ffi").native.lib.vietasr_set_log_level(_ERRORS_ONLY)
        except ImportError:
            raise ModelError("Chưa cài viet-asr. Chạy: pip install 'nhanh8[vietasr]'.") from None
        except (OSError, AttributeError) as error:
            raise ModelError(f"viet-asr không nạp được ({error}). Cài lại: pip install 'nhanh8[vietasr]'.") from None
        try:
            self._pipeline: Any = package.Pipeline.preset("transcribe")
        except RuntimeError as error:
            raise ModelError(f"viet-asr không nạp được mô hình ({error}). Cài lại gói này.") from None

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=False, confidence=False, n_best=False)

    def open(self, expect: Expect) -> VietAsrStream:
        return VietAsrStream(self._pipeline, self._rate_hz)


class VietAsrStream:
    """One turn."""

    def __init__(self, pipeline: Any, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pipeline = pipeline  # a session whose pipeline is gone takes the process with it
        session = pipeline.stream(sample_rate=rate_hz)
        self._session = session
        self._odd_byte = b""
        session.accept(LEAD.at(rate_hz).pcm)

    def accept(self, audio: Audio) -> str:
        pcm = self._odd_byte + audio.at(self._rate_hz).pcm
        even = len(pcm) // 2 * 2
        self._odd_byte = pcm[even:]
        if even:
            self._session.accept(pcm[:even])
        return _plain(self._session.partial().partial)

    def finish(self) -> Utterance:
        text = _plain(self._session.final().text)
        self._session.close()
        return Utterance((Hypothesis(text),))


def _plain(text: str) -> str:
    """Lower-case NFC words and figures, without punctuation and line ends."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", text).lower()))
