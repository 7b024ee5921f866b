"""`nhanh8 prompts record`: keys in, recordings out."""

from __future__ import annotations

import io
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bot.audio import Audio, read_wav
from bot.cli.main import app
from bot.cli.prompts_record import Session, wanted_pieces
from bot.cli.single_keys import END, ENTER
from bot.errors import DeviceError
from bot.tts.finishing import finished
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.originals import Originals
from bot.tts.prompts import DIGITS, Piece, Prompt, PromptCatalog
from bot.tts.raw_sound import RawSound
from tests.unit.cli.speaking_project import write_project
from tests.unit.tts.artist import in_a_room, said, taken
from tests.unit.tts.sound_devices import SoundDevices

CATALOG = PromptCatalog((Prompt("utter_code", "Mã là {code}, đúng không? Gọi 1900 9068"),))
GOOD = taken(in_a_room(said("digit_0")))
NOISY = taken(in_a_room(said("digit_0"), snr_db=20))
MUTED = RawSound(np.zeros((48_000, 1)), 48_000)
TAKE = ENTER * 2  # begins and ends it


class Room:
    """A microphone that hears one sound after another."""

    def __init__(self, *sounds: RawSound, plays: bool = True) -> None:
        self.sounds = list(sounds)
        self.started = 0
        self.played: list[Audio] = []
        self._plays = plays

    def start(self) -> None:
        self.started += 1

    def level_db(self) -> float:
        return -12.0

    def stop(self) -> RawSound:
        return self.sounds.pop(0)

    def play(self, audio: Audio) -> None:
        if not self._plays:
            raise DeviceError("Không phát được ra loa")
        self.played.append(audio)


class Sitting:
    """Digits 0 and 1 and a prompt are asked for, keys typed ahead."""

    def __init__(self, folder: Path, keys: str, room: Room, *pieces: Piece) -> None:
        self.library = PromptLibrary(folder / "voice", CATALOG)
        self.screen = io.StringIO()
        typed: Iterator[str | None] = iter(keys)
        session = Session(
            device=room,
            read_key=lambda _timeout_s: next(typed),
            finish=lambda _piece, sound: finished(sound, usual_ms=300),
            library=self.library,
            catalog=CATALOG,
            originals=Originals(folder / "originals"),
            console=Console(file=self.screen, width=100),
        )
        self.kept = session.run(pieces or DIGITS[:2])
        assert not list(typed), "every key was read"

    @property
    def states(self) -> list[PieceState]:
        return [self.library.state(piece) for piece in DIGITS[:2]]


def test_a_good_take_is_kept_with_enter(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, TAKE + ENTER + "q", Room(GOOD))
    assert sitting.kept == 1
    assert sitting.states == [PieceState.RECORDED, PieceState.MISSING]
    kept = sitting.library.audio(DIGITS[0], 16_000)
    assert kept == finished(GOOD, usual_ms=300).audio
    assert read_wav(tmp_path / "originals/digit_0.wav", (48_000,)).duration_ms == len(GOOD.samples) // 48


def test_what_is_kept_is_not_asked_for_again(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, TAKE + ENTER + "q", Room(GOOD))
    left = wanted_pieces(CATALOG, sitting.library, [])
    assert left[0] == DIGITS[1]
    assert len(left) == 29 + 2
    assert wanted_pieces(CATALOG, sitting.library, ["digit_0", "utter_*-1"]) == [
        DIGITS[0],
        Piece("utter_code-1", "Mã là"),
    ]


def test_a_take_that_is_not_good_is_only_kept_on_purpose(tmp_path: Path) -> None:
    again = Sitting(tmp_path, TAKE + ENTER + TAKE + "q", Room(NOISY, NOISY))
    assert again.kept == 0
    assert again.states[0] is PieceState.MISSING
    assert "ồn: nền chỉ dưới lời" in again.screen.getvalue()
    assert Sitting(tmp_path, TAKE + "g" + "b", Room(NOISY)).states == [PieceState.RECORDED, PieceState.MISSING]


def test_the_old_recording_stays_until_the_new_one_is_kept(tmp_path: Path) -> None:
    old = Sitting(tmp_path, TAKE + ENTER, Room(GOOD), DIGITS[0]).library.audio(DIGITS[0])
    retake = taken(in_a_room(said("digit_0-last")))
    for keys in (TAKE + "b", TAKE + "q", TAKE + "d" + "b", TAKE + END):
        assert Sitting(tmp_path, keys, Room(retake), DIGITS[0]).library.audio(DIGITS[0]) == old
    assert Sitting(tmp_path, TAKE + ENTER, Room(retake), DIGITS[0]).library.audio(DIGITS[0]) != old
    originals = sorted(file.name for file in (tmp_path / "originals").iterdir())
    assert originals == ["digit_0 (2).wav", "digit_0.wav"]


