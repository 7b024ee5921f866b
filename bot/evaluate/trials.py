"""What an engine is given to hear, and what its answer is worth."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from bot.audio import Audio
from bot.replies import Expect, Utterance
from bot.vietnamese.digits import hear_digits
from bot.vietnamese.text import words

YES, NO, BACK = "đúng", "không", "trở lại"
_NO_WORDS: Final = frozenset({"không", "hông", "hổng", "sai"})


class Kind(str, Enum):
    """What is said in a trial."""

    CODE = "code"  # a whole code
    DIGIT = "digit"  # one digit by itself
    ANSWER = "answer"  # đúng, không or trở lại to a question of yes or no
    WORDS = "words"  # words that hold no numeral, where a code is expected
    NOISE = "noise"  # nobody speaks to the bot, where a code is expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One piece of 8 kHz audio and what is said in it: digits (CODE, DIGIT), words (ANSWER, WORDS) or nothing.

    `origin` is the grouping style of a made code, else the file or clip. `ends_ms` is where each digit of a made code
    ends, empty where that is not known.
    """

    id: str
    kind: Kind
    said: str
    audio: Audio = field(repr=False)
    source: str = ""
    speaker: str = ""
    dialect: str = ""
    origin: str = ""
    ends_ms: tuple[int, ...] = ()

    @property
    def expect(self) -> Expect:
        return Expect.YES_NO if self.kind is Kind.ANSWER else Expect.CODE

    @property
    def sound(self) -> str:
        """A name of its audio: the same audio, the same name."""
        return hashlib.sha256(self.audio.pcm).hexdigest()[:12]

    def seed(self, run: int) -> int:
        """A seed of this trial's own in a run of that seed."""
        return zlib.crc32(f"{run}/{self.id}".encode())


@dataclass(frozen=True, slots=True)
class HeardCode:
    """The digits taken, the text that they come from, and the summed confidence of all hypotheses that give them."""

    digits: str
    text: str
    posterior: float | None


def hear_code(heard: Utterance, lengths: tuple[int, ...]) -> HeardCode:
    """The first hypothesis that completes a code wins, as in a call (`bot.dialogue.code_slot.hear_code`, which
    evaluation must not import; a code that has several readings counts as its first here, and is asked again there).
    """
    readings = [hear_digits(hypothesis.text).readings for hypothesis in heard.hypotheses]
    wholes = [_whole(reading, lengths) for reading in readings]
    taken = next((at for at, whole in enumerate(wholes) if whole), 0)
    answers = [whole or (reading[0] if reading else "") for whole, reading in zip(wholes, readings, strict=True)]
    digits = answers[taken] if answers else ""
    shares = [
        hypothesis.confidence
        for hypothesis, answer in zip(heard.hypotheses, answers, strict=True)
        if answer == digits and hypothesis.confidence is not None
    ]
    text = heard.hypotheses[taken].text if answers else ""
    return HeardCode(digits, text, min(sum(shares), 1.0) if shares else None)


def hears_answer(said: str, heard: str) -> bool:
    """Whether `said` (đúng, không, trở lại) is in the text, and nothing that says the opposite or other digits."""
    there = words(heard)
    if not set(words(said)).issubset(there):
        return False
    if said == YES:
        return not _NO_WORDS.intersection(there)
    return said != NO or hear_digits(heard).digits in ("", "0")


def _whole(readings: Sequence[str], lengths: tuple[int, ...]) -> str:
    return next((reading for reading in readings if len(reading) in lengths), "")
