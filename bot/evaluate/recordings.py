"""Recordings of people for measuring: a table of clips cut out of audio packs, and tables of whole spoken codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.audio import RATE_HZ, Audio, from_samples, read_wav
from bot.errors import AudioError
from bot.evaluate.extra import extra
from bot.evaluate.said import what_is_said
from bot.evaluate.trials import Kind

SEGMENT_COLUMNS: Final = ("id", "pack", "start_s", "end_s", "split", "kind", "speaker", "source_hz", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One labelled piece of a pack: `start_s` to `end_s` in seconds; `source_hz` is the rate it was recorded at."""

    id: str
    pack: Path
    start_s: float
    end_s: float
    split: str
    kind: str
    speaker: str
    source_hz: int
    text: str

    @property
    def source(self) -> str:
        return self.id.split("-")[0]

    @property
    def telephone(self) -> bool:
        """Recorded on or for the telephone, at its rate."""
        return self.source_hz == RATE_HZ

    @property
    def audio(self) -> Audio:
        """The piece at 8 kHz. Raises AudioError as `packed` does."""
        return self.packed.at(RATE_HZ)

    @property
    def packed(self) -> Audio:
        """The piece at the rate of its pack.

        Raises:
            AudioError: the pack is gone or broken, is not mono, or ends before the clip.
        """
        with _opened(self.pack) as pack:
            rate_hz = int(pack.samplerate)
            self.check(pack.frames / rate_hz)
            pack.seek(min(round(self.start_s * rate_hz), pack.frames))
            samples = pack.read(round((self.end_s - self.start_s) * rate_hz), dtype="int16")
        return from_samples(samples, rate_hz)

    def check(self, pack_s: float) -> None:
        """Raises AudioError: a pack of `pack_s` seconds ends before the clip; a lossy codec may end 10 ms early."""
        if self.end_s > pack_s + 0.01:
            raise AudioError(f"{self.pack} hết trước đoạn {self.id} (giây {self.end_s:g}). Chép lại gói hoặc sửa bảng.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One WAV in which `speaker` says one thing; a code is personal data, so `said` stays out of its `repr`."""

    file: Path
    kind: Kind
    said: str = field(repr=False)
    speaker: str

    @property
    def audio(self) -> Audio:
        """The recording at 8 kHz. Raises AudioError: missing, or not a mono 16-bit WAV at 8 or 16 kHz."""
        return read_wav(self.file).at(RATE_HZ)


def read_clips(table: Path, *, split: str | None = None) -> tuple[Clip, ...]:
    """The clips of `split`, or all, in the order of the table (tab-separated, UTF-8, SEGMENT_COLUMNS).

    Raises:
        AudioError: no table, or a column missing; or names every row that has a wrong number, or whose pack is not
            beside the table, cannot be read or ends before the clip.
    """
    faults = _Faults(table)
    lengths: dict[Path, float] = {}
    clips = []
    for line, row in _rows(table, SEGMENT_COLUMNS, faults):
        if split is not None and row["split"] != split:
            continue
        with faults.of(line):
            clip = _clip(table.parent, row)
            if clip.pack not in lengths:
                lengths[clip.pack] = _length(clip.pack)
            clip.check(lengths[clip.pack])
            clips.append(clip)
    faults.tell()
    return tuple(clips)


def read_recordings(table: Path, lengths: tuple[int, ...]) -> tuple[Recording, ...]:
    """WAVs beside a table (CSV: commas, semicolons or tabs; UTF-8), in its order; a folder stands for its one table.

    Columns: `file`; `code`, a whole code in digits, or `text`, whatever was said (`bot.evaluate.said`); `speaker` or
    not.

    Raises:
        AudioError: no table, a column missing or no rows; or names every row whose code is none, or whose WAV is
            missing or of another format.
    """
    table = _only_table(table)
    faults = _Faults(table)
    recordings = []
    for line, row in _rows(table, ("file",), faults):
        with faults.of(line):
            kind, said = _said(row, lengths)
            recording = Recording(file=table.parent / row["file"], kind=kind, said=said, speaker=row.get("speaker", ""))
            read_wav(recording.file)
            recordings.append(recording)
    faults.tell()
    if not recordings:
        raise AudioError(f"{table} không có dòng nào. Thêm mỗi bản thu một dòng: file, code (hoặc text), speaker.")
    return tuple(recordings)


class _Faults:
    """What is wrong with the rows of a table: all of it, so that it can be mended at once."""

    def __init__(self, table: Path) -> None:
        self._table = table
        self._lines: dict[str, list[int]] = {}

    @contextmanager
    def of(self, line: int) -> Iterator[None]:
        """Whatever AudioError comes of this line is kept for `tell`."""
        try:
            yield
        except AudioError as error:
            self.add(line, str(error))

    def add(self, line: int, fault: str) -> None:
        self._lines.setdefault(fault, []).append(line)

    def tell(self) -> None:
        """Raises AudioError where there were any: each with the lines that have it."""
        told = [f"{self._table}:{_spans(lines)}: {fault}" for fault, lines in self._lines.items()]
        if len(told) > 1:
            rows = len({line for lines in self._lines.values() for line in lines})
            told.insert(0, f"{rows} dòng của bảng không dùng được:")
        if told:
            raise AudioError("\n".join(told))


def _spans(lines: list[int]) -> str:
    """`2-5, 9` for 2 3 4 5 9."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][-1] + 1:
            spans[-1][1:] = [line]
        else:
            spans.append([line])
    return ", ".join("-".join(map(str, span)) for span in spans)


def _said(row: dict[str, str], lengths: tuple[int, ...]) -> tuple[Kind, str]:
    if "text" in row:
        return what_is_said(row["text"], lengths)
    if "code" not in row:
        raise AudioError("bảng không có cột code (mã số) cũng không có cột text (điều được nói). Thêm một trong hai.")
    code = row["code"]
    if not (code.isascii() and code.isdigit()):
        raise AudioError(f"mã số {code!r} phải chỉ gồm chữ số 0 đến 9. Sửa cột code.")
    if len(code) not in lengths:
        wanted = " hoặc ".join(map(str, lengths))
        raise AudioError(f"mã số có {len(code)} chữ số; cần {wanted}. Sửa cột code.")
    return Kind.CODE, code


def _only_table(path: Path) -> Path:
    if not path.is_dir():
        return path
    tables = sorted(each for each in path.iterdir() if each.suffix.lower() in {".csv", ".tsv"})
    if len(tables) != 1:
        raise AudioError(f"Thư mục {path} có {len(tables)} bảng (.csv, .tsv); cần đúng một, hoặc chỉ rõ tệp nào.")
    return tables[0]


@contextmanager
def _opened(pack: Path) -> Iterator[Any]:
    """The pack as a soundfile.SoundFile. Raises AudioError: it is gone or broken, or not mono."""
    if not pack.is_file():
        raise AudioError(f"không có gói âm thanh {pack}. Chép gói vào cạnh bảng hoặc sửa cột pack.")
    soundfile = extra("soundfile")
    try:
        with soundfile.SoundFile(pack) as file:
            if file.channels != 1:
                raise AudioError(f"{pack} có {file.channels} kênh; cần một kênh (mono). Đổi lại gói này.")
            yield file
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(f"Không đọc được gói âm thanh {pack} ({error}). Chép lại tệp này.") from None


def _length(pack: Path) -> float:
    """In seconds. Raises AudioError."""
    with _opened(pack) as file:
        return float(file.frames / file.samplerate)


def _clip(folder: Path, row: dict[str, str]) -> Clip:
    try:
        start_s, end_s, source_hz = float(row["start_s"]), float(row["end_s"]), int(row["source_hz"])
    except ValueError as error:
        raise AudioError(f"start_s, end_s và source_hz phải là số ({error}). Sửa dòng này.") from None
    if not 0 <= start_s < end_s < float("inf"):
        raise AudioError(f"đoạn {row['id']} từ {start_s:g} đến {end_s:g} giây không có gì. Sửa dòng này.")
    return Clip(
        id=row["id"],
        pack=folder / row["pack"],
        start_s=start_s,
        end_s=end_s,
        split=row["split"],
        kind=row["kind"],
        speaker=row["speaker"],
        source_hz=source_hz,
        text=row["text"],
    )


def _rows(table: Path, columns: tuple[str, ...], faults: _Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """The line and the cells of each row that is not empty; rows of another width are faults."""
    text = _text(table)
    head = text.partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=next((mark for mark in "\t;" if mark in head), ","))
    header = next(lines, [])
    if missing := [column for column in columns if column not in header]:
        raise AudioError(
            f"{table}:1: thiếu cột {', '.join(missing)}. Dòng đầu cần: {', '.join(columns)}, cách nhau bằng tab."
        )
    for cells in lines:
        number = lines.line_num  # a quoted cell may hold line ends: the row's last line
        if cells and len(cells) != len(header):
            faults.add(number, f"có {len(cells)} ô, cần {len(header)}. Kiểm tra các dấu cách ô.")
        elif cells:
            yield number, dict(zip(header, cells, strict=True))


def _text(table: Path) -> str:
    try:
        return table.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise AudioError(f"Không có bảng {table}. Kiểm tra lại đường dẫn.") from None
    except OSError as error:
        raise AudioError(f"Không đọc được bảng {table}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise AudioError(f"{table}:{line}: tệp không ở dạng UTF-8. Lưu lại tệp bằng UTF-8.") from None