def test_a_broken_wav_can_be_recorded_anew(tmp_path: Path) -> None:
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice/digit_0.wav").write_bytes(b"RIFF")
    assert Sitting(tmp_path, "n" + TAKE + ENTER, Room(GOOD), DIGITS[0]).library.audio(DIGITS[0]) is not None


@pytest.mark.parametrize(("key", "takes"), [("d", 2), ("q", 1), (END, 1)])
def test_a_take_can_be_dropped_while_it_is_recorded(tmp_path: Path, key: str, takes: int) -> None:
    room = Room(NOISY, GOOD)
    sitting = Sitting(tmp_path, ENTER + key + (TAKE + ENTER if takes == 2 else ""), room, DIGITS[0])
    assert room.started == takes
    assert sitting.kept == takes - 1


def test_a_muted_microphone_is_told_and_the_piece_asked_for_again(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, TAKE + TAKE + ENTER + "q", Room(MUTED, GOOD))
    assert "Không nghe thấy ai nói" in sitting.screen.getvalue()
    assert sitting.kept == 1


def test_takes_can_be_listened_to_before_they_are_kept(tmp_path: Path) -> None:
    room = Room(GOOD)
    sitting = Sitting(tmp_path, "n" + TAKE + "nn" + ENTER + "q", room)
    assert room.played == [sitting.library.audio(DIGITS[0], 16_000)] * 2, "there was nothing to hear before the first"
    deaf = Sitting(tmp_path, "n" + "q", Room(plays=False))
    assert "Không phát được ra loa" in deaf.screen.getvalue()


def test_a_piece_is_shown_with_its_place_and_how_it_is_read(tmp_path: Path) -> None:
    pieces = (*CATALOG.recordable[10:11], *CATALOG.recordable[30:])
    screen = Sitting(tmp_path, "bbb", Room(), *pieces).screen.getvalue()
    assert "1/3  digit_0-group.wav" in screen
    assert "chữ số trước chỗ ngắt" in screen
    assert "trong câu: Mã là {code}, đúng không? Gọi 1900 9068" in screen
    assert "đọc là: đúng không? Gọi một chín không không" in screen


def test_the_meter_shows_how_loud_it_is(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path, CATALOG)
    screen = io.StringIO()
    keys = iter([ENTER, None, None, ENTER, "q"])
    Session(
        device=Room(GOOD),
        read_key=lambda _timeout_s: next(keys),
        finish=lambda _piece, sound: finished(sound, usual_ms=300),
        library=library,
        catalog=CATALOG,
        console=Console(file=screen, width=100, force_terminal=True),
    ).run(DIGITS[:1])
    assert "đang thu" in screen.getvalue()
    assert "-12 dB" in screen.getvalue()


class Artist(SoundDevices):
    """Speaks once the microphone is on, then types on."""

    def __init__(self, keyboard: int) -> None:
        super().__init__()
        self._keyboard = keyboard

    @property
    def active(self) -> bool:
        self.hear(taken(in_a_room(said("digit_0"))))
        os.write(self._keyboard, (ENTER + ENTER + "q").encode())
        return True

    @active.setter
    def active(self, _value: bool) -> None: ...


def test_the_command_records_checks_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_project(tmp_path)
    keyboard, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setitem(sys.modules, "sounddevice", Artist(keyboard))
        os.write(keyboard, ENTER.encode())
        app(["--config", str(config), "prompts", "record"], standalone_mode=False)
        first = capsys.readouterr().out
        assert "1/29  digit_0.wav" in first, "two prompts and a digit have been recorded"
        assert "giây, −16,0 LUFS, nền −" in first, first
        assert "Đã giữ 1 đoạn. Còn 28 đoạn" in first
        os.write(keyboard, b"q")
        app(["--config", str(config), "prompts", "record"], standalone_mode=False)
        assert "1/28  digit_2.wav" in capsys.readouterr().out
    os.close(keyboard)
    assert (tmp_path / "prompts/digit_0.wav").is_file()


def test_without_a_sound_card_nothing_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_project(tmp_path)
    keyboard, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setitem(sys.modules, "sounddevice", SoundDevices(opens=False))
        with pytest.raises(DeviceError, match="Không mở được micrô"):
            app(["--config", str(config), "prompts", "record"], standalone_mode=False)
    os.close(keyboard)
