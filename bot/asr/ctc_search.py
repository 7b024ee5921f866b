"""CTC prefix beam search within a grammar: the likeliest phrases of a turn while its audio comes in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.asr.grammars import UNKNOWN

BLANK: Final = 0  # the network's token
UNKNOWN_SYMBOL: Final = 0  # the grammar's own numbering: `[unk]`, then its tokens
_WORD_MARK: Final = "▁"
_NEVER: Final = -np.inf

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Natural logarithms that the search adds to those of the network."""

    word: float = -1.0  # each word
    digit: float = 0.0  # each digit word instead
    broken: float = -6.0  # a word that no phrase has in that place
    unknown: float = -4.0  # each run of speech that is no phrase
    masked: float = -4.0  # the grammar's own tokens within such a run


class Grammar:
    """Phrases as a loop: any phrase follows any phrase. Within them the last token decides what may follow.

    That is a little wider than the phrases, as Vosk's grammars are: their order of two words is kept, and any other
    order costs `Weights.broken`. Every word that `digits` names is a phrase of its own, and phrases of nothing but
    such words are left out: digits follow each other freely.

    `vocabulary` holds the network's tokens by number; `digits` says how many digits a word stands for; after a word of
    `corrections` digits no longer count. `words_left_out` cannot be spelt with the vocabulary.
    """

    def __init__(
        self,
        phrases: Iterable[str],
        vocabulary: Sequence[str],
        *,
        digits: Mapping[str, int],
        corrections: frozenset[str] = frozenset(),
        weights: Weights,
    ) -> None:
        numbers = {token: number for number, token in enumerate(vocabulary) if number != BLANK}
        spelt = {word: spelling(word, numbers) for phrase in phrases for word in phrase.split() if word != UNKNOWN}
        self.words_left_out = frozenset(word for word, tokens in spelt.items() if not tokens)
        known = [words for words in _phrases(phrases, digits) if not self.words_left_out.intersection(words)]
        used = sorted({token for words in known for word in words for token in spelt[word]})
        self._columns = np.array(used, np.intp)
        self._texts = (UNKNOWN, *(vocabulary[number] for number in used))
        symbols = {number: at for at, number in enumerate(used, UNKNOWN_SYMBOL + 1)}
        self._spelt = {word: tuple(symbols[token] for token in spelt[word]) for words in known for word in words}
        self._masked = weights.masked
        self.start = len(self._texts)  # the row of `follow` where nothing was said yet
        self.follow, self.ends = self._scores(known, digits, weights)
        self.digits = self._of_words(digits)
        self.corrects = np.array(self._of_words(dict.fromkeys(corrections, 1)), bool)

    def __len__(self) -> int:
        """How many symbols there are: the rows and columns of `follow`, without its last row, the start."""
        return len(self._texts)

    def emissions(self, log_probs: Floats) -> Doubles:
        """[frames, tokens] of the network as [frames, 1 + symbols]: blank, `[unk]`, the grammar's tokens.

        `[unk]` is all that is not blank, the grammar's own tokens at a price.
        """
        blank = log_probs[:, BLANK].astype(np.float64)
        tokens = log_probs[:, self._columns].astype(np.float64)
        inside = np.exp(tokens).sum(axis=1)
        outside = np.maximum(1 - np.exp(blank) - inside, 0)
        with np.errstate(divide="ignore"):
            unknown = np.log(outside + np.exp(self._masked) * inside)
        return np.concatenate([blank[:, None], unknown[:, None], tokens], axis=1)

    def symbols(self, text: str) -> tuple[int, ...] | None:
        """The symbols of words; None where one of them is not the grammar's."""
        symbols: list[int] = []
        for word in text.split():
            if word == UNKNOWN:
                if symbols[-1:] != [UNKNOWN_SYMBOL]:
                    symbols.append(UNKNOWN_SYMBOL)
            elif word in self._spelt:
                symbols.extend(self._spelt[word])
            else:
                return None
        return tuple(symbols)

    def text(self, symbols: Iterable[int]) -> str:
        """The words of symbols."""
        pieces = (_WORD_MARK + UNKNOWN if symbol == UNKNOWN_SYMBOL else self._texts[symbol] for symbol in symbols)
        return "".join(pieces).replace(_WORD_MARK, " ").strip()

    def begins_word(self, symbol: int) -> bool:
        return symbol == UNKNOWN_SYMBOL or self._texts[symbol].startswith(_WORD_MARK)

    def _of_words(self, values: Mapping[str, int]) -> Integers:
        """A value for each symbol that is a whole word."""
        return np.array([values.get(text.removeprefix(_WORD_MARK), 0) for text in self._texts], np.int64)

    def _scores(
        self, phrases: list[tuple[str, ...]], digits: Mapping[str, int], weights: Weights
    ) -> tuple[Doubles, Doubles]:
        """What each symbol is worth after each other, and what ending after each costs; -inf is forbidden."""
        count = len(self._texts)
        said = [[symbol for word in words for symbol in self._spelt[word]] for words in phrases]
        word_ends = {symbols[-1] for symbols in self._spelt.values()}
        phrase_ends = {symbols[-1] for symbols in said} | {UNKNOWN_SYMBOL, self.start}
        word_starts = [at for at, text in enumerate(self._texts) if text.startswith(_WORD_MARK)]
        phrase_starts = sorted({symbols[0] for symbols in said})
        ends = np.full(count + 1, _NEVER)
        ends[sorted(word_ends)] = weights.broken
        ends[sorted(phrase_ends)] = 0.0
        follow = np.full((count + 1, count), _NEVER)
        follow[:, word_starts] = np.minimum(ends, weights.broken)[:, None]
        follow[:, phrase_starts] = ends[:, None]
        for symbols in said:
            follow[symbols[:-1], symbols[1:]] = 0.0
        for at in word_starts:
            follow[:, at] += weights.digit if digits.get(self._texts[at].removeprefix(_WORD_MARK)) else weights.word
        follow[:, UNKNOWN_SYMBOL] = ends + weights.unknown
        follow[UNKNOWN_SYMBOL, UNKNOWN_SYMBOL] = _NEVER  # a run is one `[unk]`, however long
        return follow, ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Which beginnings of texts are kept after a frame. Log-probabilities are natural."""

    beam: int = 16  # the best of those with one number of digits, or of all where no length is wanted
    width: float = 25.0  # of those, no further behind the best of all
    sure: int = 2  # but so many in any case
    faintest: float = -9.0  # tokens less likely than this are not said in the frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How many digits a whole code has, and what a whole one gains over others at the end (a log prior)."""

    allowed: tuple[int, ...]
    gain: float = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """A text with `[unk]` for speech outside the grammar, its score, and its share of all that was found.

    `score` is the natural logarithm of the network's probability with the grammar's weights on it.
    """

    text: str
    score: float
    posterior: float


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when the network heard it, in ms of its frames: near the word's middle, mostly a frame or two."""

    text: str
    start_ms: int
    end_ms: int


