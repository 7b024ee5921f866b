"""Call scripts: what they can say, and every mistake told with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.audio import Audio, silence, write_wav
from bot.errors import ScriptError, SpeechError
from bot.transports.call_script import read_script
from bot.tts.prompts import PromptCatalog
from tests.contract.calls import level

PROMPTS = frozenset({"utter_menu", "utter_code"})
REPOSITORY = Path(__file__).parents[3]

WHOLE = """\
title: Khớp dữ liệu
caller: "0912345678"
snr_db: 25
turns:
  - expect: utter_menu
    say: cấp lại mật khẩu
  - expect: utter_code
    say: [không một, hai ba]
    pause_ms: 1400
  - during: utter_code
    after_ms: 100
    keys: "0123#"
  - silence_ms: 8000
  - file: nguoi_goi.wav
  - hang_up: true
"""


def script(folder: Path, text: str | bytes) -> Path:
    path = folder / "k.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def hum(text: str) -> Audio:
    """A synthetic caller: 100 ms a word."""
    return level(100 * len(text.split()), 3000)


def test_reads_what_a_caller_does(tmp_path: Path) -> None:
    write_wav(tmp_path / "nguoi_goi.wav", level(320, 5))
    read = read_script(script(tmp_path, WHOLE), PROMPTS)
    assert (read.title, read.caller, read.line.snr_db) == ("Khớp dữ liệu", "0912345678", 25.0)
    said, code, keys, still, file, left = read.steps(hum)
    assert (said.expect, said.after_ms, said.place) == ("utter_menu", 400, f"{tmp_path}/k.yml:5")
    assert said.audio
    assert said.audio.duration_ms == 100 + 400 + 100
    assert code.audio
    assert code.audio.duration_ms == 100 + 200 + 1400 + 200 + 100
    assert (keys.during, keys.after_ms, keys.keys, keys.audio) == ("utter_code", 100, "0123#", None)
    assert (still.silence_ms, still.hang_up) == (8000, False)
    assert file.audio == level(320, 5)  # as it was recorded: no second telephone line
    assert (left.hang_up, left.place) == (True, f"{tmp_path}/k.yml:15")


def test_what_is_not_given_has_a_default(tmp_path: Path) -> None:
    read = read_script(script(tmp_path, "turns:\n - say: một\n"), PROMPTS)
    assert (read.title, read.caller, read.line.snr_db) == ("k", None, 30.0)


def test_the_same_script_is_the_same_audio(tmp_path: Path) -> None:
    read = read_script(script(tmp_path, "turns:\n  - say: một hai\n"), PROMPTS)
    assert read.steps(hum) == read.steps(hum)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "tests" / "calls").glob("*.yml")), ids=lambda path: path.name)
def test_the_scripts_of_the_project_are_read(path: Path) -> None:
    prompts = PromptCatalog.load(REPOSITORY / "nlu_data" / "domain.yml").responses
    assert read_script(path, prompts).outcome is not None


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param("outcome: tốt\nturns: []", 1, "outcome không hợp lệ", id="unknown outcome"),
        pytest.param("turns:\n  - nói: một", 2, "khóa lạ 'nói'", id="unknown key of a turn"),
        pytest.param("turns:\n  - expect: utter_menu\n    say: một\n    sya: hai", 4, "khóa lạ 'sya'", id="misspelt"),
        pytest.param("turns: []\ncalls: 1", 2, "khóa lạ 'calls'", id="unknown key of the script"),
        pytest.param("turns:\n  - say: một\n    keys: '1'", 2, "đúng một trong", id="two actions"),
        pytest.param("turns:\n  - say: một\n  - expect: utter_menu", 3, "đúng một trong", id="no action"),
        pytest.param("turns:\n  - keys: 0123", 2, "đặt trong dấu nháy", id="digits without quotes"),
        pytest.param("turns:\n  - keys: 12a", 2, "keys không hợp lệ: '12a'", id="not a key"),
        pytest.param("turns:\n  - keys: ''", 2, "keys không hợp lệ", id="no keys"),
        pytest.param("turns:\n  - say: 012", 2, "say không hợp lệ", id="spoken digits without quotes"),
        pytest.param("turns:\n  - say: [một, 2]", 2, "say không hợp lệ", id="a group that is a number"),
        pytest.param("turns:\n  - say: []", 2, "say không hợp lệ", id="no group"),
        pytest.param("turns:\n  - say:", 2, "say không hợp lệ: None", id="nothing to say"),
        pytest.param("turns:\n  - file: 5", 2, "file không hợp lệ", id="a file that is a number"),
        pytest.param("turns:\n  - silence_ms: 8s", 2, "silence_ms không hợp lệ", id="a unit"),
        pytest.param("turns:\n  - silence_ms: -5", 2, "silence_ms không hợp lệ", id="less than nothing"),
        pytest.param("turns:\n  - say: một\n    after_ms: true", 3, "after_ms không hợp lệ", id="bool for a number"),
        pytest.param("turns:\n  - say: một\n    pause_ms: 1.5", 3, "pause_ms không hợp lệ", id="half a millisecond"),
        pytest.param("turns:\n  - hang_up: false", 2, "hang_up không hợp lệ", id="not hanging up"),
        pytest.param("turns:\n  - say: một\n    expect: utter_x", 3, "không có câu 'utter_x'", id="unknown prompt"),
        pytest.param("turns:\n  - say: một\n    during: utter_x", 3, "không có câu 'utter_x'", id="unknown during"),
        pytest.param("turns:\n  - say: một\n    expect: [utter_menu]", 3, "expect không hợp lệ", id="list of prompts"),
        pytest.param("turns:\n  - một", 2, "mỗi lượt là một bảng", id="a turn that is no table"),
        pytest.param("title: x\nturns: một", 2, "turns không hợp lệ", id="turns that are no list"),
        pytest.param("title: x", 1, "thiếu khóa turns", id="no turns"),
        pytest.param("- say: một", 1, "không phải bảng", id="a list"),
        pytest.param("", 1, "tệp trống", id="empty"),
        pytest.param("turns: []\ncaller: 0912345678", 2, "caller không hợp lệ", id="caller without quotes"),
        pytest.param("turns: []\nsnr_db: cao", 2, "snr_db không hợp lệ", id="noise that is no number"),
        pytest.param("turns: []\nsnr_db: .nan", 2, "snr_db không hợp lệ", id="noise that is not a number at all"),
        pytest.param("turns: []\ntitle: 5", 2, "title không hợp lệ", id="a title that is a number"),
        pytest.param("turns:\n  - say: 'một", 2, "YAML sai cú pháp", id="open quote"),
        pytest.param("turns:\n  - say: một\n    say: hai", 3, "YAML sai cú pháp", id="a key twice"),
        pytest.param("turns:\n  - say: một\n   keys: '1'", 3, "YAML sai cú pháp", id="bad indent"),
        pytest.param("turns: []\ntitle: m\xf4t".encode("latin-1"), 2, "UTF-8", id="not UTF-8"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, text: str | bytes, line: int, problem: str) -> None:
    path = script(tmp_path, text)
    with pytest.raises(ScriptError) as told:
        read_script(path, PROMPTS)
    assert str(told.value).startswith(f"{path}:{line}: ")
    assert problem in str(told.value)


@pytest.mark.parametrize("name", ["khong-co.yml", "."])
def test_a_script_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(str(tmp_path / name))):
        read_script(tmp_path / name, PROMPTS)


@pytest.mark.parametrize("name", ["khong-co.wav", "k.yml", "."])
def test_a_recording_that_cannot_be_used_is_told_with_the_scripts_line(tmp_path: Path, name: str) -> None:
    path = script(tmp_path, f"turns:\n  - say: một\n  - file: {name}\n")
    with pytest.raises(ScriptError) as told:
        read_script(path, PROMPTS).steps(hum)
    assert str(told.value).startswith(f"{path}:3: ")
    assert name in str(told.value)


def test_a_voice_that_fails_says_so_itself(tmp_path: Path) -> None:
    def mute(text: str) -> Audio:
        raise SpeechError("câm")

    with pytest.raises(SpeechError, match="câm"):
        read_script(script(tmp_path, "turns:\n  - say: một\n"), PROMPTS).steps(mute)


def test_a_voice_that_says_nothing_is_a_short_silence(tmp_path: Path) -> None:
    (step,) = read_script(script(tmp_path, "turns:\n  - say: một\n"), PROMPTS).steps(lambda _: silence(0))
    assert step.audio
    assert step.audio.duration_ms == 200
