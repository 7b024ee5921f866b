"""What the states of the aligner sound like: Gaussians to begin with, then classes that a small network tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PRIOR = 8.0  # steps of all sounds that each state is thought to have seen
_WEIGHT = 0.4  # of a step's log probability: neighbours are alike
_WIDTH = 160
_DILATIONS = (1, 1, 2, 4)
_EPOCHS = 2
_TOGETHER = 8  # readings in a batch
_STEPS = 400  # of each; a longer one is cut


class Model(Protocol):
    def scores(self, heard: Doubles, chain: Integers) -> Doubles:
        """[steps, states of the chain] of features [steps, size]: log probabilities, up to a constant of each step."""
        ...


@dataclass(frozen=True, slots=True)
class Gaussians:
    """`means` and `variances` [states, size]."""

    means: Doubles
    variances: Doubles

    @classmethod
    def of(
        cls, heard: Sequence[Doubles], chains: Sequence[Integers], paths: Sequence[Integers], states: int
    ) -> Gaussians:
        size = heard[0].shape[1]
        count, first, second = np.zeros(states), np.zeros((states, size)), np.zeros((states, size))
        for x, chain, path in zip(heard, chains, paths, strict=True):
            state = chain[path]
            np.add.at(count, state, 1)
            np.add.at(first, state, x)
            np.add.at(second, state, x**2)
        mean = first.sum(axis=0) / count.sum()
        variance = second.sum(axis=0) / count.sum() - mean**2
        means = (first + _PRIOR * mean) / (count + _PRIOR)[:, None]
        variances = (second + _PRIOR * (variance + mean**2)) / (count + _PRIOR)[:, None] - means**2
        return cls(means, np.maximum(variances, 0.05 * variance))

    def scores(self, heard: Doubles, chain: Integers) -> Doubles:
        used, place = np.unique(chain, return_inverse=True)
        weight = 1 / self.variances[used]
        likely = -0.5 * (
            (heard**2) @ weight.T
            - 2 * heard @ (self.means[used] * weight).T
            + (self.means[used] ** 2 * weight).sum(axis=1)
            + np.log(self.variances[used]).sum(axis=1)
        )
        return np.asarray(_WEIGHT * likely[:, place])


class _Network(nn.Module):
    """Log probabilities [batch, states, steps] of features [batch, size, steps]."""

    def __init__(self, size: int, states: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(size, _WIDTH, 5, padding=2)
        self.layers = nn.ModuleList(
            nn.Conv1d(_WIDTH, _WIDTH, 3, padding=dilation, dilation=dilation) for dilation in _DILATIONS
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(_WIDTH) for _ in _DILATIONS)
        self.out = nn.Conv1d(_WIDTH, states, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = x + nn.functional.dropout(layer(norm(x).relu()), 0.2, self.training)
        return self.out(x.relu()).log_softmax(1)


@dataclass(frozen=True, slots=True)
class Classes:
    """`network` tells states apart; `log_prior` [states] is how often each is."""

    network: _Network
    log_prior: Doubles

    @classmethod
    def learnt(cls, heard: Sequence[Doubles], states: Sequence[Integers], count: int) -> Classes:
        """From the states that the steps of each reading are taken for."""
        torch.manual_seed(0)
        rng = np.random.default_rng(0)
        network = _Network(heard[0].shape[1], count)
        total = _EPOCHS * (len(heard) // _TOGETHER)
        optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=total + 1, pct_start=0.1)
        for _ in range(_EPOCHS):
            order = rng.permutation(len(heard))
            for start in range(0, len(order) - _TOGETHER + 1, _TOGETHER):
                x, y = _padded([(heard[at], states[at]) for at in order[start : start + _TOGETHER]], rng)
                loss = nn.functional.nll_loss(network(x), y, ignore_index=-1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        seen = np.bincount(np.concatenate(states), minlength=count) + 1.0
        return cls(network.eval(), np.log(seen / seen.sum()))

    def scores(self, heard: Doubles, chain: Integers) -> Doubles:
        torch.set_num_threads(1)
        with torch.no_grad():
            log_probs = self.network(torch.tensor(heard.T[None], dtype=torch.float32))[0].T.numpy()
        return np.asarray((log_probs - self.log_prior)[:, chain], np.float64)


def _padded(pairs: Sequence[tuple[Doubles, Integers]], rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    x = np.zeros((len(pairs), pairs[0][0].shape[1], _STEPS), np.float32)
    y = np.full((len(pairs), _STEPS), -1)
    for row, (heard, states) in enumerate(pairs):
        start = int(rng.integers(0, max(len(heard) - _STEPS, 0) + 1))
        part = slice(start, start + _STEPS)
        x[row, :, : len(heard[part])] = heard[part].T
        y[row, : len(states[part])] = states[part]
    return torch.from_numpy(x), torch.from_numpy(y)
