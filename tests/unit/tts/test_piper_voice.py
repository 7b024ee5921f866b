"""Piper's own code on a tiny voice: which files are let in, and what is said of those that are not."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.errors import SpeechError
from bot.tts.piper_voice import PiperModel, PiperVoice

pytest.importorskip("piper")

from tests.contract.tiny_piper import write_tiny_piper


def tiny(folder: Path, **changes: Any) -> PiperModel:
    """A voice and its true hashes."""
    model = write_tiny_piper(folder, **changes)
    return promised(model)


def promised(model: Path) -> PiperModel:
    files = PiperModel(model, None, None)
    return PiperModel(model, sha256(files.model), sha256(files.config))


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def samples(voice: PiperVoice, text: str) -> list[int]:
    return [len(phrase) for phrase in voice.phrases(text)]


def test_each_sentence_is_a_phrase(tmp_path: Path) -> None:
    phrases = [*PiperVoice(tiny(tmp_path)).phrases("Xin chào. Mời đọc mã số.")]
    assert len(phrases) == 2
    assert all(phrase.dtype == np.int16 for phrase in phrases)
    assert len(phrases[0]) < len(phrases[1])


def test_twice_the_rate_takes_half_the_time(tmp_path: Path) -> None:
    files = tiny(tmp_path, inference={"length_scale": 1.5})
    (slow,), (fast,) = (samples(PiperVoice(files, rate=rate), "xin chào") for rate in (1.0, 2.0))
    assert slow / fast == pytest.approx(2, abs=0.01)


def test_its_name_changes_with_either_file_and_the_rate(tmp_path: Path) -> None:
    files = tiny(tmp_path)
    names = {PiperVoice(files).name, PiperVoice(files, rate=1.1).name}
    files.config.write_text(files.config.read_text() + " ")
    names.add(PiperVoice(promised(files.model)).name)
    files.model.write_bytes(files.model.read_bytes() + b"\x62\x00")  # an empty field of a name
    names.add(PiperVoice(promised(files.model)).name)
    assert len(names) == 4


@pytest.mark.parametrize("key", ["model_sha256", "config_sha256"])
@pytest.mark.parametrize("hashed", ["0" * 64, None])
def test_a_file_that_was_not_promised_is_told_with_its_hash(tmp_path: Path, key: str, hashed: str | None) -> None:
    files = tiny(tmp_path)
    found = getattr(files, key)
    other = {"model_sha256": files.model_sha256, "config_sha256": files.config_sha256, key: hashed}
    with pytest.raises(SpeechError, match=found) as told:
        PiperVoice(PiperModel(files.model, **other))
    assert f"bot.voice.piper.{key}" in str(told.value)


def test_a_hash_may_be_written_in_capitals(tmp_path: Path) -> None:
    files = tiny(tmp_path)
    assert files.model_sha256 is not None
    PiperVoice(PiperModel(files.model, files.model_sha256.upper(), files.config_sha256))


@pytest.mark.parametrize("missing", ["tiny.onnx", "tiny.onnx.json"])
def test_a_missing_file_is_told(tmp_path: Path, missing: str) -> None:
    files = tiny(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(SpeechError, match=f"{tmp_path / missing}: .*bot.voice.piper.model"):
        PiperVoice(files)


@pytest.mark.parametrize(
    ("file", "content"),
    [("tiny.onnx", b"no model"), ("tiny.onnx.json", b"{"), ("tiny.onnx.json", b"{}"), ("tiny.onnx.json", b"[]")],
)
def test_a_promised_file_that_is_no_voice_is_told(tmp_path: Path, file: str, content: bytes) -> None:
    files = tiny(tmp_path)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(SpeechError, match="không phải giọng Piper"):
        PiperVoice(promised(files.model))


def test_a_voice_that_wants_more_than_its_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="pinyin"):
        PiperVoice(tiny(tmp_path, phoneme_type="pinyin"))


@pytest.mark.parametrize("package", ["piper", "onnxruntime"])
def test_without_the_package_it_is_said_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    files = tiny(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SpeechError, match=r"nhanh8\[piper\]"):
        PiperVoice(files)
