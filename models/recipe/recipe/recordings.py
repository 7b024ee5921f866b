"""The table of recordings (`segments.tsv`) and their audio at 8 kHz, decoded once."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

RATE_HZ = 8000
Samples = npt.NDArray[np.int16]

_COLUMNS = ("id", "pack", "start_s", "end_s", "split", "kind", "speaker", "source_hz", "text")


class TableError(Exception):
    """The table or a pack of audio cannot be used; says where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A labelled piece of a pack. `text` is lower-case words, empty where nobody wrote down what is said."""

    id: str
    pack: str
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
        """Recorded on a real line, which it brings with it."""
        return self.source_hz == RATE_HZ


class Recordings:
    """Clips in the order of the table, and their int16 samples at 8 kHz."""

    def __init__(self, clips: Sequence[Clip], samples: Samples, ends: npt.NDArray[np.int64]) -> None:
        self.clips = clips
        self._samples = samples
        self._ends = ends

    def __len__(self) -> int:
        return len(self.clips)

    def audio(self, index: int) -> Samples:
        """One clip's samples, a view."""
        start = int(self._ends[index - 1]) if index else 0
        return self._samples[start : int(self._ends[index])]


def read_table(table: Path) -> list[Clip]:
    """The clips of a tab-separated table. Raises TableError."""
    if not table.is_file():
        raise TableError(f"{table}: no such table")
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise TableError(f"{table}:1: no column {', '.join(missing)}")
        return [_clip(table, rows.line_num, row) for row in rows]


def load(table: Path, cache_dir: Path) -> Recordings:
    """All clips of a table with their audio, decoded at the first call and kept in `cache_dir`. Raises TableError."""
    clips = read_table(table)
    samples_file, ends_file = cache_dir / "samples.npy", cache_dir / "ends.npy"
    if not ends_file.is_file() or len(np.load(ends_file)) != len(clips):
        cache_dir.mkdir(parents=True, exist_ok=True)
        pieces = list(_decoded(table.parent, clips))
        np.save(samples_file, np.concatenate(pieces))
        np.save(ends_file, np.cumsum([len(piece) for piece in pieces]))  # last: it says that both are whole
    return Recordings(clips, np.load(samples_file, mmap_mode="r"), np.load(ends_file))


def _clip(table: Path, line: int, row: dict[str, str]) -> Clip:
    try:
        start_s, end_s, source_hz = float(row["start_s"]), float(row["end_s"]), int(row["source_hz"])
    except (TypeError, ValueError):
        raise TableError(f"{table}:{line}: start_s, end_s (seconds) and source_hz must be numbers") from None
    if not 0 <= start_s < end_s:
        raise TableError(f"{table}:{line}: the clip ends before it starts")
    fields = {name: (row[name] or "") for name in ("id", "pack", "split", "kind", "speaker", "text")}
    return Clip(start_s=start_s, end_s=end_s, source_hz=source_hz, **fields)


def _decoded(folder: Path, clips: Sequence[Clip]) -> Iterator[Samples]:
    pack, audio, rate_hz = "", np.zeros(0, np.float32), RATE_HZ
    for number, clip in enumerate(clips):
        if clip.pack != pack:
            print(f"\rdecoding {number} of {len(clips)} clips", end="", flush=True)
            try:
                audio, rate_hz = sf.read(folder / clip.pack, dtype="float32")
            except (OSError, sf.LibsndfileError) as error:
                raise TableError(f"{folder / clip.pack}: {error}") from None
            pack = clip.pack
        piece = audio[round(clip.start_s * rate_hz) : round(clip.end_s * rate_hz)]
        at_8k = piece if rate_hz == RATE_HZ else soxr.resample(piece, rate_hz, RATE_HZ)
        yield np.asarray(np.clip(at_8k, -1, 1) * 32767, np.int16)
    print()
