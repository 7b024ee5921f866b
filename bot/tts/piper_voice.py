"""A voice of Piper (`piper-tts`, an optional extra) whose two files are known by their hashes before they are used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.audio import WIDE_BAND_HZ, Audio, Samples
from bot.errors import SpeechError


@dataclass(frozen=True, slots=True)
class PiperModel:
    """`model` is an `.onnx` file with its `.onnx.json` beside it; the hashes are hexadecimal SHA-256."""

    model: Path
    model_sha256: str | None
    config_sha256: str | None

    @property
    def config(self) -> Path:
        return self.model.with_name(self.model.name + ".json")

    def read(self) -> tuple[bytes, bytes]:
        """Model and configuration, as their hashes promise. Raises SpeechError."""
        return (
            _read(self.model, self.model_sha256, "model_sha256"),
            _read(self.config, self.config_sha256, "config_sha256"),
        )


class PiperVoice:
    """Speaks sentence by sentence. `rate` 2 is twice as fast. The same text always takes the same time.

    Raises:
        SpeechError: Piper is not installed; a file is missing, is not the promised one, or is no Piper voice.
    """

    def __init__(self, files: PiperModel, *, rate: float = 1.0) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - an optional extra
            import piper  # noqa: PLC0415
            from piper.config import PhonemeType  # noqa: PLC0415
        except ImportError as error:
            raise SpeechError(f"Chưa cài {error.name}. Chạy: pip install 'nhanh8[piper]'.") from None
        # Read once: what was checked is what is loaded, and weights in a third file are not.
        model, config = files.read()
        options: Any = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._voice: Any = piper.PiperVoice(
                config=piper.PiperConfig.from_dict(json.loads(config)),
                session=onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]),
            )
        except Exception as error:  # noqa: BLE001 - onnxruntime raises nothing narrower
            raise SpeechError(f"{files.model} không phải giọng Piper dùng được ({error}). Chọn giọng khác.") from None
        kind = self._voice.config.phoneme_type
        if kind not in (PhonemeType.ESPEAK, PhonemeType.TEXT):  # the others want more, and may download it
            raise SpeechError(f"{files.config}: cần giọng có phoneme_type espeak hoặc text, không phải {kind.value}.")
        self._tuning = piper.SynthesisConfig(length_scale=self._voice.config.length_scale / rate, noise_w_scale=0.0)
        digest = hashlib.sha256(model)
        digest.update(config)
        self._name = f"piper/{files.model.stem}/{digest.hexdigest()[:12]}/rate{rate:g}"

    @property
    def name(self) -> str:
        return self._name

    def phrases(self, text: str) -> Iterator[Samples]:
        """One sentence after another, 16 kHz."""
        for sentence in self._voice.synthesize(text, self._tuning):
            yield Audio(sentence.audio_int16_bytes, sentence.sample_rate).at(WIDE_BAND_HZ).samples


def _read(file: Path, sha256: str | None, key: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SpeechError(
            f"Không đọc được {file}: {error.strerror}. Giọng Piper gồm hai tệp .onnx và .onnx.json; "
            "chép cả hai vào đó hoặc sửa bot.voice.piper.model."
        ) from None
    found = hashlib.sha256(data).hexdigest()
    if sha256 is None:
        raise SpeechError(
            f"Chưa ghi bot.voice.piper.{key}. SHA-256 của {file} là {found}; so với nơi phát hành rồi ghi vào."
        )
    if found != sha256.lower():
        raise SpeechError(
            f"{file} không phải tệp đã hẹn: SHA-256 là {found}, còn bot.voice.piper.{key} là {sha256}. "
            "Chép lại đúng tệp; nếu đổi giọng thì so với nơi phát hành rồi sửa cấu hình."
        )
    return data
