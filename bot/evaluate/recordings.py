"""Recordings of people for measuring: a table of clips cut out of audio packs, and tables of whole spoken codes."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.audio import RATE_HZ, Audio, from_samples, read_wav
from bot.errors import AudioError

SEGMENT_COLUMNS: Final = ("id", "pack", "start_s", "end_s", "split", "kind", "speaker", "source_hz", "text")
CODE_COLUMNS: Final = ("file", "code", "speaker")


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
        """The piece at 8 kHz.

        Raises:
            AudioError: the pack is gone or broken, is not mono, or ends before the clip.
        """
        soundfile = sound_library()
        try:
            with soundfile.SoundFile(self.pack) as pack:
                rate_hz, channels = int(pack.samplerate), int(pack.channels)
                wanted = round((self.end_s - self.start_s) * rate_hz)
                pack.seek(min(round(self.start_s * rate_hz), pack.frames))
                samples = pack.read(wanted, dtype="int16")
        except (soundfile.LibsndfileError, OSError) as error:
            raise AudioError(f"Không đọc được gói âm thanh {self.pack} ({error}). Chép lại tệp này.") from None
        if channels != 1:
            raise AudioError(f"{self.pack} có {channels} kênh; cần một kênh (mono). Đổi lại gói này.")
        if len(samples) < wanted - rate_hz // 100:  # a lossy codec may end some samples early
            raise AudioError(f"{self.pack} hết trước đoạn {self.id} (giây {self.end_s:g}). Chép lại gói hoặc sửa bảng.")
        return from_samples(samples, rate_hz).at(RATE_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecording:
    """One WAV in which `speaker` says one whole code; the code is personal data and stays out of its `repr`."""

    file: Path
    code: str = field(repr=False)
    speaker: str

    @property
    def audio(self) -> Audio:
        """The recording at 8 kHz. Raises AudioError: missing, or not a mono 16-bit WAV at 8 or 16 kHz."""
        return read_wav(self.file).at(RATE_HZ)


def read_clips(table: Path, *, split: str | None = None) -> tuple[Clip, ...]:
    """The clips of `split`, or all, in the order of the table (tab-separated, UTF-8, SEGMENT_COLUMNS).

    Raises:
        AudioError: no table, a column missing, a wrong number, or a pack that is not beside it; names file and line.
    """
    found: set[Path] = set()
    clips = []
    for where, row in _rows(table, SEGMENT_COLUMNS):
        if split is not None and row["split"] != split:
            continue
        clip = _clip(where, table.parent, row)
        if clip.pack not in found and not clip.pack.is_file():
            raise AudioError(f"{where}: không có gói âm thanh {clip.pack}. Chép gói vào cạnh bảng hoặc sửa cột pack.")
        found.add(clip.pack)
        clips.append(clip)
    return tuple(clips)


def read_codes(table: Path, lengths: tuple[int, ...]) -> tuple[CodeRecording, ...]:
    """Recordings of whole codes, in the order of the table (tab-separated, UTF-8, CODE_COLUMNS).

    Raises:
        AudioError: no table, a column missing, a code that is no code, or a WAV that is missing or of another format;
            names file and line.
    """
    recordings = []
    for where, row in _rows(table, CODE_COLUMNS):
        recording = CodeRecording(file=table.parent / row["file"], code=row["code"], speaker=row["speaker"])
        if not (recording.code.isascii() and recording.code.isdigit()):
            raise AudioError(f"{where}: mã số {recording.code!r} phải chỉ gồm chữ số 0 đến 9. Sửa cột code.")
        if len(recording.code) not in lengths:
            wanted = " hoặc ".join(map(str, lengths))
            raise AudioError(f"{where}: mã số có {len(recording.code)} chữ số; cần {wanted}. Sửa cột code.")
        try:
            read_wav(recording.file)
        except AudioError as error:
            raise AudioError(f"{where}: {error}") from None
        recordings.append(recording)
    if not recordings:
        raise AudioError(f"{table} không có dòng nào. Thêm mỗi bản thu một dòng: {', '.join(CODE_COLUMNS)}.")
    return tuple(recordings)


def sound_library() -> Any:
    """soundfile, which only measuring needs. Raises AudioError where it is not installed."""
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError):
        raise AudioError("Chưa cài soundfile. Chạy: pip install 'nhanh8[evaluate]'.") from None


def _clip(where: str, folder: Path, row: dict[str, str]) -> Clip:
    try:
        start_s, end_s, source_hz = float(row["start_s"]), float(row["end_s"]), int(row["source_hz"])
    except ValueError as error:
        raise AudioError(f"{where}: start_s, end_s và source_hz phải là số ({error}). Sửa dòng này.") from None
    if not 0 <= start_s < end_s < float("inf"):
        raise AudioError(f"{where}: đoạn {row['id']} từ {start_s:g} đến {end_s:g} giây không có gì. Sửa dòng này.")
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


def _rows(table: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """`file:line` and the cells of each row that is not empty."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise AudioError(f"Không có bảng {table}. Kiểm tra lại đường dẫn.") from None
    except OSError as error:
        raise AudioError(f"Không đọc được bảng {table}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise AudioError(f"{table}:{line}: tệp không ở dạng UTF-8. Lưu lại tệp bằng UTF-8.") from None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    header = next(lines, [])
    if missing := [column for column in columns if column not in header]:
        raise AudioError(
            f"{table}:1: thiếu cột {', '.join(missing)}. Dòng đầu cần: {', '.join(columns)}, cách nhau bằng tab."
        )
    for cells in lines:
        if not cells:
            continue
        number = lines.line_num  # a quoted cell may hold line ends: the row's last line
        if len(cells) != len(header):
            raise AudioError(f"{table}:{number}: có {len(cells)} ô, cần {len(header)}. Kiểm tra các dấu tab.")
        yield f"{table}:{number}", dict(zip(header, cells, strict=True))
