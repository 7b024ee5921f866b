"""What callers sound like: a synthetic voice, which every machine has, and recordings of people.

What is to be said is prepared before there is a call: computing would make its packets late.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.app import caller_voice
from bot.audio import Audio
from bot.transports.phone_line import PhoneLine, spaced
from bot.vietnamese.speech import digit_words
from tests.people import spoken_code, telephone, telephone_reply

PAUSE_MS = 500


class SyntheticVoice:
    """Proves plumbing, says nothing about how people are understood. Digits are said in groups."""

    def __init__(self) -> None:
        self._sounds: dict[str, Audio] = {}

    def prepare(self, phrases: Iterable[str]) -> None:
        voice = caller_voice()
        for phrase in phrases:
            said = [" ".join(digit_words(group)) for group in _groups(phrase)] if phrase.isdigit() else [phrase]
            self._sounds[phrase] = PhoneLine().carry(spaced([voice.synthesize(each) for each in said], PAUSE_MS))
        voice.close()

    def __call__(self, phrase: str) -> Audio:
        return self._sounds[phrase]


class RecordedVoice:
    """One of many people, by `seed`, who say digits, “đúng” and “không”."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._sounds: dict[str, Audio] = {}

    def prepare(self, phrases: Iterable[str]) -> None:
        self._sounds |= {phrase: self._sound(phrase) for phrase in phrases}

    def __call__(self, phrase: str) -> Audio:
        return self._sounds[phrase]

    def _sound(self, phrase: str) -> Audio:
        if phrase.isdigit():
            return telephone(spoken_code(phrase, seed=self.seed), seed=self.seed)
        return telephone_reply(phrase.rsplit(maxsplit=1)[-1], number=self.seed)


def _groups(number: str) -> list[str]:
    return [number[:4], number[4:7], number[7:]] if len(number) > 7 else [number]
