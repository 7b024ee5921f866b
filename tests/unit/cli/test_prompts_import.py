"""`nhanh8 prompts import`: a folder is checked, and only what is good is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from bot.app import prompt_library
from bot.audio import read_wav
from bot.cli.main import app
from bot.settings import load_settings
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.prompts import DIGITS, Position, digit_take
from tests.unit.cli.speaking_project import write_project
from tests.unit.tts.artist import in_a_room, said, taken

LAST_FIVE = digit_take(DIGITS[5], Position.LAST)


def library(folder: Path) -> PromptLibrary:
    return prompt_library(load_settings(folder / "config.yml"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """With a folder of takes: two are good, one says another digit, one has no name, one a telephone's rate."""
    write_project(tmp_path)
    (tmp_path / "takes").mkdir()
    record(tmp_path, "digit_2", "digit_2")
    record(tmp_path, "digit_5-last", "digit_5-last")
    record(tmp_path, "digit_1", "digit_7")
    record(tmp_path, "digitt_3", "digit_3")
    record(tmp_path, "digit_4", "digit_4", rate_hz=8000)
    (tmp_path / "takes/notes.txt").touch()
    return tmp_path


def record(project: Path, name: str, piece: str, *, rate_hz: int = 48_000) -> None:
    sound = taken(in_a_room(said(piece)), rate_hz)
    soundfile.write(project / f"takes/{name}.wav", np.tile(sound.samples, 2), rate_hz, subtype="PCM_24")


def imported(project: Path, *options: str) -> Result:
    command = ["--config", str(project / "config.yml"), "prompts", "import", str(project / "takes"), *options]
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, command)


def told(result: Result) -> str:
    """Without the table's lines, however wide it is."""
    return " ".join(result.stdout.replace("│", " ").split())


def test_good_takes_are_kept_and_the_rest_only_when_somebody_accepts_it(project: Path) -> None:
    (project / "prompts/digit_2.wav").write_bytes(b"RIFF, broken")
    before = (project / "prompts/digit_1.wav").read_bytes()
    first = imported(project)
    assert first.exit_code == 1, first.output
    assert "Đã lấy 2 tệp, 0 tệp có từ trước, 3 tệp bị chê." in first.stdout
    assert "“một” nghe ra “bảy”" in told(first)
    assert "không có đoạn digitt_3, hay là digit_3?" in told(first)
    assert "8000 Hz; cần từ 16000 Hz" in told(first)
    states = [library(project).state(piece) for piece in (DIGITS[2], LAST_FIVE, DIGITS[4])]
    assert states == [PieceState.RECORDED, PieceState.RECORDED, PieceState.MISSING]
    assert read_wav(project / "prompts/digit_2.wav", (16_000,)).duration_ms < 600
    assert "digit_2:" in (project / "prompts/manifest.yml").read_text(encoding="utf-8")
    assert (project / "prompts/digit_1.wav").read_bytes() == before

    second = imported(project, "--accept", "digit_1", "--originals", str(project / "originals"))
    assert second.exit_code == 1, "two files can never be used"
    assert "Đã lấy 1 tệp, 2 tệp có từ trước, 2 tệp bị chê." in second.stdout
    assert "vẫn lấy, thay bản người thu cũ" in told(second)
    assert (project / "prompts/digit_1.wav").read_bytes() != before
    originals = [file.name for file in (project / "originals").iterdir()]
    assert originals == ["digit_1.wav"]
    assert (project / "originals/digit_1.wav").read_bytes() == (project / "takes/digit_1.wav").read_bytes()


def test_a_dry_run_writes_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    done = imported(project, "--dry-run", "--originals", str(project / "originals"))
    assert done.exit_code == 1
    assert "Sẽ lấy 2 tệp" in done.stdout
    assert sorted(project.rglob("*")) == before


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    """`utter_known` is said as it is written, `utter_other` is not."""
    write_project(tmp_path)
    (tmp_path / "takes").mkdir()
    gap = np.zeros(2000)
    one_two_three = np.concatenate([said("digit_1"), gap, said("digit_2"), gap, said("digit_3")])
    for name in ("utter_known", "utter_other"):
        soundfile.write(tmp_path / f"takes/{name}.wav", in_a_room(one_two_three), 16_000)
    return tmp_path


def test_a_sentences_words_are_heard_where_viet_asr_is_installed(sentences: Path) -> None:
    pytest.importorskip("vietasr")
    done = imported(sentences)
    assert "Đã lấy 1 tệp, 0 tệp có từ trước, 1 tệp bị chê." in done.stdout, done.output
    assert "nghe ra “một hai ba”" in done.stdout


def test_without_viet_asr_a_sentences_words_are_not_checked_and_that_is_told(
    sentences: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vietasr", None)
    done = imported(sentences)
    assert "utter_other.wav" in done.stdout, done.output
    assert "nghe ra" not in done.stdout
    assert "pip install 'nhanh8[vietasr]'" in done.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--accept", "digit_8"], "không có digit_8"),
        (["--originals", "prompts/originals"], "phải ở ngoài"),
    ],
)
def test_a_slip_in_the_command_is_told_before_anything_is_read(
    project: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    monkeypatch.chdir(project)
    done = imported(project, *options)
    assert done.exit_code == 2
    assert told in " ".join(done.output.replace("│", " ").split())


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    write_project(tmp_path)
    (tmp_path / "takes").mkdir()
    assert "Không có tệp WAV nào" in str(imported(tmp_path).exception)
