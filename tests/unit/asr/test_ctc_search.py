"""The search and its exact scores against every alignment of small random cases."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.asr.ctc_search import UNKNOWN_SYMBOL, Effort, Floats, Grammar, Lengths, Search, Weights, spelling

VOCABULARY = ("<blank>", "▁một", "▁hai", "▁dạ", "▁giê", "▁đú", "n", "▁khác", "▁nhầm", "▁sau")
DIGITS = {"một": 1, "hai": 1}
EVERYTHING = Effort(beam=10**6, width=np.inf, faintest=-np.inf)
FLAT = Weights(word=0.0, digit=0.0, broken=0.0, unknown=0.0, masked=-1.0)


def grammar(*phrases: str, weights: Weights = FLAT, corrections: frozenset[str] = frozenset()) -> Grammar:
    return Grammar((*phrases, "[unk]"), VOCABULARY, digits=DIGITS, corrections=corrections, weights=weights)


def frames(*said: str, sure: float = 0.9) -> Floats:
    """One frame for each token, or for a blank (an empty string), and a blank after each."""
    rows = []
    for token in said:
        for number in (VOCABULARY.index(token) if token else 0, 0):
            row = np.full(len(VOCABULARY), (1 - sure) / (len(VOCABULARY) - 1))
            row[number] = sure
            rows.append(row)
    return np.log(np.array(rows)).astype(np.float32)


def noise(seed: int, count: int, sharpness: float = 2.0) -> Floats:
    logits = np.random.default_rng(seed).standard_normal((count, len(VOCABULARY))) * sharpness
    return (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)).astype(np.float32)


def searched(
    grammar: Grammar, log_probs: Floats, effort: Effort = EVERYTHING, lengths: Lengths | None = None
) -> Search:
    search = Search(grammar, effort=effort, lengths=lengths)
    search.accept(log_probs)
    return search


def text_of(grammar: Grammar, path: tuple[int, ...]) -> tuple[int, ...]:
    """Symbols of an alignment whose blanks are -1."""
    symbols = [symbol for symbol, _ in groupby(path) if symbol >= 0]
    return tuple(
        symbol
        for at, symbol in enumerate(symbols)
        if (symbol, symbols[at - 1 : at]) != (UNKNOWN_SYMBOL, [UNKNOWN_SYMBOL])
    )


def by_hand(grammar: Grammar, log_probs: Floats) -> dict[tuple[int, ...], float]:
    """The probability of every text, from all its alignments."""
    emissions = np.exp(grammar.emissions(log_probs))
    found: dict[tuple[int, ...], float] = {}
    for path in product(range(-1, len(grammar)), repeat=len(log_probs)):
        text = text_of(grammar, path)
        found[text] = found.get(text, 0.0) + float(np.prod([emissions[at, 1 + one] for at, one in enumerate(path)]))
    return found


def worth(grammar: Grammar, symbols: tuple[int, ...]) -> float:
    steps = sum(grammar.follow[before, one] for before, one in zip((grammar.start, *symbols), symbols))  # noqa: B905
    return float(steps + grammar.ends[symbols[-1] if symbols else grammar.start])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 4), sharpness=st.floats(0.1, 5))
def test_the_search_sums_all_alignments(seed: int, count: int, sharpness: float) -> None:
    weights = Weights(word=0.5, digit=1.5, broken=-2.0, unknown=-1.0, masked=-1.0)
    words = grammar("một hai", "dạ một", "giê đún", weights=weights)
    log_probs = noise(seed, count, sharpness)
    expected = {
        words.text(symbols): np.log(probability) + worth(words, symbols)
        for symbols, probability in by_hand(words, log_probs).items()
        if worth(words, symbols) > -np.inf
    }
    found = searched(words, log_probs).finish()
    assert {one.text: one.score for one in found} == pytest.approx(expected, abs=1e-6)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert sum(one.posterior for one in found) == pytest.approx(1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 4))
def test_scores_of_texts_are_exact(seed: int, count: int) -> None:
    words = grammar("một hai", "dạ", "giê đún")
    log_probs = noise(seed, count)
    expected = by_hand(words, log_probs)
    texts = ("", "một", "một một", "một hai", "dạ [unk]", "[unk] hai", "[unk] hai [unk]", "đún")
    for text, score in zip(texts, searched(words, log_probs).score(texts), strict=True):
        symbols = words.symbols(text)
        assert symbols is not None
        assert score == pytest.approx(np.log(expected[symbols]) if symbols in expected else -np.inf, abs=1e-6)


def test_other_words_than_the_grammars_have_no_score() -> None:
    assert searched(grammar("một"), noise(1, 3)).score(["khác"]) == [-np.inf]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(0, 12))
def test_chunks_of_frames_change_nothing(seed: int, cut: int) -> None:
    words, log_probs = grammar("một hai", "dạ"), noise(seed, 12)
    search = Search(words)
    search.accept(log_probs[:cut])
    search.accept(log_probs[cut:])
    whole = searched(words, log_probs, Effort())
    assert search.best() == whole.best()
    assert search.finish() == whole.finish()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_narrow_search_finds_the_same_best_text_where_it_is_clear(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = [VOCABULARY[1 + rng.integers(3)] for _ in range(6)]
    words = grammar("một hai", "dạ")
    narrow = searched(words, frames(*said), Effort(beam=4))
    assert narrow.finish()[0].text == "".join(said).replace("▁", " ").strip()


def test_phrases_follow_each_other_and_other_orders_cost() -> None:
    words = grammar("dạ sau", weights=Weights(word=0.0, digit=0.0, broken=-5.0, unknown=0.0))
    yes, later = words.symbols("dạ sau") or ()
    assert words.follow[words.start, yes] == words.follow[yes, later] == words.follow[later, yes] == 0
    assert words.follow[words.start, later] == words.follow[yes, yes] == words.ends[yes] == -5


def test_digits_of_pairs_follow_each_other_freely() -> None:
    words = grammar("một hai", weights=Weights(digit=2.0))
    one, two = words.symbols("một hai") or ()
    assert set(words.follow[[[words.start], [one], [two]], [one, two]].flat) == {2.0}


def test_words_are_spelt_with_the_longest_pieces() -> None:
    numbers = {token: number for number, token in enumerate(VOCABULARY)}
    assert spelling("một", numbers) == (1,)
    assert spelling("đún", numbers) == (5, 6)
    assert spelling("xin", numbers) == ()
    words = grammar("giê đún", "xin một")
    assert words.words_left_out == {"xin"}
    assert words.text(words.symbols("giê đún") or ()) == "giê đún"
    assert searched(words, frames("▁giê", "▁đú", "n"), Effort()).finish()[0].text == "giê đún"


def test_half_a_word_is_no_text() -> None:
    assert all(one.text != "đú" for one in searched(grammar("đún"), frames("▁đú")).finish())


def test_other_speech_is_one_unknown_however_long() -> None:
    words = grammar("một", weights=Weights(unknown=-2.0))
    said = frames("▁khác", "▁sau", "", "▁khác", "▁một", "▁sau", sure=0.999)
    assert searched(words, said, Effort()).finish()[0].text == "[unk] một [unk]"


def test_silence_has_no_words() -> None:
    assert searched(grammar("một"), frames("", "", "", sure=0.999), Effort()).finish()[0].text == ""
    assert Search(grammar("một")).finish()[0].text == ""
    assert Search(grammar("một")).best() == ""


def digit_counts(search: Search) -> set[int]:
    return {sum(word in DIGITS for word in one.text.split()) for one in search.finish()}


def test_every_number_of_digits_stays_in_the_beam() -> None:
    words, lengths = grammar("một", "hai"), Lengths(allowed=(4,))
    said = frames("▁một", "▁hai", "▁một", "▁hai", "▁một", sure=0.999)
    assert digit_counts(searched(words, said, Effort(beam=3, width=5), lengths)) == {0, 1, 2, 3, 4}


def test_nothing_is_longer_than_the_longest_unless_it_was_corrected() -> None:
    words = grammar("một", "hai", "nhầm", weights=Weights(word=0.0), corrections=frozenset({"nhầm"}))
    lengths = Lengths(allowed=(2,))
    said = frames("▁một", "▁hai", "▁nhầm", "▁một", "▁hai", sure=0.999)
    assert searched(words, said, Effort(), lengths).finish()[0].text == "một hai nhầm một hai"
    plain = searched(grammar("một", "hai"), frames("▁một", "▁hai", "▁một"), Effort(), lengths)
    assert max(digit_counts(plain)) == 2


@pytest.mark.parametrize(("gain", "digits"), [(0.0, 1), (5.0, 2)])
def test_a_whole_code_gains_where_it_is_doubtful(gain: float, digits: int) -> None:
    words = grammar("một", "hai", weights=Weights(digit=0.0, unknown=-5.0))
    doubtful = np.concatenate([frames("▁một"), frames("▁hai", sure=0.2)])
    doubtful[2:, 0] = np.log(0.75)
    best = searched(words, doubtful, Effort(), Lengths(allowed=(2,), gain=gain)).finish()[0]
    assert len(best.text.split()) == digits


def test_a_clear_part_of_a_code_wins() -> None:
    said = searched(grammar("một", "hai"), frames("▁một", "▁hai", "", ""), Effort(), Lengths(allowed=(10,)))
    assert said.finish()[0].text == "một hai"


def test_words_have_times() -> None:
    search = searched(grammar("một hai", "giê đún"), frames("", "▁một", "▁đú", "n", "▁khác"))
    times = [(word.text, word.start_ms, word.end_ms) for word in search.times("một đún [unk]")]
    assert times == [("một", 80, 120), ("đún", 160, 280), ("[unk]", 320, 360)]
    with pytest.raises(ValueError, match="cannot be said"):
        search.times("khác")
    with pytest.raises(ValueError, match="cannot be said"):
        searched(grammar("một"), frames("▁một")).times("một một một")


def test_unknown_speech_is_what_is_left_and_a_little_of_the_grammar() -> None:
    words = grammar("một", weights=Weights(masked=-3.0))
    emissions: npt.NDArray[np.float64] = words.emissions(frames("▁một", sure=0.91))
    assert emissions.shape == (2, 3)
    assert np.exp(emissions[0, 1]) == pytest.approx(0.08 + 0.91 * np.exp(-3), rel=1e-4)
