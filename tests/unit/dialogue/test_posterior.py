"""How probable an n-best makes a code."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.posterior import CodePosterior, code_posterior

NBest = list[tuple[list[str], float | None]]


@pytest.mark.parametrize(
    ("n_best", "expected"),
    [
        ([(["0123"], 1.0)], CodePosterior(1.0, (1.0, 1.0, 1.0, 1.0))),
        ([(["0123"], 0.75), (["0124"], 0.25)], CodePosterior(0.75, (1.0, 1.0, 1.0, 0.75))),
        ([(["0123"], 0.5), (["0124"], 0.25), (["0153"], 0.25)], CodePosterior(0.5, (1.0, 1.0, 0.75, 0.75))),
        ([(["0123"], 0.5), (["0123"], 0.5)], CodePosterior(1.0, (1.0, 1.0, 1.0, 1.0))),  # said in other words
        ([(["0123"], 0.5), (["0124", "0123"], 0.5)], CodePosterior(0.75, (1.0, 1.0, 1.0, 0.75))),  # read two ways
        ([([], 0.5), (["0123"], 0.25), (["0124"], 0.25)], CodePosterior(0.25, (1.0, 1.0, 1.0, 0.5))),  # too short
        ([(["0123"], 0.5), (["012345"], 0.5)], CodePosterior(0.5, (1.0, 1.0, 1.0, 1.0))),  # a longer code
        ([(["0123"], 0.4)], CodePosterior(0.4, (1.0, 1.0, 1.0, 1.0))),  # alone is not yet sure
        ([(["0123"], None)], None),
        ([(["0123"], 0.5), ([], None)], None),
        ([(["0123"], 0.0)], None),
        ([], None),
    ],
)
def test_the_posterior_of_a_code(n_best: NBest, expected: CodePosterior | None) -> None:
    assert code_posterior("0123", n_best) == expected


@st.composite
def n_bests(draw: st.DrawFn) -> list[tuple[list[str], float]]:
    """Codes of one length and some that are a digit short, with confidences that add up to 1."""
    size = draw(st.integers(4, 12))
    texts = draw(st.lists(st.text("0123", min_size=size - 1, max_size=size), min_size=1, max_size=10))
    scores = [draw(st.floats(0.01, 1)) for _ in texts]
    return [([text], score / sum(scores)) for text, score in zip(texts, scores, strict=True)]


@given(n_bests(), st.randoms(use_true_random=False))
def test_the_shares_are_probabilities_whatever_the_order(n_best: list[tuple[list[str], float]], rng: Random) -> None:
    code = n_best[0][0][0]
    posterior = code_posterior(code, n_best)
    assert posterior is not None
    assert len(posterior.digits) == len(code)
    assert 0 <= posterior.whole <= min(posterior.digits) + 1e-9
    assert max(posterior.digits) <= 1
    shuffled = code_posterior(code, rng.sample(n_best, len(n_best)))
    assert shuffled is not None
    assert shuffled.digits == pytest.approx(posterior.digits)
    assert shuffled.whole == pytest.approx(posterior.whole)


@given(n_bests())
def test_the_shares_of_all_digits_at_a_place_add_up(n_best: list[tuple[list[str], float]]) -> None:
    code = n_best[0][0][0]
    for at in range(len(code)):
        rivals = [code_posterior(code[:at] + digit + code[at + 1 :], n_best) for digit in "0123"]
        assert sum(each.digits[at] for each in rivals if each) == pytest.approx(1)


@given(n_bests(), st.data())
def test_a_digit_in_which_all_agree_is_sure(n_best: list[tuple[list[str], float]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, min(len(codes[0]) for codes, _ in n_best) - 1))
    agreeing = [([codes[0][:at] + "7" + codes[0][at + 1 :]], share) for codes, share in n_best]
    posterior = code_posterior(agreeing[0][0][0], agreeing)
    assert posterior is not None
    assert posterior.digits[at] == pytest.approx(1)


def test_what_it_tells_of_digits_stays_out_of_its_repr() -> None:
    assert "0.25" not in repr(CodePosterior(0.5, (0.25,)))
