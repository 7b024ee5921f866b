"""Damaged files that people write: read, or told with a sentence; never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given

from bot.accounts.roster import read_roster
from bot.audio import Audio, read_wav, silence, write_wav
from bot.errors import AccountsError, AudioError, Nhanh8Error, ScriptError, SettingsError
from bot.evaluate.recordings import SEGMENT_COLUMNS, read_clips, read_recordings
from bot.settings import Settings, load_settings
from bot.transports.call_script import CallScript, read_script
from tests.fuzz.damage import damaged_bytes, damaged_text, fuzz

ROOT = Path(__file__).parents[2]
YAML_WORDS = (
    ": ", "- ", "\n", "\n  ", "&a ", "*a", "<<: *a", "!!int ", "!!float ", "!!timestamp ", "!!binary ", "!!set ", "? ",
    "{", "}", "[", "]", "'", '"', "|", ">", "#", "---\n", "%YAML 9.9\n", "null", "true", "0x", "1e999", ".nan", "-.inf",
    "2001-99-99", "1_000", "010", "09", "1:2:3", "\t", "\x00", "\ufeff",
)  # fmt: skip

SETTINGS = """\
bot:
  call:
    branch_preselected: false
    max_call_ms: 300000
  turns:
    menu: &turn
      no_input_ms: 5000
    code:
      <<: *turn
  code:
    lengths: [10]
    doubt_below: 0.6
    skip_read_back_above: null
  voice: {engine: average, timeout_ms: 5000}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    write_wav(folder / "pack.wav", silence(2000))
    return folder


def is_told(error: Nhanh8Error, file: Path) -> None:
    """Names the file, and is a sentence."""
    assert file.name in str(error)
    assert len(str(error)) > 20


def read_or_told(read: Callable[[Path], object], file: Path, text: str, error: type[Nhanh8Error]) -> object:
    with file.open("w", encoding="utf-8", errors="surrogatepass", newline="") as opened:
        opened.write(text)
    try:
        return read(file)
    except error as told:
        is_told(told, file)
        return None


@fuzz
@given(damaged_text(SETTINGS, *YAML_WORDS))
@example("bot: !!float x\n")
@example("bot: !!float null\n")
@example("!!float bot: 1\n")
@example("bot: &b\n  <<: *b\n")
def test_damaged_settings(folder: Path, text: str) -> None:
    found = read_or_told(load_settings, folder / "config.yml", text, SettingsError)
    assert found is None or isinstance(found, Settings)


SCRIPT = (ROOT / "tests/calls/match.yml").read_text(encoding="utf-8")
PROMPTS = frozenset({"utter_ask_reset_form_service", "utter_ask_reset_form_bhxh_code", "utter_password"})


@fuzz
@given(damaged_text(SCRIPT, *YAML_WORDS, "keys: ", "silence_ms: -1", "file: x.wav", "snr_db: .inf", "hang_up: true"))
def test_a_damaged_call_script(folder: Path, text: str) -> None:
    found = read_or_told(lambda file: read_script(file, PROMPTS), folder / "script.yml", text, ScriptError)
    assert found is None or isinstance(found, CallScript)


TABLE = "\n".join(
    [
        "\t".join(SEGMENT_COLUMNS),
        "\t".join(("t01-1", "pack.wav", "0.0", "0.5", "dev", "digit", "s1", "8000", "không")),
        "\t".join(("t01-2", "pack.wav", "0.5", "1.5", "test", "word", "s2", "16000", "đúng")),
    ]
)
CELLS = "\t", "\n", "\r", '"', "nan", "inf", "-1", "1e999", "٣", "9" * 5000, "/dev/zero", "\x00", "a" * 140_000


@fuzz
@given(damaged_text(TABLE, *CELLS))
@example(TABLE + "\n\x00")
@example(TABLE + "\n" + "a" * 140_000)
@example(TABLE.replace("pack", "9" * 300))
def test_a_damaged_table_of_segments(folder: Path, text: str) -> None:
    clips = read_or_told(read_clips, folder / "segments.tsv", text, AudioError)
    if isinstance(clips, tuple):
        assert all(0 <= clip.start_s < clip.end_s <= 2.01 for clip in clips)


RECORDINGS = "file,code,speaker\npack.wav,0123456789,an\npack.wav,9876543210,binh\n"


@fuzz
@given(damaged_text(RECORDINGS, *CELLS, ";", ",", "text"))
@example(RECORDINGS + "\x00")
@example(RECORDINGS.replace("pack", "9" * 300))
def test_a_damaged_table_of_recordings(folder: Path, text: str) -> None:
    read_or_told(lambda file: read_recordings(file, (10,)), folder / "recordings.csv", text, AudioError)


ROSTER = "code,phone,name,email\n0123456789,0912345678,Thí Dụ,a@b.vn\n0123456788,0912345679,Thí Dụ,\n"


@fuzz
@given(damaged_text(ROSTER, *CELLS, ",", "+84"))
def test_a_damaged_roster(folder: Path, text: str) -> None:
    people = read_or_told(lambda file: read_roster(file, (10,)), folder / "people.csv", text, AccountsError)
    if isinstance(people, list):
        assert all(len(person.code) == 10 and person.phone.startswith("0") for person in people)


HEAD = (
    b"RIFF\x84\x01\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00\x80>\x00\x00\x02\x00\x10\x00"
    b"data`\x01\x00\x00" + bytes(range(176)) * 2
)
CHUNKS = b"RIFF", b"WAVE", b"fmt ", b"data", b"LIST", b"\xff\xff\xff\xff", bytes(4), b"\x10\x00\x00\x00", b"\xfe\xff"


def test_the_undamaged_wav_is_read(folder: Path) -> None:
    (folder / "good.wav").write_bytes(HEAD)
    assert read_wav(folder / "good.wav") == Audio(bytes(range(176)) * 2)


@fuzz
@given(damaged_bytes(HEAD, *CHUNKS))
@example(HEAD[:12] + HEAD[13:])  # a chunk's length is read where it is not
def test_a_damaged_wav(folder: Path, data: bytes) -> None:
    file = folder / "damaged.wav"
    file.write_bytes(data)
    try:
        audio = read_wav(file)
    except AudioError as error:
        is_told(error, file)
    else:
        assert audio.rate_hz in (8000, 16_000)
        assert 0 < len(audio.pcm) <= len(data)
        assert len(audio.pcm) % 2 == 0
