"""Draws training utterances: what was said, and how it sounds at the far end of a telephone line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr
from bot.vietnamese.syllables import UNIT_ID, speakable, units

from recipe.recordings import RATE_HZ, Recordings, Samples
from recipe.synthetic import DIGITS, Spoken
from recipe.teacher import Piece
from recipe.telephone import Floats, Rng, carry, street

# Shares of the utterances drawn.
_SHARES = {
    "digits": 0.50,
    "piece": 0.18,
    "words": 0.10,
    "telephone_clip": 0.10,
    "espeak_utterance": 0.06,
    "noise": 0.06,
}
# Sentences with numbers in them are drawn this much more often, on top of once.
_NUMBER_WORDS = frozenset((*DIGITS, *"mốt tư lăm nhăm bẩy linh lẻ mười mươi trăm nghìn ngàn đúng sai phải".split()))
_NUMBERS_MORE = 2


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance at 8 kHz (int16 scale) and its words."""

    samples: Floats
    words: tuple[str, ...]

    @property
    def units(self) -> npt.NDArray[np.int64]:
        """The ids of its units, two a word."""
        return np.array([UNIT_ID[unit] for word in self.words for unit in units(word)], np.int64)


class Voice:
    """The labelled clips of one source in one throat, in the order of the table: neighbours are mostly one speaker."""

    def __init__(self, clips: Sequence[tuple[str, Samples]]) -> None:
        self._said: dict[str, list[Samples]] = defaultdict(list)
        for words, samples in clips:
            self._said[words].append(samples)
        self.digits = [word for word in DIGITS if word in self._said]
        self.others = [words for words in self._said if words not in DIGITS]

    def near(self, words: str, place: float, rng: Rng) -> Samples:
        """A clip of `words` by the speaker at `place` (0 to 1 of the source)."""
        said = self._said[words]
        at = round(place * (len(said) - 1)) + int(rng.integers(-2, 3))
        return said[min(max(at, 0), len(said) - 1)]


