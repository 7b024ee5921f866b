"""One decision from two pairs of ears: Vosk and the constrained network hear a turn, and their n-bests become one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.asr.grammars import DIGITS
from bot.audio import Audio
from bot.ports import Recognizer, RecognizerCapabilities, RecognizerStream
from bot.replies import Expect, Hypothesis, Utterance
from bot.vietnamese.digits import hear_digits

ALTERNATIVES: Final = 10
_MOST_MISSED: Final = 2  # digits that the first engine may miss; more than that the second hears in mere noise
_MOST_CROSSED: Final = 6  # positions in which two codes may differ and still be mixed


@dataclass(frozen=True, slots=True)
class Trust:
    """How an engine's posteriors are read.

    weight: of its log posteriors. doubt: the share of a position's probability that it is wrong about without knowing.
    """

    weight: float
    doubt: float


# Calibrated on codes pasted of the dev speakers, in the g711 channel.
FIRST: Final = Trust(weight=0.3, doubt=0.2)
SECOND: Final = Trust(weight=0.5, doubt=0.02)


class FusedRecognizer:
    """Hears with two engines at once."""

    def __init__(self, first: Recognizer, second: Recognizer, trusts: tuple[Trust, Trust] = (FIRST, SECOND)) -> None:
        self._engines = (first, second)
        self._trusts = trusts

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=True, confidence=True, n_best=True)

    def open(self, expect: Expect) -> RecognizerStream:
        first, second = (engine.open(expect) for engine in self._engines)
        return FusedStream(first, second, self._trusts, digits=expect is Expect.CODE)


class FusedStream:
    """One turn."""

    def __init__(
        self,
        first: RecognizerStream,
        second: RecognizerStream,
        trusts: tuple[Trust, Trust],
        *,
        digits: bool,
    ) -> None:
        self._first, self._second = first, second
        self._trusts = trusts
        self._digits = digits

    def accept(self, audio: Audio) -> str:
        """The first engine's words, or the second's where it has heard a digit or two more of a code."""
        words, others = self._first.accept(audio), self._second.accept(audio)
        if not self._digits:
            return words
        missed = len(hear_digits(others).digits) - len(hear_digits(words).digits)
        return others if 0 < missed <= _MOST_MISSED else words

    def finish(self) -> Utterance:
        return fused((self._first.finish(), self._second.finish()), self._trusts, digits=self._digits)


def fused(utterances: tuple[Utterance, Utterance], trusts: tuple[Trust, Trust], *, digits: bool) -> Utterance:
    """One n-best of two, with posteriors. Where `digits` are expected, texts that say the same digits are one, and
    codes that mix both engines' digits position by position are candidates too. Where the first engine is sure of no
    words at all there are none: the second one hears digits in mere noise."""
    opinions = [_Opinion(utterance, trust, digits) for utterance, trust in zip(utterances, trusts, strict=True)]
    if digits and opinions[0].silent:
        return utterances[0]
    texts: dict[str, str] = {}
    for opinion in reversed(opinions):  # the words of the first engine are kept where both have them
        texts.update(opinion.texts)
    for mixed in _mixed(*(opinion.best for opinion in opinions)) if digits else ():
        texts.setdefault(mixed, " ".join(DIGITS[int(digit)] for digit in mixed))
    scores = {key: sum(opinion.score(key) for opinion in opinions) for key in texts}
    top = max(scores.values(), default=0.0)
    shares = {key: math.exp(score - top) for key, score in scores.items()}
    total = sum(shares.values())
    ranked = sorted(shares.items(), key=lambda item: -item[1])[:ALTERNATIVES]
    return Utterance(tuple(Hypothesis(texts[key], share / total) for key, share in ranked))


class _Opinion:
    """What one engine makes of a turn: how probable each reading is, and those too that are not in its n-best."""

    def __init__(self, utterance: Utterance, trust: Trust, digits: bool) -> None:
        self._trust = trust
        self.texts: dict[str, str] = {}
        self._shares: dict[str, float] = {}
        for hypothesis in utterance.hypotheses:
            key = (hear_digits(hypothesis.text).digits if digits else "") or hypothesis.text
            self.texts.setdefault(key, hypothesis.text)
            self._shares[key] = self._shares.get(key, 0.0) + (hypothesis.confidence or 0.0)
        self.best = max(self._shares, key=lambda key: self._shares[key], default="")
        self._positions = {length: self._by_position(length) for length in {len(key) for key in self._shares}}

    @property
    def silent(self) -> bool:
        """Whether it heard something, and most probably no words in it."""
        return self.best == "" and self._shares.get("", 0.0) > 0.5

    def score(self, key: str) -> float:
        """Weighted log probability. Of digits: of their number, and of each one in its place."""
        doubt = self._trust.doubt
        if not key.isdigit():
            return self._trust.weight * math.log(self._shares.get(key, 0.0) + doubt**2)
        same_length = sum(share for other, share in self._shares.items() if other.isdigit() and len(other) == len(key))
        score = math.log(same_length + doubt**2)
        for place, digit in zip(self._positions.get(len(key), ()), key, strict=False):
            score += math.log((1 - doubt) * place.get(digit, 0.0) + doubt / len(DIGITS))
        return self._trust.weight * score

    def _by_position(self, length: int) -> Sequence[Mapping[str, float]]:
        """Each digit's share in each place, among the readings of that length."""
        readings = {key: share for key, share in self._shares.items() if key.isdigit() and len(key) == length}
        total = sum(readings.values())
        places: list[dict[str, float]] = [{} for _ in range(length)] if total else []
        for key, share in readings.items():
            for place, digit in zip(places, key, strict=False):
                place[digit] = place.get(digit, 0.0) + share / total
        return places


def _mixed(first: str, second: str) -> list[str]:
    """Codes with some digits of one and the others of the other."""
    if not (first.isdigit() and second.isdigit()) or len(first) != len(second):
        return []
    if sum(a != b for a, b in zip(first, second, strict=True)) > _MOST_CROSSED:
        return []
    choices = (dict.fromkeys(pair) for pair in zip(first, second, strict=True))
    return ["".join(digits) for digits in itertools.product(*choices)]
