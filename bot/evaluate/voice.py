"""Measures how well a voice is understood: what a recogniser gives back of it in a room and after a telephone line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.audio import RATE_HZ, WIDE_BAND_HZ, Audio, join, silence
from bot.evaluate.channels import carry as through
from bot.ports import Recognizer
from bot.replies import Expect
from bot.telephone import through_g711
from bot.vietnamese.text import words

Carry = Callable[[Audio], Audio]


@dataclass(frozen=True, slots=True)
class HeardText:
    """One text and what a recogniser made of it, both as words in their one spelling (`bot.vietnamese.text`).

    `confidence` is the engine's in the words that were said, 0 where none of its hypotheses has them; None of an engine
    without confidence. It tells apart what is heard right more or less surely.
    """

    said: tuple[str, ...]
    heard: tuple[str, ...]
    confidence: float | None

    @property
    def words_heard(self) -> int:
        return words_in_place(self.said, self.heard)

    @property
    def word_share(self) -> float:
        return self.words_heard / len(self.said) if self.said else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceFigures:
    """Counts over some texts; a word is heard if it stands in its place in the recogniser's text."""

    texts: int
    texts_heard: int
    words: int
    words_heard: int

    @property
    def text_share(self) -> float:
        return self.texts_heard / self.texts if self.texts else 0.0

    @property
    def word_share(self) -> float:
        return self.words_heard / self.words if self.words else 0.0


def on_the_line(audio: Audio) -> Audio:
    """The same after G.711 (A-law) at 8 kHz, with the line's silence before and after."""
    return through_g711(_with_silence(audio, RATE_HZ))


def from_a_handset(audio: Audio) -> Audio:
    """The same with nothing left but the band of a handset: whole from 300 to 3400 Hz, gone under 200, over 3600."""
    return through(_with_silence(audio, RATE_HZ), "g711", seed=0)


def in_the_room(audio: Audio) -> Audio:
    """The same at 16 kHz, with silence before and after."""
    return _with_silence(audio, WIDE_BAND_HZ)


def hear_back(
    text: str, audio: Audio, recognizer: Recognizer, expect: Expect = Expect.MENU, carry: Carry = on_the_line
) -> HeardText:
    """Listen to `audio`, which says `text` (words, without figures). A recogniser is no person: compare by it only."""
    said = words(text)
    stream = recognizer.open(expect)
    stream.accept(carry(audio))
    utterance = stream.finish()
    sure = [each.confidence for each in utterance.hypotheses if words(each.text) == said]
    confidence = sum(each or 0.0 for each in sure) if recognizer.capabilities.confidence else None
    return HeardText(tuple(said), tuple(words(utterance.text)), confidence)


def measure_audio(
    said: Iterable[tuple[str, Audio]],
    recognizer: Recognizer,
    expect: Expect = Expect.MENU,
    carry: Carry = on_the_line,
) -> VoiceFigures:
    """Listen to speech whose words are known, such as digits read out in groups (Expect.CODE)."""
    return counted([hear_back(text, audio, recognizer, expect, carry) for text, audio in said])


def counted(heard: Sequence[HeardText]) -> VoiceFigures:
    """All of them together."""
    return VoiceFigures(
        texts=len(heard),
        texts_heard=sum(each.said == each.heard for each in heard),
        words=sum(len(each.said) for each in heard),
        words_heard=sum(each.words_heard for each in heard),
    )


def words_in_place(said: Sequence[str], heard: Sequence[str]) -> int:
    """How many words come back unchanged in the alignment with the fewest edits (of several, the most words)."""
    row = [(edits, 0) for edits in range(len(heard) + 1)]
    for index, word in enumerate(said, start=1):
        last, row = row, [(index, 0)]
        for at, other in enumerate(heard):
            edits, same = last[at]
            match = (edits, same - 1) if word == other else (edits + 1, same)
            row.append(min(match, (last[at + 1][0] + 1, last[at + 1][1]), (row[at][0] + 1, row[at][1])))
    return -row[-1][1]


def _with_silence(audio: Audio, rate_hz: int) -> Audio:
    return join([silence(400), audio, silence(600)], rate_hz)
