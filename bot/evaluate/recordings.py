"""Recordings of people for measuring: a table of clips cut out of audio packs, and tables of whole spoken codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os.path import isfile
from pathlib import Path
from typing import Any, Final

from bot.audio import RATE_HZ, Audio, from_samples, read_wav
from bot.errors import AudioError
from bot.evaluate.extra import extra
from bot.evaluate.said import what_is_said, whole_code
from bot.evaluate.tables import Faults, only_table, rows_of
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
    dialect: str = ""

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
    dialect: str = ""

    @property
    def audio(self) -> Audio:
        """The recording at 8 kHz. Raises AudioError: missing, or not a mono 16-bit WAV at 8 or 16 kHz."""
        return read_wav(self.file).at(RATE_HZ)


def read_clips(table: Path, *, split: str | None = None) -> tuple[Clip, ...]:
    """The clips of `split`, or all, in the order of the table (tab-separated, UTF-8, SEGMENT_COLUMNS, `dialect` or
    not).

    Raises:
        AudioError: no table, or a column missing; or names every row that has a wrong number, or whose pack is not
            beside the table, cannot be read or ends before the clip.
    """
    faults = Faults(table)
    lengths: dict[Path, float] = {}
    clips = []
    for line, row in rows_of(table, SEGMENT_COLUMNS, faults):
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

    Columns: `file`; `code`, a whole code in digits, or `text`, whatever was said (`bot.evaluate.said`); `speaker` and
    `dialect` or not.

    Raises:
        AudioError: no table, a column missing or no rows; or names every row whose code is none, or whose WAV is
            missing or of another format.
    """
    table = only_table(table)
    faults = Faults(table)
    recordings = []
    for line, row in rows_of(table, ("file",), faults):
        with faults.of(line):
            kind, said = _said(row, lengths)
            recording = Recording(
                file=table.parent / row["file"],
                kind=kind,
                said=said,
                speaker=row.get("speaker", ""),
                dialect=row.get("dialect", ""),
            )
            read_wav(recording.file)
            recordings.append(recording)
    faults.tell()
    if not recordings:
        raise AudioError(f"{table} không có dòng nào. Thêm mỗi bản thu một dòng: file, code (hoặc text), speaker.")
    return tuple(recordings)


def _said(row: dict[str, str], lengths: tuple[int, ...]) -> tuple[Kind, str]:
    if "text" in row:
        return what_is_said(row["text"], lengths)
    if "code" not in row:
        raise AudioError("bảng không có cột code (mã số) cũng không có cột text (điều được nói). Thêm một trong hai.")
    return Kind.CODE, whole_code(row["code"], lengths)


@contextmanager
def _opened(pack: Path) -> Iterator[Any]:
    """The pack as a soundfile.SoundFile. Raises AudioError: it is gone or broken, or not mono."""
    if not isfile(pack):  # a name too long for any file is none either
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
        dialect=row.get("dialect", ""),
    )
