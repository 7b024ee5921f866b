"""Recordings as they came, none over another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.audio import read_wav, silence, write_wav
from bot.errors import AudioError
from bot.tts.originals import Originals
from bot.tts.prompts import Piece
from bot.tts.raw_sound import RawSound

FEE = Piece("utter_fee", "Cước gọi")


def test_a_second_take_does_not_replace_the_first(tmp_path: Path) -> None:
    write_wav(tmp_path / "take.wav", silence(100, 48_000))
    originals = Originals(tmp_path / "kept")
    originals.copy(FEE, tmp_path / "take.wav")
    originals.save(FEE, RawSound(np.zeros((9600, 1)), 48_000))
    lengths = {wav.name: read_wav(wav, (48_000,)).duration_ms for wav in (tmp_path / "kept").iterdir()}
    assert lengths == {"utter_fee.wav": 100, "utter_fee (2).wav": 200}


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match="file"):
        Originals(tmp_path / "file").copy(FEE, tmp_path / "file")
    with pytest.raises(AudioError, match="file"):
        Originals(tmp_path / "file").save(FEE, RawSound(np.zeros((9600, 1)), 48_000))
