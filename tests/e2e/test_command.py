"""The command line with bad input: a clear sentence, its exit code, no traceback, and nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
import wave
from pathlib import Path

import numpy as np
import pytest

from bot.audio import from_samples, silence, write_wav
from tests.e2e.command import Command, Result
from tests.e2e.conftest import ROOT

AUDIO, SETTINGS, MODEL, ACCOUNTS = 4, 3, 5, 9


@pytest.fixture(scope="module")
def demo_accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with the people of `accounts seed`."""
    seeding = Command(ROOT, tmp_path_factory.mktemp("seeded"))
    assert seeding("accounts", "seed").code == 0
    return seeding.folder


@pytest.fixture
def seeded(nhanh8: Command, demo_accounts: Path) -> Command:
    shutil.copytree(demo_accounts, nhanh8.folder, dirs_exist_ok=True)
    return nhanh8


def check_error(result: Result, code: int, *words: str) -> None:
    assert result.code == code, result.err
    assert "Traceback" not in result.err
    assert result.err.count("Lỗi:") == 1
    for word in words:
        assert word in result.err


def config_with(tmp_path: Path, bot_section: str) -> Path:
    """A copy of the project's configuration with another `bot:` section, beside the project's own folders."""
    config = tmp_path / "project" / "config.yml"
    config.parent.mkdir()
    for folder in ("nlu_data", "models", "audio_prompts"):
        (config.parent / folder).symlink_to(ROOT / folder)
    rasa_part = (ROOT / "config.yml").read_text(encoding="utf-8").split("\nbot:")[0]
    config.write_text(f"{rasa_part}\n{bot_section}", encoding="utf-8")
    return config


def stereo(path: Path) -> None:
    write_wav(path, silence(500), silence(500))


def cd_quality(path: Path) -> None:
    write_wav(path, silence(500, 44_100))


def empty(path: Path) -> None:
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, 8000, 0, "NONE", ""))


def truncated(path: Path) -> None:
    write_wav(path, from_samples(np.ones(8000)))
    path.write_bytes(path.read_bytes()[:4000])


def text(path: Path) -> None:
    path.write_text("đây không phải âm thanh", encoding="utf-8")


class TestBadRecordings:
    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (None, ["Không có tệp"]),
            (text, ["không phải tệp WAV", "ffmpeg"]),
            (stereo, ["2 kênh", "ffmpeg"]),
            (cd_quality, ["44100 Hz", "ffmpeg"]),
            (empty, ["không có âm thanh"]),
            (truncated, ["bị cắt cụt"]),
        ],
        ids=["missing", "text", "stereo", "44.1 kHz", "empty", "truncated"],
    )
    def test_says_what_is_wrong_before_anything_is_loaded(
        self, seeded: Command, tmp_path: Path, make: object, words: list[str]
    ) -> None:
        path = tmp_path / "caller.wav"
        if callable(make):
            make(path)
        check_error(seeded("call", "--caller", "0912345678", "--audio", str(path)), AUDIO, *words)


class TestBadScripts:
    @pytest.mark.parametrize(
        ("script", "words"),
        [
            ("turns:\n  - say: [a\n", ["YAML sai cú pháp"]),
            ("turns:\n  - expect: utter_nothing\n    say: đúng\n", [":2", "không có câu", "utter_nothing"]),
            ("turns:\n  - keys: 012\n", [":2", "keys", "dấu nháy"]),
            ("turns:\n  - say: a\n    keys: '1'\n", [":2", "đúng một trong"]),
        ],
        ids=["bad YAML", "unknown prompt", "unquoted digits", "two actions"],
    )
    def test_names_file_and_line(self, seeded: Command, tmp_path: Path, script: str, words: list[str]) -> None:
        path = tmp_path / "call.yml"
        path.write_text(script, encoding="utf-8")
        check_error(seeded("call", "--audio", str(path)), AUDIO, "call.yml", *words)


