"""The figures of a voice: how much of it engines hear, how it sounds to a network, how fast it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final, Protocol, TypeVar

from bot.audio import RATE_HZ, WIDE_BAND_HZ, Audio
from bot.evaluate.percentile import percentile
from bot.evaluate.quality import SpeechQuality
from bot.evaluate.speaking import Spoken, real_time_factor
from bot.evaluate.voice import Carry, counted, from_a_handset, hear_back, in_the_room, measure_audio, on_the_line
from bot.ports import Recognizer
from bot.replies import Expect

T = TypeVar("T")

# Of a text that its recording does not hold, fewer words are heard by chance.
SAME_TEXT: Final = 0.2

Pairs = Sequence[tuple[str, Audio]]  # words, and audio that says them
Figures = dict[str, Any]


class Track(Protocol):
    """Gives one item after the other and shows how far it is with `what`."""

    def __call__(self, items: Sequence[T], what: str) -> Iterable[T]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a voice says: passwords and prompts by sample rate (8 and 16 kHz), new sentences; and how fast it did.

    `times` is of each sentence, `phrases_ms` the time to its first phrase: empty where whole texts come only.
    """

    voice: str
    passwords: Mapping[int, Pairs]
    prompts: Mapping[int, Pairs]
    sentences: Pairs
    times: Sequence[Spoken]
    phrases_ms: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """All that listens: free text at 16 and at 8 kHz, our own ears for digits, and the network where it is installed.

    Shares are fractions of 1; None stands for what was not measured.
    """

    wide: Recognizer
    line: Recognizer
    ours: Recognizer
    quality: SpeechQuality | None
    track: Track

    def of_people(self, sentences: Pairs) -> Figures:
        """How much is heard of people: no voice need be better. Recordings of another text are left out."""
        name = "người thật"
        tracked = self.track(sentences, f"{name}: nghe câu")
        heard = [(pair, hear_back(*pair, self.wide, carry=in_the_room)) for pair in tracked]
        same = [(pair, each) for pair, each in heard if each.word_share >= SAME_TEXT]
        kept = [pair for pair, _ in same]
        figures = {
            "people_16k": counted([each for _, each in same]).word_share if same else None,
            "people_8k": self._words(name, kept, self.line, on_the_line),
        }
        left_out = len(sentences) - len(kept)
        return {"vietasr": figures, "people_left_out": left_out, "mos_people": self._mos(name, kept)}

    def of_voice(self, name: str, said: Said) -> Figures:
        theirs: Figures = {}
        for band, rate_hz, ears, carry in (
            ("16k", WIDE_BAND_HZ, self.wide, in_the_room),
            ("8k", RATE_HZ, self.line, on_the_line),
        ):
            theirs |= self._digits(name, said.passwords[rate_hz], ears, carry, band=band)
            theirs[f"prompt_words_{band}"] = self._words(name, said.prompts[rate_hz], ears, carry)
            theirs[f"free_text_{band}"] = self._words(name, said.sentences, ears, carry)
        passwords = said.passwords[RATE_HZ]
        theirs |= self._digits(name, passwords, self.line, from_a_handset, band="handset")
        ours = self._digits(name, passwords, self.ours, on_the_line, band="8k", expect=Expect.CODE)
        ours |= self._digits(name, passwords, self.ours, from_a_handset, band="handset", expect=Expect.CODE)
        return {
            "voice": said.voice,
            "vietasr": theirs,
            "vosk": ours,
            "password_s": fmean(audio.duration_ms / 1000 for _, audio in passwords),
            "mos_digits": self._mos(name, said.passwords[WIDE_BAND_HZ]),
            "mos_prompts": self._mos(name, said.prompts[WIDE_BAND_HZ]),
            "mos_free_text": self._mos(name, said.sentences),
            "real_time_factor": real_time_factor(said.times),
            "first_audio_ms": _ranks([each.took_ms for each in said.times]),
            "first_phrase_ms": _ranks(said.phrases_ms),
        }

    def _digits(
        self, name: str, pairs: Pairs, ears: Recognizer, carry: Carry, *, band: str, expect: Expect = Expect.MENU
    ) -> Figures:
        heard = measure_audio(self.track(pairs, f"{name}: nghe mật khẩu"), ears, expect, carry)
        return {f"digits_{band}": heard.word_share, f"passwords_{band}": heard.text_share}

    def _words(self, name: str, pairs: Pairs, ears: Recognizer, carry: Carry) -> float | None:
        if not pairs:
            return None
        return measure_audio(self.track(pairs, f"{name}: nghe câu"), ears, carry=carry).word_share

    def _mos(self, name: str, pairs: Pairs) -> float | None:
        if self.quality is None or not pairs:
            return None
        return fmean(self.quality.signal_mos(audio) for _, audio in self.track(pairs, f"{name}: chấm điểm"))


def _ranks(values: Sequence[float]) -> dict[str, float | None]:
    return {name: percentile(values, share) if values else None for name, share in (("p50", 0.5), ("p95", 0.95))}
