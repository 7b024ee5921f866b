"""The table of recordings (`segments.tsv`) and their audio at 8 kHz, decoded once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr
from bot.audio import RATE_HZ
from bot.errors import AudioError
from bot.evaluate.recordings import Clip, read_clips

Samples = npt.NDArray[np.int16]


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


def load(table: Path, cache_dir: Path) -> Recordings:
    """All clips of a table with their audio, decoded at the first call and kept in `cache_dir`.

    Raises:
        AudioError: the table or a pack cannot be used; says where and what to do.
    """
    clips = read_clips(table)
    samples_file, ends_file = cache_dir / "samples.npy", cache_dir / "ends.npy"
    if not ends_file.is_file() or len(np.load(ends_file)) != len(clips):
        cache_dir.mkdir(parents=True, exist_ok=True)
        pieces = list(_decoded(clips))
        np.save(samples_file, np.concatenate(pieces))
        np.save(ends_file, np.cumsum([len(piece) for piece in pieces]))  # last: it says that both are whole
    return Recordings(clips, np.load(samples_file, mmap_mode="r"), np.load(ends_file))


def _decoded(clips: Sequence[Clip]) -> Iterator[Samples]:
    pack, audio, rate_hz = None, np.zeros(0, np.float32), RATE_HZ
    for number, clip in enumerate(clips):
        if clip.pack != pack:
            print(f"\rdecoding {number} of {len(clips)} clips", end="", flush=True)
            try:
                audio, rate_hz = sf.read(clip.pack, dtype="float32")
            except (OSError, sf.LibsndfileError) as error:
                raise AudioError(f"Không đọc được gói âm thanh {clip.pack} ({error}). Chép lại tệp này.") from None
            pack = clip.pack
        piece = audio[round(clip.start_s * rate_hz) : round(clip.end_s * rate_hz)]
        at_8k = piece if rate_hz == RATE_HZ else soxr.resample(piece, rate_hz, RATE_HZ)
        yield np.asarray(np.clip(at_8k, -1, 1) * 32767, np.int16)
    print()
