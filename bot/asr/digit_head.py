"""A small layer on top of viet-asr's network, trained on digits over telephone lines; it changes digit words only."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.asr.vietasr_network import HIDDEN_SIZE
from bot.errors import ModelError

Floats = npt.NDArray[np.float32]

_LEAST = -14.0  # a log-probability under which the network's own score says nothing more

# What numpy raises for a file that is not there, of another kind, cut off or damaged.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError),
)


class DigitHead:
    """Hidden states through one hidden layer, and what the network itself said, to better log-probabilities.

    Classes are the blank, the digit words, and one for all other tokens, among which the network's own shares hold.
    """

    def __init__(self, weights: dict[str, Floats], tokens: Sequence[int]) -> None:
        self._weights = weights
        self._tokens = np.asarray(tokens)

    @classmethod
    def load(cls, file: Path) -> DigitHead:
        """Read `head.npz`. Raises ModelError."""
        try:
            with np.load(file) as stored:
                arrays = {name: stored[name] for name in stored.files}
            tokens = arrays.pop("tokens").tolist()
            _check(arrays, classes=len(tokens) + 1)
        except _UNREADABLE as error:
            raise ModelError(f"{file} thiếu hoặc hỏng ({error}). Chép lại thư mục này.") from None
        return cls(arrays, tokens)

    def __call__(self, log_probs: Floats, hidden: Floats) -> Floats:
        """[frames, tokens] and [frames, 448] to [frames, tokens]."""
        w = self._weights
        mean = hidden.mean(axis=1, keepdims=True)
        normed = (hidden - mean) / np.sqrt(((hidden - mean) ** 2).mean(axis=1, keepdims=True) + 1e-5)
        inner = np.maximum(normed @ w["inner_weight"].T + w["inner_bias"], 0)
        own, others = self._classes(log_probs)
        scores = inner @ w["outer_weight"].T + w["outer_bias"] + w["own_weight"] * np.maximum(own, _LEAST)
        scores -= np.logaddexp.reduce(scores, axis=1, keepdims=True)
        better = log_probs + (scores[:, -1:] - others)
        better[:, self._tokens] = scores[:, :-1]
        return np.asarray(better, np.float32)

    def _classes(self, log_probs: Floats) -> tuple[Floats, Floats]:
        """The network's log-probabilities of the classes [frames, classes], and of all other tokens [frames, 1]."""
        known = log_probs[:, self._tokens]
        rest = 1 - np.exp(known).sum(axis=1, keepdims=True)
        others = np.log(np.maximum(rest, 1e-7))
        return np.concatenate([known, others], axis=1), others


def _check(weights: Mapping[str, Floats], *, classes: int) -> None:
    """Raises ValueError or KeyError where shapes do not fit each other or the network."""
    inner = weights["inner_bias"].size
    shapes = {
        "inner_weight": (inner, HIDDEN_SIZE),
        "inner_bias": (inner,),
        "outer_weight": (classes, inner),
        "outer_bias": (classes,),
        "own_weight": (classes,),
    }
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise ValueError(f"{name} {weights[name].shape}, not {shape}")
