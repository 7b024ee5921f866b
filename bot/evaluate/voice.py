"""Measures how well a voice is understood: what a recogniser gives back of it after a telephone line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.audio import RATE_HZ, WIDE_BAND_HZ, Audio, join, silence
from bot.ports import Recognizer, Synthesizer
from bot.replies import Expect
from bot.telephone import through_g711
from bot.vietnamese.speech import spoken
from bot.vietnamese.text import normalise


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


def measure_voice(
    texts: Iterable[str], synthesizer: Synthesizer, recognizer: Recognizer, expect: Expect = Expect.MENU
) -> VoiceFigures:
    """Speak designers' texts and listen to them. A recogniser is no person: compare voices by it, do not trust it."""
    words = [spoken(text) for text in texts]
    return measure_audio([(text, synthesizer.synthesize(text)) for text in words], recognizer, expect)


def on_the_line(audio: Audio) -> Audio:
    """The same after G.711 (A-law) at 8 kHz, with the line's silence before and after."""
    return through_g711(join([silence(400), audio.at(RATE_HZ), silence(600)]))


def in_the_room(audio: Audio) -> Audio:
    """The same at 16 kHz, with silence before and after."""
    return join([silence(400), audio, silence(600)], WIDE_BAND_HZ)


def measure_audio(
    said: Iterable[tuple[str, Audio]],
    recognizer: Recognizer,
    expect: Expect = Expect.MENU,
    carry: Callable[[Audio], Audio] = on_the_line,
) -> VoiceFigures:
    """Listen to speech whose words are known, such as digits read out in groups (Expect.CODE)."""
    pairs = [(normalise(text).split(), _heard(carry(audio), recognizer, expect)) for text, audio in said]
    return VoiceFigures(
        texts=len(pairs),
        texts_heard=sum(words == heard for words, heard in pairs),
        words=sum(len(words) for words, _ in pairs),
        words_heard=sum(words_in_place(words, heard) for words, heard in pairs),
    )


def words_in_place(words: Sequence[str], heard: Sequence[str]) -> int:
    """How many words come back unchanged in the alignment with the fewest edits (of several, the most words)."""
    row = [(edits, 0) for edits in range(len(heard) + 1)]
    for index, word in enumerate(words, start=1):
        last, row = row, [(index, 0)]
        for at, other in enumerate(heard):
            edits, same = last[at]
            match = (edits, same - 1) if word == other else (edits + 1, same)
            row.append(min(match, (last[at + 1][0] + 1, last[at + 1][1]), (row[at][0] + 1, row[at][1])))
    return -row[-1][1]


def _heard(audio: Audio, recognizer: Recognizer, expect: Expect) -> list[str]:
    stream = recognizer.open(expect)
    stream.accept(audio)
    return normalise(stream.finish().text).split()