class Examples:
    """All material, and the drawing. The same generator state draws the same example."""

    def __init__(
        self,
        recordings: Recordings,
        pieces: Sequence[Piece],
        espeak: Sequence[Spoken],
        voices: Sequence[tuple[Voice, float]],
    ) -> None:
        self._recordings = recordings
        self.pieces = pieces
        numbers = np.array([1 + _NUMBERS_MORE * bool(_NUMBER_WORDS.intersection(piece.words)) for piece in pieces])
        self._of_pieces = numbers / numbers.sum()
        self._espeak = espeak
        weights = np.array([weight for _, weight in voices])
        self._voices, self._weights = [voice for voice, _ in voices], weights / weights.sum()
        # Who says few of the digits makes dull strings of them.
        variety = np.array([len(voice.digits) / len(DIGITS) for voice in self._voices])
        self._of_digits = variety**2 * self._weights
        self._of_digits /= self._of_digits.sum()
        training = [(at, clip) for at, clip in enumerate(recordings.clips) if clip.split == "train"]
        self._telephone = [at for at, clip in training if clip.telephone and speakable(clip.text)]
        self._talk = [at for at, clip in training if clip.kind == "sentence"]
        missing = {"piece": not pieces, "telephone_clip": not self._telephone, "espeak_utterance": not espeak}
        missing["words"] = not any(voice.others for voice in self._voices)
        self._kinds = [kind for kind in _SHARES if not missing.get(kind)]
        self._shares = np.array([_SHARES[kind] for kind in self._kinds])
        self._shares /= self._shares.sum()

    def draw(self, rng: Rng) -> Example:
        kind = rng.choice(self._kinds, p=self._shares)
        words, speech = getattr(self, f"_{kind}")(rng)
        if rng.random() < 0.6:  # smaller and larger people: formants, pitch and tempo at once
            speech = soxr.resample(speech, RATE_HZ * np.exp(rng.uniform(-0.16, 0.16)), RATE_HZ)
        lead, tail = rng.uniform(0.02, 0.6), rng.uniform(0.1, 0.7)
        level = rng.choice([0.0, 1.0, 10.0])
        around = rng.standard_normal(int((lead + tail) * RATE_HZ)) * level
        cut = int(lead * RATE_HZ)
        x = np.concatenate([around[:cut], speech.astype(np.float64), around[cut:]])
        if kind != "telephone_clip" or rng.random() < 0.7:
            x = carry(x, rng, self._babble)
        return Example(x, tuple(words))

    def _digits(self, rng: Rng) -> tuple[list[str], Floats]:
        voice = self._voices[rng.choice(len(self._voices), p=self._of_digits)]
        count = int(rng.choice([1, 2, 3, 4, 5, 6, 8, 10], p=[0.2, 0.1, 0.15, 0.15, 0.1, 0.1, 0.1, 0.1]))
        words = [str(word) for word in rng.choice(voice.digits, count)]
        if voice.others and rng.random() < 0.25:
            words.insert(int(rng.integers(count + 1)), str(rng.choice(voice.others)))
        return self._pasted(voice, words, rng)

    def _words(self, rng: Rng) -> tuple[list[str], Floats]:
        while True:
            voice = self._voices[rng.choice(len(self._voices), p=self._weights)]
            if voice.others:
                words = [str(word) for word in rng.choice(voice.others, int(rng.integers(1, 5)))]
                return self._pasted(voice, words, rng)

    def _pasted(self, voice: Voice, words: Sequence[str], rng: Rng) -> tuple[list[str], Floats]:
        """Clips of one speaker one after another: gaps, pauses between groups, and overlaps as in quick speech."""
        place, tight = rng.random(), rng.random() < 0.4
        parts = [_even(voice.near(word, place, rng), rng) for word in words]
        x = parts[0]
        for part in parts[1:]:
            gap = rng.uniform(-0.06, 0.08) if tight else rng.uniform(0.02, 0.35)
            if rng.random() < 0.12:
                gap = rng.uniform(0.3, 0.9)
            x = _joined(x, part, int(gap * RATE_HZ))
        return [syllable for word in words for syllable in word.split()], x

    def _piece(self, rng: Rng) -> tuple[list[str], Floats]:
        piece = self.pieces[int(rng.choice(len(self.pieces), p=self._of_pieces))]
        return list(piece.words), self._recordings.audio(piece.clip)[piece.start : piece.end].astype(np.float64)

    def _telephone_clip(self, rng: Rng) -> tuple[list[str], Floats]:
        at = int(rng.choice(self._telephone))
        return self._recordings.clips[at].text.split(), self._recordings.audio(at).astype(np.float64)

    def _espeak_utterance(self, rng: Rng) -> tuple[list[str], Floats]:
        spoken = self._espeak[int(rng.integers(len(self._espeak)))]
        return list(spoken.words), spoken.samples.astype(np.float64)

    def _babble(self, rng: Rng, samples: int, *, fewest: int = 1) -> Floats:
        """Up to five others talking at once; a hiss where nobody's sentences are known."""
        total = np.zeros(samples) if self._talk else rng.standard_normal(samples)
        for _ in range(int(rng.integers(fewest, 6)) if self._talk else 0):
            talk = self._recordings.audio(int(rng.choice(self._talk))).astype(np.float64)
            start = int(rng.integers(max(len(talk) - samples, 1)))
            total += np.resize(talk[start : start + samples], samples) / (talk.std() + 1)
        return total

    def _noise(self, rng: Rng) -> tuple[list[str], Floats]:
        """No words: a quiet line, a crowd, a street, coughs and clicks as bursts of coloured noise, tones."""
        length = int(rng.uniform(0.5, 4) * RATE_HZ)
        kind = rng.choice(["line", "crowd", "street"], p=[0.5, 0.25, 0.25])
        if kind == "crowd":
            return [], self._babble(rng, length, fewest=4) * rng.uniform(50, 2000)
        if kind == "street":
            return [], street(length, rng) * rng.uniform(50, 2000)
        x = rng.standard_normal(length) * rng.choice([1.0, 30.0, 300.0])
        for _ in range(int(rng.integers(0, 4))):
            burst = rng.standard_normal(int(rng.uniform(0.01, 0.4) * RATE_HZ))
            for _ in range(int(rng.integers(0, 4))):
                burst = np.convolve(burst, [1, rng.uniform(-0.95, 0.95)])
            burst *= np.hanning(len(burst)) ** rng.uniform(0.2, 2) * rng.uniform(500, 8000) / (burst.std() + 1e-9)
            at = int(rng.integers(len(x)))
            x[at : at + len(burst)] += burst[: len(x) - at]
        if rng.random() < 0.2:
            x += np.sin(2 * np.pi * rng.uniform(300, 1600) * np.arange(len(x)) / RATE_HZ) * rng.uniform(200, 5000)
        return [], x


def _even(samples: Samples, rng: Rng) -> Floats:
    """About one level for clips that were recorded apart."""
    x = samples.astype(np.float64)
    return np.asarray(x * (2500 * 10 ** (rng.normal(0, 2.5) / 20) / (np.sqrt((x**2).mean()) + 1)))


def _joined(a: Floats, b: Floats, gap: int) -> Floats:
    if gap >= 0:
        return np.concatenate([a, np.zeros(gap), b])
    overlap = min(-gap, len(a) // 3, len(b) // 3)
    fade = np.linspace(1, 0, overlap)
    return np.concatenate([a[: len(a) - overlap], a[len(a) - overlap :] * fade + b[:overlap] * fade[::-1], b[overlap:]])


def trimmed(samples: Samples, margin_ms: int = 30) -> Samples:
    """Without the silence around: what is 35 dB under the loudest 10 ms."""
    window = RATE_HZ // 100
    count = len(samples) // window
    if count == 0:
        return samples
    power = (samples[: count * window].astype(np.float64).reshape(count, window) ** 2).mean(1)
    loud = np.flatnonzero(power > power.max() * 10**-3.5)
    margin = margin_ms * RATE_HZ // 1000
    return samples[max(int(loud[0]) * window - margin, 0) : (int(loud[-1]) + 1) * window + margin]
