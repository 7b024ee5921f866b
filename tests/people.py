"""Real people for tests: cuts their recordings, pastes codes of their digits and sends them through a telephone line.

The recordings are a folder with `segments.tsv`: the one that NHANH8_PEOPLE names, else one beside the project, never
inside it. Tests skip without them.
"""

from __future__ import annotations

import csv
import os
import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile as sf

from bot.audio import RATE_HZ, Audio, from_samples, join, silence
from bot.transports.phone_line import PhoneLine

SPEECH = Path(os.environ.get("NHANH8_PEOPLE") or Path(__file__).resolve().parents[2] / "shared" / "speech")
DIGIT_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
TELEPHONE_CALLERS = "s25"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One labelled piece of a recording."""

    id: str
    pack: str
    start_s: float
    end_s: float
    split: str
    kind: str
    speaker: str
    text: str

    @property
    def source(self) -> str:
        return self.id.split("-")[0]

    @property
    def audio(self) -> Audio:
        """The piece at 8 kHz."""
        with sf.SoundFile(SPEECH / self.pack) as recording:
            rate_hz: int = recording.samplerate
            recording.seek(round(self.start_s * rate_hz))
            samples = recording.read(round((self.end_s - self.start_s) * rate_hz), dtype="int16")
        return from_samples(samples, rate_hz).at(RATE_HZ)


def people_available() -> bool:
    return (SPEECH / "segments.tsv").is_file()


def clips(
    *,
    kind: str | None = None,
    text: str | None = None,
    source: str | None = None,
    split: str | None = None,
    speaker: str | None = None,
) -> list[Clip]:
    """All pieces that agree with what is given, in the order of the recordings; a copy, yours to shuffle."""
    wanted = {"kind": kind, "text": text, "source": source, "split": split, "speaker": speaker}
    asked = [(name, value) for name, value in wanted.items() if value is not None]
    return [clip for clip in _all_clips() if all(getattr(clip, name) == value for name, value in asked)]


def spoken_code(digits: str, *, source: str = "s22", seed: int = 0, split: str | None = "dev") -> Audio:
    """`digits` said by one voice, as far as neighbouring clips of one source are one person.

    Gaps of 0.08 to 0.3 s, pauses of 0.4 to 0.8 s after every third or fourth digit, line silence around.
    It is pasted of isolated words: not connected speech.
    """
    rng = random.Random(seed)
    place = rng.random()
    parts = [silence(rng.randint(300, 600))]
    until_pause = rng.choice((3, 4))
    for digit in digits:
        if until_pause == 0:
            parts.append(silence(rng.randint(400, 800)))
            until_pause = rng.choice((3, 4))
        said = clips(kind="digit", text=DIGIT_WORDS[int(digit)], source=source, split=split)
        near = round(place * (len(said) - 1)) + rng.randint(-1, 1)
        parts.append(_levelled(_trimmed(said[min(max(near, 0), len(said) - 1)].audio)))
        parts.append(silence(rng.randint(80, 300)))
        until_pause -= 1
    return join([*parts, silence(rng.randint(500, 800))])


def telephone(audio: Audio, *, seed: int = 0) -> Audio:
    """The same speech after a telephone line."""
    return PhoneLine(seed=seed).carry(audio)


def telephone_reply(text: str, *, number: int = 0, split: str = "dev") -> Audio:
    """A real telephone caller saying `text` (đúng, không, trở lại), with the line's own silence around it."""
    said = clips(text=text, source=TELEPHONE_CALLERS, split=split)
    return said[number % len(said)].audio


@lru_cache(maxsize=1)
def _all_clips() -> tuple[Clip, ...]:
    with (SPEECH / "segments.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t")
        return tuple(
            Clip(
                id=row["id"],
                pack=row["pack"],
                start_s=float(row["start_s"]),
                end_s=float(row["end_s"]),
                split=row["split"],
                kind=row["kind"],
                speaker=row["speaker"],
                text=row["text"],
            )
            for row in rows
        )


def _trimmed(audio: Audio, *, margin_ms: int = 30) -> Audio:
    """Without the silence before and after: what is 35 dB below the loudest 10 ms."""
    window = RATE_HZ // 100
    samples = audio.samples.astype(np.float64)
    count = len(samples) // window
    if count == 0:
        return audio
    power: Floats = (samples[: count * window].reshape(count, window) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10**-3.5)
    margin = margin_ms * RATE_HZ // 1000
    start = max(int(loud[0]) * window - margin, 0)
    return from_samples(samples[start : (int(loud[-1]) + 1) * window + margin])


def _levelled(audio: Audio, *, rms: float = 2500.0) -> Audio:
    """One loudness for words that were recorded apart."""
    samples = audio.samples.astype(np.float64)
    level = float(np.sqrt((samples**2).mean())) or 1.0
    return from_samples(samples * (rms / level))
