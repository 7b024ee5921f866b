"""Finishes a voice artist's recording and lets a recogniser check its words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from bot.app import bot_voice, recognizer, recognizer_names, wide_band_ears
from bot.audio import WIDE_BAND_HZ, Audio
from bot.evaluate.voice import HeardText, hear_back, in_the_room
from bot.ports import Recognizer, Synthesizer
from bot.replies import Expect
from bot.settings import Settings
from bot.tts.edges import trimmed
from bot.tts.finishing import Finding, Finished, Flaw, finished
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.prompts import DIGITS, TAKES, Piece
from bot.tts.raw_sound import RawSound
from bot.vietnamese.cardinals import DIGIT_WORDS
from bot.vietnamese.speech import spoken
from bot.vietnamese.syllables import sounds

Report = Callable[[str], None]

_MACHINES: Final = (PieceState.AVERAGED, PieceState.RENDERED)
_DIGITS: Final = frozenset((*DIGITS, *TAKES))
_MOST_SHOWN: Final = 3
_MOST_WRONG: Final = 0.25  # a recogniser mishears one word in ten of good readers


class PromptCheck:
    """Engines are loaded when first needed, and `report` is told so. Close it when done."""

    def __init__(self, settings: Settings, library: PromptLibrary, report: Report) -> None:
        self._settings = settings
        self._library = library
        self._report = report
        self._usual_ms: dict[Piece, int] = {}
        self._closing: list[Callable[[], None]] = []
        self._engines = recognizer_names(settings)
        if "vietasr" not in self._engines:
            report("Không kiểm tra lời của câu vì chưa cài viet-asr (pip install 'nhanh8\\[vietasr]')")

    def finish(self, piece: Piece, sound: RawSound) -> Finished:
        """The piece's WAV and all that is wrong with it.

        Raises:
            AudioError: nobody speaks. ModelError, SpeechError: an engine that is installed does not work.
        """
        done = finished(sound, usual_ms=self._length_ms(piece))
        heard = self._heard(piece, done.audio)
        other = other_words(heard) if heard else None
        return dataclasses.replace(done, findings=(*done.findings, other)) if other else done

    def close(self) -> None:
        while self._closing:
            self._closing.pop()()

    def _length_ms(self, piece: Piece) -> int:
        """How long a machine's voice takes."""
        if piece not in self._usual_ms:
            ours = self._library.audio(piece) if self._library.state(piece) in _MACHINES else None
            self._usual_ms[piece] = (ours or self._synthesized(piece)).duration_ms
        return self._usual_ms[piece]

    def _synthesized(self, piece: Piece) -> Audio:
        return trimmed(self._voice.synthesize(spoken(piece.text)).at(WIDE_BAND_HZ))

    def _heard(self, piece: Piece, audio: Audio) -> HeardText | None:
        """None where no engine can tell."""
        of_digit = piece in _DIGITS
        ears = self._digit_ears if of_digit else self._ears
        expect = Expect.CODE if of_digit else Expect.MENU
        return hear_back(spoken(piece.text), audio, ears, expect, in_the_room) if ears else None

    @cached_property
    def _voice(self) -> Synthesizer:
        voice = bot_voice(self._settings)
        self._closing.append(voice.close)
        return voice

    @cached_property
    def _digit_ears(self) -> Recognizer | None:
        return recognizer(self._settings, "vosk") if "vosk" in self._engines else None

    @cached_property
    def _ears(self) -> Recognizer | None:
        if "vietasr" not in self._engines:
            return None
        self._report("Nạp viet-asr")
        return wide_band_ears()


def other_words(heard: HeardText) -> Finding | None:
    """What was heard for what is written, left out and added: grave where that is more than a quarter of the words.

    A word that differs by its tone and no more than one sound is no difference unless it makes a digit: no reader makes
    such mistakes, and recognisers do.
    """
    if not heard.heard:
        return Finding(Flaw.OTHER_WORDS, "máy không nghe ra lời nào: đọc rõ hơn")
    differing = list(_differing(heard))
    if not differing:
        return None
    shown = "; ".join(what for _, what in differing[:_MOST_SHOWN]) + (" …" if len(differing) > _MOST_SHOWN else "")
    wrong = sum(words for words, _ in differing)
    return Finding(
        Flaw.OTHER_WORDS, f"{shown}: nghe xem có đúng lời không", grave=wrong > _MOST_WRONG * len(heard.said)
    )


def _differing(heard: HeardText) -> Iterator[tuple[int, str]]:
    """How many words, and what of them."""
    for what, start, end, at, to in SequenceMatcher(None, heard.said, heard.heard, autojunk=False).get_opcodes():
        wanted, got = heard.said[start:end], heard.heard[at:to]
        count = max(len(wanted), len(got))
        if what == "delete":
            yield count, f"thiếu “{' '.join(wanted)}”"
        elif what == "insert":
            yield count, f"thừa “{' '.join(got)}”"
        elif what == "replace":
            count -= sum(map(_alike, wanted, got)) if len(wanted) == len(got) else 0
            if count:
                yield count, f"“{' '.join(wanted)}” nghe ra “{' '.join(got)}”"


def _alike(word: str, other: str) -> bool:
    if word == other or other in DIGIT_WORDS:
        return word == other
    try:
        one, two = sounds(word), sounds(other)
    except ValueError:
        return False
    vowels = (one.medial, one.nucleus) != (two.medial, two.nucleus)
    return (one.onset != two.onset) + vowels + (one.coda != two.coda) <= 1
