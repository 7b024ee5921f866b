"""The layer on top of viet-asr's network: what it may change, and files that it cannot be read from."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bot.asr.ctc_search import Floats
from bot.asr.digit_head import DigitHead
from bot.asr.vietasr_network import HIDDEN_SIZE
from bot.errors import ModelError

TOKENS = [0, *range(3, 35, 2)]  # the blank and sixteen words
CLASSES = len(TOKENS) + 1
INNER = 256
VOCABULARY = 60
OTHERS = [token for token in range(VOCABULARY) if token not in TOKENS]
FRAMES = 23


def weights(seed: int = 0) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    shapes = {
        "inner_weight": (INNER, HIDDEN_SIZE),
        "inner_bias": (INNER,),
        "outer_weight": (CLASSES, INNER),
        "outer_bias": (CLASSES,),
        "own_weight": (CLASSES,),
    }
    return {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}


def network(sharpness: float = 1.0, frames: int = FRAMES) -> tuple[Floats, Floats]:
    """Log-probabilities and hidden states."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, sharpness, (frames, VOCABULARY))
    log_probs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    return log_probs.astype(np.float32), rng.normal(3, 2, (frames, HIDDEN_SIZE)).astype(np.float32)


def saved(folder: Path, **changed: object) -> Path:
    """A file with what is changed in it, without what is None."""
    arrays = {**weights(), "tokens": np.array(TOKENS), **changed}
    file = folder / "head.npz"
    np.savez(file, **{name: np.asarray(array) for name, array in arrays.items() if array is not None})
    return file


@pytest.fixture
def head(tmp_path: Path) -> DigitHead:
    return DigitHead.load(saved(tmp_path))


@pytest.mark.parametrize("sharpness", [0.1, 1.0, 5.0])
def test_probabilities_add_up_in_every_frame(head: DigitHead, sharpness: float) -> None:
    log_probs, hidden = network(sharpness)
    better = head(log_probs, hidden)
    assert (better.shape, better.dtype) == (log_probs.shape, np.float32)
    assert np.exp(better).sum(axis=1) == pytest.approx(np.ones(FRAMES), abs=1e-3)
    assert not np.allclose(better, log_probs, atol=0.1)


@pytest.mark.parametrize("sure_of", [0, TOKENS[3], OTHERS[2]])
def test_a_network_without_any_doubt_gives_probabilities_too(head: DigitHead, sure_of: int) -> None:
    log_probs, hidden = network()
    log_probs[:] = -40
    log_probs[:, sure_of] = 0
    better = head(log_probs, hidden)
    assert np.isfinite(better).all()
    assert np.exp(better).sum(axis=1).max() <= 1 + 1e-3


def test_other_tokens_keep_their_ratios(head: DigitHead) -> None:
    log_probs, hidden = network()
    shift = (head(log_probs, hidden) - log_probs)[:, OTHERS]
    assert np.ptp(shift, axis=1) == pytest.approx(np.zeros(FRAMES), abs=1e-4)


def test_what_it_learnt_decides_among_the_digits() -> None:
    learnt = {name: np.zeros_like(weight) for name, weight in weights().items()}
    learnt["own_weight"] += 1
    log_probs, hidden = network()
    assert DigitHead(learnt, TOKENS)(log_probs, hidden) == pytest.approx(log_probs, abs=1e-4), "it adds nothing"
    learnt["outer_bias"][5] = 20
    assert (DigitHead(learnt, TOKENS)(log_probs, hidden).argmax(axis=1) == TOKENS[5]).all()


def test_chunk_by_chunk_is_as_the_whole(head: DigitHead) -> None:
    log_probs, hidden = network()
    whole, cuts = head(log_probs, hidden), [0, 1, 8, 18, FRAMES]
    chunks = [head(log_probs[start:end], hidden[start:end]) for start, end in pairwise(cuts)]
    assert np.concatenate(chunks) == pytest.approx(whole, abs=1e-4)


def test_what_the_network_said_stays_as_it_is(head: DigitHead) -> None:
    log_probs, hidden = network()
    before = log_probs.copy(), hidden.copy()
    head(log_probs, hidden)
    assert (log_probs == before[0]).all()
    assert (hidden == before[1]).all()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"khong-co\.npz thiếu hoặc hỏng"):
        DigitHead.load(tmp_path / "khong-co.npz")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n", id="a pointer to it"),
        pytest.param(b"PK\x03\x04" + bytes(100), id="no archive"),
    ],
)
def test_another_file_under_its_name_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "head.npz"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"head\.npz thiếu hoặc hỏng"):
        DigitHead.load(file)


def test_half_a_file_is_an_error(tmp_path: Path) -> None:
    file = saved(tmp_path)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="hỏng"):
        DigitHead.load(file)


def test_a_damaged_byte_is_an_error(tmp_path: Path) -> None:
    file = saved(tmp_path)
    data = bytearray(file.read_bytes())
    data[1000] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(ModelError, match="hỏng"):
        DigitHead.load(file)


def test_a_single_array_is_no_head(tmp_path: Path) -> None:
    np.save(tmp_path / "head.npy", np.zeros(3))
    with pytest.raises(ModelError, match="hỏng"):
        DigitHead.load(tmp_path / "head.npy")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"tokens": None}, id="no tokens"),
        pytest.param({"own_weight": None}, id="a weight is missing"),
        pytest.param({"outer_weight": np.zeros((CLASSES + 1, INNER), np.float32)}, id="a class too many"),
        pytest.param({"inner_weight": np.zeros((INNER, 100), np.float32)}, id="of another network"),
        pytest.param({"tokens": np.array(TOKENS[1:])}, id="a token too few"),
    ],
)
def test_weights_that_do_not_fit_are_an_error(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="hỏng"):
        DigitHead.load(saved(tmp_path, **changed))
