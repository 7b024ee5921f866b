"""The clips of the ten digits in the table of recordings, at 16 kHz."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr
from bot.errors import AudioError
from bot.evaluate.recordings import Clip, read_clips

from recipe.synthetic import DIGITS
from voice.world import RATE_HZ, Floats

PEAK = 0.5
_SHORTEST_S, _LONGEST_S = 0.12, 1.0


@dataclass(frozen=True, slots=True)
class DigitClip:
    """One digit by one person. `place` is 0 to 1 of its source's clips of that word, in the order of the table."""

    id: str
    word: str
    source: str
    place: float
    samples: Floats


def digit_clips(table: Path) -> list[DigitClip]:
    """The train split's clips of single digits, telephone lines left out; each as loud as the others.

    Raises:
        AudioError: the table or a pack cannot be used; says where and what to do.
    """
    chosen = [clip for clip in read_clips(table, split="train") if _fits(clip)]
    places = _places(chosen)
    return [
        DigitClip(clip.id, clip.text, clip.source, places[clip.id], samples * (PEAK / np.abs(samples).max()))
        for clip, samples in _decoded(chosen)
        if samples.any()
    ]


def _fits(clip: Clip) -> bool:
    is_digit = clip.kind == "digit" and clip.text in DIGITS and not clip.telephone
    return is_digit and _SHORTEST_S <= clip.end_s - clip.start_s <= _LONGEST_S


def _places(clips: Sequence[Clip]) -> dict[str, float]:
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for clip in clips:
        alike[clip.source, clip.text].append(clip.id)
    return {name: (at + 0.5) / len(names) for names in alike.values() for at, name in enumerate(names)}


def _decoded(clips: Sequence[Clip]) -> Iterator[tuple[Clip, Floats]]:
    pack, audio, rate_hz = None, np.zeros(0), RATE_HZ
    for clip in clips:
        if clip.pack != pack:
            try:
                audio, rate_hz = sf.read(clip.pack, dtype="float64")
            except (OSError, sf.LibsndfileError) as error:
                raise AudioError(f"Không đọc được gói âm thanh {clip.pack} ({error}). Chép lại tệp này.") from None
            pack = clip.pack
        piece = audio[round(clip.start_s * rate_hz) : round(clip.end_s * rate_hz)]
        yield clip, piece if rate_hz == RATE_HZ else soxr.resample(piece, rate_hz, RATE_HZ)
