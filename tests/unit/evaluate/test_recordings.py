"""Tables of recordings: what is read, and what is said of a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.audio import silence, write_wav
from bot.errors import AudioError
from bot.evaluate.recordings import SEGMENT_COLUMNS, read_clips, read_recordings
from bot.evaluate.trials import Kind
from tests.unit.evaluate.packs import tone, write_folder

HEADER = "\t".join(SEGMENT_COLUMNS)
GOOD = "t01-0001\tpack.wav\t0.0\t0.4\tdev\tdigit\tp1\t8000\tmột"


def table_of(folder: Path, *lines: str) -> Path:
    write_wav(folder / "pack.wav", tone(500))
    table = folder / "segments.tsv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def codes_of(folder: Path, *lines: str) -> Path:
    write_wav(folder / "a.wav", silence(100))
    table = folder / "codes.tsv"
    table.write_text("\n".join(("file\tcode\tspeaker", *lines)) + "\n", encoding="utf-8")
    return table


def test_clips_come_in_the_order_of_the_table_and_are_cut_where_it_says(tmp_path: Path) -> None:
    clips = read_clips(write_folder(tmp_path, takes=2))
    assert [clip.text for clip in clips[:4]] == ["không", "không", "một", "một"]
    assert {clip.audio.duration_ms for clip in clips} == {400}
    assert clips[3].audio == tone(601)
    assert (clips[0].source, clips[0].telephone, clips[-1].telephone) == ("t01", False, True)


def test_a_dialect_is_read_where_the_table_has_one(tmp_path: Path) -> None:
    (clip,) = read_clips(table_of(tmp_path, f"{HEADER}\tdialect", f"{GOOD}\tnam"))
    assert clip.dialect == "nam"
    table = codes_of(tmp_path, "a.wav\t0123456789\tlan")
    table.write_text("file,code,dialect\na.wav,0123456789,trung\n", encoding="utf-8")
    assert [recording.dialect for recording in read_recordings(table, (10,))] == ["trung"]


def test_only_the_split_that_was_asked_for_is_read(tmp_path: Path) -> None:
    elsewhere = GOOD.replace("dev", "train").replace("pack.wav", "gone.wav")
    assert len(read_clips(table_of(tmp_path, HEADER, GOOD, elsewhere), split="dev")) == 1


def test_text_in_quotes_may_hold_quotes(tmp_path: Path) -> None:
    assert read_clips(table_of(tmp_path, HEADER, GOOD.replace("một", '"nói ""một"" thôi"')))[0].text == 'nói "một" thôi'


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([HEADER.replace("kind", "sort"), GOOD], "segments.tsv:1: thiếu cột kind"),
        ([HEADER, GOOD, GOOD.replace("\t0.4\t", "\tend\t")], "segments.tsv:3: start_s, end_s"),
        ([HEADER, GOOD.replace("\t0.4\t", "\t0\t")], "segments.tsv:2: đoạn t01-0001"),
        ([HEADER, GOOD.replace("\t0.4\t", "\tnan\t")], "segments.tsv:2: đoạn t01-0001"),
        ([HEADER, GOOD.replace("pack.wav", "gone.opus")], "segments.tsv:2: không có gói âm thanh"),
        ([HEADER, GOOD + "\tmore"], "segments.tsv:2: có 10 ô, cần 9"),
    ],
)
def test_a_broken_table_is_told_with_file_and_line(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(AudioError, match=told):
        read_clips(table_of(tmp_path, *lines))


def test_a_table_that_is_missing_or_not_utf_8_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="Không có bảng"):
        read_clips(tmp_path / "segments.tsv")
    (tmp_path / "segments.tsv").write_bytes(HEADER.encode() + b"\n\xff")
    with pytest.raises(AudioError, match=r"segments\.tsv:2: tệp không ở dạng UTF-8"):
        read_clips(tmp_path / "segments.tsv")


def test_a_pack_that_is_broken_short_or_stereo_is_told(tmp_path: Path) -> None:
    table = table_of(tmp_path, HEADER, GOOD)
    clip = read_clips(table)[0]
    write_wav(clip.pack, tone(500, 200))
    with pytest.raises(AudioError, match="hết trước đoạn t01-0001"):
        _ = clip.audio
    write_wav(clip.pack, tone(500), tone(600))
    with pytest.raises(AudioError, match="2 kênh"):
        _ = clip.audio
    clip.pack.write_bytes(b"no audio at all")
    with pytest.raises(AudioError, match="Không đọc được gói âm thanh"):
        _ = clip.audio


def test_recordings_of_codes(tmp_path: Path) -> None:
    (recording,) = read_recordings(codes_of(tmp_path, "a.wav\t0123456789\tlan"), (10,))
    assert (recording.kind, recording.said) == (Kind.CODE, "0123456789")
    assert (recording.speaker, recording.audio) == ("lan", silence(100))
    assert "0123456789" not in repr(recording)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a.wav\t01234o6789\tlan", r"codes.tsv:2: mã số '01234o6789' phải chỉ gồm chữ số"),
        ("a.wav\t٠١٢٣٤٥٦٧٨٩\tlan", r"codes.tsv:2: mã số .* phải chỉ gồm chữ số"),
        ("a.wav\t012345678\tlan", r"codes.tsv:2: mã số có 9 chữ số; cần 10"),
        ("b.wav\t0123456789\tlan", r"codes.tsv:2: Không có tệp âm thanh"),
    ],
)
def test_a_broken_row_of_codes_is_told_with_file_and_line(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(AudioError, match=told):
        read_recordings(codes_of(tmp_path, row), (10,))


def test_every_broken_row_is_told_and_rows_broken_alike_together(tmp_path: Path) -> None:
    gone = GOOD.replace("pack.wav", "gone.wav")
    lines = [HEADER, GOOD, gone, gone, GOOD.replace("\t0.4\t", "\t9\t"), GOOD + "\tmore", gone]
    with pytest.raises(AudioError) as told:
        read_clips(table_of(tmp_path, *lines))
    first, *others = str(told.value).splitlines()
    assert first == "5 dòng của bảng không dùng được:"
    assert [line.removeprefix(str(tmp_path)).split(":")[1] for line in others] == ["3-4, 7", "5", "6"]
    assert "hết trước đoạn t01-0001" in others[1]


def test_a_folder_of_wavs_says_in_one_table_what_is_said_in_each(tmp_path: Path) -> None:
    said = ["0123456789", "không một hai ba bốn năm sáu bảy tám chín", "7", "Đúng.", "không", "cà phê", ""]
    write_wav(tmp_path / "a.wav", silence(100))
    table = "\n".join(["file,text", *(f'a.wav,"{text}"' for text in said), ""])
    (tmp_path / "said.csv").write_text(table, encoding="utf-8-sig")
    assert [(each.kind, each.said) for each in read_recordings(tmp_path, (10,))] == [
        (Kind.CODE, "0123456789"),
        (Kind.CODE, "0123456789"),
        (Kind.DIGIT, "7"),
        (Kind.ANSWER, "đúng"),
        (Kind.ANSWER, "không"),
        (Kind.WORDS, "cà phê"),
        (Kind.NOISE, ""),
    ]
    (tmp_path / "said.csv").write_text(table.replace(",", ";").replace('"cà phê"', '"mười lăm"'), encoding="utf-8")
    with pytest.raises(AudioError, match=r"said\.csv:7: 'mười lăm' có 2 chữ số"):
        read_recordings(tmp_path, (10,))


def test_a_folder_needs_one_table(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="có 0 bảng"):
        read_recordings(tmp_path, (10,))


def test_a_table_that_does_not_say_what_was_said_is_told(tmp_path: Path) -> None:
    (tmp_path / "said.csv").write_text("file\na.wav\n", encoding="utf-8")
    with pytest.raises(AudioError, match=r"said\.csv:2: bảng không có cột code"):
        read_recordings(tmp_path, (10,))


def test_a_wav_of_another_format_is_told_with_its_row(tmp_path: Path) -> None:
    table = codes_of(tmp_path, "a.wav\t0123456789\tlan")
    write_wav(tmp_path / "a.wav", silence(100), silence(100))
    with pytest.raises(AudioError, match=r"codes\.tsv:2: .*a\.wav có 2 kênh"):
        read_recordings(table, (10,))


def test_a_table_of_codes_without_rows_is_told(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="không có dòng nào"):
        read_recordings(codes_of(tmp_path), (10,))
