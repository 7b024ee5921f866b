"""Real people for tests: cuts their recordings, pastes codes of their digits and sends them through a telephone line.

The recordings are a folder with `segments.tsv`: the one that NHANH8_PEOPLE names, else one beside the project, never
inside it. Tests skip without them.
"""

from __future__ import annotations

import os
import random
from functools import lru_cache
from pathlib import Path

from bot.audio import Audio, join, silence
from bot.evaluate.codes import levelled, trimmed
from bot.evaluate.recordings import Clip, read_clips
from bot.transports.phone_line import PhoneLine

SPEECH = Path(os.environ.get("NHANH8_PEOPLE") or Path(__file__).resolve().parents[2] / "shared" / "speech")
DIGIT_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
TELEPHONE_CALLERS = "s25"


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
        parts.append(levelled(trimmed(said[min(max(near, 0), len(said) - 1)].audio)))
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
    return read_clips(SPEECH / "segments.tsv")