class Search:
    """One turn's search; not thread-safe.

    A text's probability is the sum over all its alignments, as CTC has it. With `lengths` the beam holds the best of
    every number of digits, so a code of the wanted length is there at the end, and nothing longer than the longest;
    after a word of correction digits are no longer counted.
    """

    def __init__(
        self,
        grammar: Grammar,
        *,
        lengths: Lengths | None = None,
        effort: Effort = Effort(),
        frame_ms: int = 40,
    ) -> None:
        self._grammar = grammar
        self._lengths = lengths
        self._effort = effort
        self._frame_ms = frame_ms
        self._heard: list[Doubles] = []  # emissions
        # Texts are nodes of a tree: the parent and symbol of each, and its children by symbol.
        self._tree: list[tuple[int, int]] = [(-1, grammar.start)]
        self._children: dict[tuple[int, int], int] = {}
        self._beam = _Beam(
            node=np.zeros(1, np.intp),
            blank=np.zeros(1),
            token=np.full(1, _NEVER),
            worth=np.zeros(1),
            last=np.full(1, grammar.start, np.intp),
            digits=np.zeros(1, np.int64),
            corrected=np.zeros(1, bool),
        )

    def accept(self, log_probs: Floats) -> None:
        """Hear frames of the network's log-probabilities [frames, tokens], any number of them."""
        if len(log_probs):
            emissions = self._grammar.emissions(log_probs)
            self._heard.append(emissions)
            for frame in emissions:
                self._step(frame)

    def best(self) -> str:
        """The likeliest beginning so far."""
        return self._text(int(self._beam.node[np.argmax(self._beam.scores)]))

    def finish(self) -> list[Found]:
        """What was found, best first; never empty."""
        beam = self._beam
        scores = beam.scores + self._grammar.ends[beam.last]
        if self._lengths:
            scores = scores + self._lengths.gain * (np.isin(beam.digits, self._lengths.allowed) & ~beam.corrected)
        if not np.isfinite(scores).any():  # each of them ends within a word
            scores = beam.scores
        shares = np.exp(scores - np.logaddexp.reduce(scores))
        order = [at for at in np.argsort(-scores, kind="stable") if np.isfinite(scores[at])]
        return [Found(self._text(int(beam.node[at])), float(scores[at]), float(shares[at])) for at in order]

    def score(self, texts: Sequence[str]) -> list[float]:
        """The exact log-probability of each text over all frames so far, without the grammar's weights.

        Speech outside the grammar has to be named by `[unk]`. A text with a word that is not the grammar's has -inf.
        """
        frames = self._frames()
        spelt = [self._grammar.symbols(text) for text in texts]
        return [_NEVER if symbols is None else _Trellis(frames, symbols).log_probability() for symbols in spelt]

    def times(self, text: str) -> tuple[TimedWord, ...]:
        """When each word of a text was heard, on the likeliest alignment.

        Raises:
            ValueError: the text cannot be said in these frames, or not with the grammar's words.
        """
        symbols = self._grammar.symbols(text)
        spans = None if symbols is None else _Trellis(self._frames(), symbols).spans()
        if symbols is None or spans is None:
            raise ValueError("the text cannot be said in these frames")
        firsts = [at for at, symbol in enumerate(symbols) if self._grammar.begins_word(symbol)]
        return tuple(
            TimedWord(
                self._grammar.text(symbols[first:after]),
                spans[first][0] * self._frame_ms,
                spans[after - 1][1] * self._frame_ms,
            )
            for first, after in zip(firsts, [*firsts[1:], len(symbols)], strict=True)
        )

    def _frames(self) -> Doubles:
        return np.concatenate(self._heard) if self._heard else np.zeros((0, 1 + len(self._grammar)))

    def _text(self, node: int) -> str:
        symbols = []
        while node:
            node, symbol = self._tree[node]
            symbols.append(symbol)
        return self._grammar.text(reversed(symbols))

    def _step(self, frame: Doubles) -> None:
        beam = self._beam
        totals = np.logaddexp(beam.blank, beam.token)
        going_on = np.where(beam.last == UNKNOWN_SYMBOL, totals, beam.token)  # a run of `[unk]` goes on over blanks
        blank, token = totals + frame[0], going_on + np.append(frame[1:], _NEVER)[beam.last]
        grown = self._grown(beam, totals, frame)
        self._beam = replace(beam, blank=blank, token=token)
        if len(grown.last):
            self._beam = self._merged(self._beam, grown)
            self._beam = self._beam.take(self._kept(self._beam))

    def _grown(self, beam: _Beam, totals: Doubles, frame: Doubles) -> _Beam:
        """Texts with one symbol more; `node` is still that of the text without it."""
        symbols = np.flatnonzero(frame[1:] > self._effort.faintest)
        follow = self._grammar.follow[beam.last[:, None], symbols]
        after_blank = beam.last[:, None] == symbols  # a symbol that is said again has a blank before it
        before = np.where(after_blank, beam.blank[:, None], totals[:, None])
        rows, columns = np.nonzero((follow > _NEVER) & (before > _NEVER))
        added = symbols[columns]
        grown = _Beam(
            node=beam.node[rows],
            blank=np.full(len(rows), _NEVER),
            token=before[rows, columns] + frame[1 + added],
            worth=beam.worth[rows] + follow[rows, columns],
            last=added,
            digits=beam.digits[rows] + self._grammar.digits[added],
            corrected=beam.corrected[rows] | self._grammar.corrects[added],
        )
        if self._lengths:
            grown = grown.take(np.flatnonzero((grown.digits <= max(self._lengths.allowed)) | grown.corrected))
        return grown.take(self._kept(grown))

    def _merged(self, beam: _Beam, grown: _Beam) -> _Beam:
        """Both together: a text that is reached in two ways is one, with the sum of both probabilities."""
        places = {int(node): at for at, node in enumerate(beam.node)}
        fresh = []
        for at, key in enumerate(zip(grown.node.tolist(), grown.last.tolist(), strict=True)):
            node = self._children.get(key)
            if node is None:
                node = self._children[key] = len(self._tree)
                self._tree.append(key)
            place = places.get(node)
            if place is None:
                fresh.append(at)
            else:
                beam.token[place] = np.logaddexp(beam.token[place], grown.token[at])
            grown.node[at] = node
        return beam.joined(grown.take(np.array(fresh, np.intp)))

    def _kept(self, beam: _Beam) -> Indices:
        """Which texts are worth keeping."""
        scores = beam.scores
        if len(scores) <= self._effort.sure:
            return np.arange(len(scores))
        group = np.where(beam.corrected, -1, beam.digits) if self._lengths else np.zeros(len(scores), np.int64)
        order = np.lexsort((-scores, group))
        starts = np.flatnonzero(np.diff(group[order], prepend=-2))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
        near = scores[order] > scores.max() - self._effort.width
        kept: Indices = order[(rank < self._effort.sure) | (near & (rank < self._effort.beam))]
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beam:
    """Texts side by side: log-probability of those alignments that end in a blank, and in the last symbol."""

    node: Indices
    blank: Doubles
    token: Doubles
    worth: Doubles  # the grammar's weights
    last: Indices  # symbol
    digits: Integers
    corrected: npt.NDArray[np.bool_]

    @property
    def scores(self) -> Doubles:
        scores: Doubles = np.logaddexp(self.blank, self.token) + self.worth
        return scores

    def take(self, places: Indices) -> _Beam:
        return _Beam(**{field.name: getattr(self, field.name)[places] for field in fields(self)})

    def joined(self, other: _Beam) -> _Beam:
        both = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        return _Beam(**{name: np.concatenate(pair) for name, pair in both.items()})