class TestBadSettings:
    def test_unknown_key_is_named_with_file_and_line(self, nhanh8: Command, tmp_path: Path) -> None:
        config = config_with(tmp_path, "bot:\n  calls:\n    tries: 2\n")
        lines = config.read_text(encoding="utf-8").splitlines()
        check_error(nhanh8("check", config=config), SETTINGS, f"config.yml:{lines.index('  calls:') + 1}", "bot.calls")

    def test_number_that_is_no_telephone_number_is_refused(self, seeded: Command) -> None:
        check_error(seeded("chat", "--caller", "12"), SETTINGS, "12")


class TestBadModel:
    @pytest.mark.parametrize("damage", ["missing", "corrupt"])
    def test_says_what_to_do(self, seeded: Command, tmp_path: Path, damage: str) -> None:
        model = tmp_path / "model"
        if damage == "corrupt":
            shutil.copytree(ROOT / "models/vosk-vi-phone", model)
            acoustic = model / "am/final.mdl"
            acoustic.write_bytes(acoustic.read_bytes()[:100_000])
        config = config_with(tmp_path, f"bot:\n  recogniser:\n    model: {model}\n")
        script = str(ROOT / "tests/calls/match.yml")
        check_error(seeded("call", "--audio", script, config=config), MODEL, "ô hình Vosk", str(model))


class TestBadDatabase:
    def test_no_schema_yet_says_how_to_make_one(self, nhanh8: Command) -> None:
        result = nhanh8("call", "--audio", str(ROOT / "tests/calls/match.yml"))
        check_error(result, ACCOUNTS, "nhanh8 accounts migrate")
        assert result.out == ""  # nobody was called

    def test_file_that_is_no_database_is_left_alone(self, nhanh8: Command) -> None:
        nhanh8.database.write_bytes(b"x" * 5000)
        check_error(nhanh8("accounts", "seed"), ACCOUNTS)
        assert nhanh8.database.read_bytes() == b"x" * 5000

    def test_locked_database_says_so_and_stays_as_it_was(self, seeded: Command) -> None:
        with sqlite3.connect(seeded.database) as other:
            other.execute("begin immediate")
            result = seeded("accounts", "add", "--code", "0011223344", "--phone", "0400000009", "--name", "Ai Đó")
            check_error(result, ACCOUNTS)
            other.rollback()
        assert "Ai Đó" not in seeded("accounts", "list").out

    def test_bad_row_in_a_csv_is_named_and_nothing_is_imported(self, seeded: Command, tmp_path: Path) -> None:
        roster = tmp_path / "people.csv"
        rows = ["code,phone,name,email", "0099887766,0400000008,Người Tốt,", "12,0400000007,Người Thiếu Số,"]
        roster.write_text("\n".join(rows), encoding="utf-8")
        check_error(seeded("accounts", "import", str(roster)), ACCOUNTS, "3")
        assert "Người Tốt" not in seeded("accounts", "list").out


class TestDevices:
    def test_machine_without_sound_devices_is_told_so_in_one_sentence(self, seeded: Command) -> None:
        import sounddevice  # noqa: PLC0415 - raises where PortAudio is not installed, and then talk says that

        if len(sounddevice.query_devices()):
            pytest.skip("this machine has sound devices")
        check_error(seeded("talk", "--caller", "0912345678"), 7)


class TestChat:
    def test_keyboard_conversation_shows_intent_slots_and_prompts_and_changes_no_password(
        self, seeded: Command
    ) -> None:
        before = password_hashes(seeded.database)
        typed = "cấp lại mật khẩu\nkhông một hai ba bốn năm sáu bảy tám chín\nđúng\ncảm ơn\n"
        result = seeded("chat", "--caller", "0912345678", stdin=typed)
        assert "utter_ask_reset_form_bhxh_code" in result.out
        assert "utter_password" in result.out
        assert "give_code" in result.out
        assert result.code == 23
        assert password_hashes(seeded.database) == before

    def test_withheld_number_ends_with_its_own_exit_code(self, seeded: Command) -> None:
        assert seeded("chat", stdin="").code == 22


def password_hashes(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("select password_hash from accounts order by id").fetchall()
    assert rows
    return [str(row[0]) for row in rows]
