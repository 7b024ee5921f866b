"""The recording of a call: both sides, and no secret on either."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from bot.audio import SILENT_FRAME, Audio
from bot.call.recording import Recording
from bot.errors import AudioError
from tests.contract.calls import LOUD_FRAME, level

BOT = level(20, 1000).pcm


def test_both_sides_are_kept_in_step() -> None:
    recording = Recording()
    recording.add(LOUD_FRAME, SILENT_FRAME, secret=False)
    recording.add(SILENT_FRAME, BOT, secret=False)
    assert recording.caller == Audio(LOUD_FRAME + SILENT_FRAME)
    assert recording.bot == Audio(SILENT_FRAME + BOT)


def test_while_a_secret_is_spoken_neither_side_is_kept() -> None:
    recording = Recording()
    for secret in (False, True, False):
        recording.add(LOUD_FRAME, BOT, secret=secret)
    assert recording.caller.frames() == [LOUD_FRAME, SILENT_FRAME, LOUD_FRAME]
    assert recording.bot.frames() == [BOT, SILENT_FRAME, BOT]


def test_a_saved_recording_has_the_caller_left_and_the_bot_right(tmp_path: Path) -> None:
    recording = Recording()
    recording.add(LOUD_FRAME, BOT, secret=False)
    recording.save(tmp_path / "new" / "call.wav")
    with wave.open(str(tmp_path / "new" / "call.wav")) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getnframes()) == (2, 8000, 160)
        both = np.frombuffer(wav.readframes(160), dtype="<i2").reshape(-1, 2)
    assert both[:, 0].tobytes() == LOUD_FRAME
    assert both[:, 1].tobytes() == BOT


def test_a_recording_that_cannot_be_saved_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AudioError, match=r"Không ghi được .*file/call.wav"):
        Recording().save(tmp_path / "file" / "call.wav")