class _Trellis:
    """All alignments of one text: blank, symbol, blank, symbol... blank over the frames."""

    def __init__(self, frames: Doubles, symbols: Sequence[int]) -> None:
        count = 2 * len(symbols) + 1
        columns = np.zeros(count, np.intp)
        columns[1::2] = np.array(symbols, np.intp) + 1
        self._said = frames[:, columns]
        self._skips = np.zeros(count, bool)  # over the blank between two different symbols
        self._skips[3::2] = columns[3::2] != columns[1:-2:2]
        self._returns = np.zeros(count, bool)  # from the blank behind: a run of `[unk]` goes on
        self._returns[1::2] = columns[1::2] == UNKNOWN_SYMBOL + 1

    def log_probability(self) -> float:
        before = self._start()
        for frame in self._said:
            before = np.logaddexp.reduce(self._ways(before)) + frame
        return float(np.logaddexp.reduce(before[-2:])) if len(self._said) else float(before[-1])

    def spans(self) -> list[tuple[int, int]] | None:
        """First frame of each symbol, and the one after its last; None where the frames are too few."""
        before = self._start()
        came = np.zeros(self._said.shape, np.intp)
        for at, frame in enumerate(self._said):
            ways = self._ways(before)
            came[at] = ways.argmax(axis=0)
            before = ways.max(axis=0) + frame
        place = len(before) - 1 if len(before) == 1 or before[-1] > before[-2] else len(before) - 2
        if not before[place] > _NEVER:
            return None
        places = np.zeros(len(came), np.intp)
        for at in range(len(came) - 1, -1, -1):
            places[at] = place
            place -= _STEP_OF_WAY[came[at, place]]
        said = [np.flatnonzero(places == 2 * at + 1) for at in range(len(before) // 2)]
        return [(int(frames[0]), int(frames[-1]) + 1) for frames in said]

    def _start(self) -> Doubles:
        """Before the first frame one stands on the first blank."""
        start = np.full(self._said.shape[1], _NEVER)
        start[0] = 0.0
        return start

    def _ways(self, before: Doubles) -> Doubles:
        """Log-probabilities [4, places] of coming to each place: staying, from the one before, a skip, a return."""
        ways = np.full((4, len(before)), _NEVER)
        ways[0] = before
        ways[1, 1:] = before[:-1]
        ways[2, 2:] = np.where(self._skips[2:], before[:-2], _NEVER)
        ways[3, :-1] = np.where(self._returns[:-1], before[1:], _NEVER)
        return ways


_STEP_OF_WAY: Final = (0, 1, 2, -1)


def spelling(word: str, numbers: Mapping[str, int]) -> tuple[int, ...]:
    """A word in tokens, the longest first; empty where it cannot be spelt."""
    rest, tokens = _WORD_MARK + word, []
    while rest:
        piece = next((rest[:size] for size in range(len(rest), 0, -1) if rest[:size] in numbers), None)
        if piece is None:
            return ()
        tokens.append(numbers[piece])
        rest = rest[len(piece) :]
    return tuple(tokens)


def _phrases(phrases: Iterable[str], digits: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    single = {word for phrase in phrases for word in phrase.split() if word in digits}
    yield from ((word,) for word in sorted(single))
    for phrase in phrases:
        words = tuple(phrase.split())
        if words and UNKNOWN not in words and not single.issuperset(words):
            yield words
