"""Tables of recorded callers: what is read, and what is said of a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.audio import silence, write_wav
from bot.errors import AudioError
from bot.evaluate.recorded_calls import RecordedCall, read_recorded_calls
from bot.replies import Outcome


def read(folder: Path, *rows: str, header: str = "file,caller,outcome,code") -> tuple[RecordedCall, ...]:
    write_wav(folder / "a.wav", silence(100))
    table = folder / "calls.csv"
    table.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return read_recorded_calls(table, (10,))


def test_who_calls_how_it_must_end_and_what_code_is_said(tmp_path: Path) -> None:
    lan, stranger, silent = read(
        tmp_path, "a.wav,+84 912 345 678,reset,0123456789", "a.wav,0912345679,no_match,0123456789", "a.wav,,withheld,"
    )
    assert (lan.caller, lan.outcome, lan.code) == ("0912345678", Outcome.RESET, "0123456789")
    assert lan.account == ("0912345678", "0123456789")
    assert (stranger.code, stranger.account) == ("0123456789", None)  # they must not belong together
    assert (silent.caller, silent.code, silent.account) == (None, None, None)
    assert lan.audio == silence(100)
    assert not any(number in repr(lan) for number in ("0912345678", "0123456789"))


def test_the_code_need_not_be_told(tmp_path: Path) -> None:
    (call,) = read(tmp_path, "a.wav;0912345678;agent", header="file;caller;outcome")
    assert (call.outcome, call.code) == (Outcome.AGENT, None)


def test_every_broken_row_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError) as told:
        read(
            tmp_path,
            "gone.wav,0912345678,reset,0123456789",
            "a.wav,12345,reset,0123456789",
            "a.wav,0912345678,won,0123456789",
            "a.wav,0912345678,reset,123456789",
            "a.wav,0912345679,reset,0123456789",
            "a.wav,0912345678,reset",
        )
    lines = str(told.value).splitlines()
    assert lines[0] == "6 dòng của bảng không dùng được:"
    expected = [
        ("2:", "Không có tệp âm thanh"),
        ("3:", "caller không phải"),
        ("4:", "outcome 'won' không có. Chọn trong: reset,"),
        ("5:", "mã số có 9 chữ số"),
        ("6:", "đã thuộc một số gọi khác"),
        ("7:", "có 3 ô, cần 4"),
    ]
    for line, words in expected:
        assert any(f"calls.csv:{line}" in each and words in each for each in lines), (line, words)


def test_a_table_without_a_column_or_rows_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"calls\.csv:1: thiếu cột outcome"):
        read(tmp_path, "a.wav,0912345678", header="file,caller")
    with pytest.raises(AudioError, match="không có dòng nào"):
        read(tmp_path)
