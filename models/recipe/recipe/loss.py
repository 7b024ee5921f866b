"""CTC in which a unit lasts exactly one frame: in the Vosk graph a unit's self loop is the blank."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_NOTHING = 1e-300  # instead of dividing by zero


def one_frame_ctc(log_probs: Tensor, frames: Tensor, units: Tensor, lengths: Tensor) -> Tensor:
    """Negative log likelihood of each utterance, [batch].

    `log_probs` [batch, T, classes] with class 0 the blank, `frames` [batch] valid frames, `units` [batch, U] targets,
    `lengths` [batch] how many of them; no target (noise) is all blanks.
    """
    batch, total, _ = log_probs.shape
    labels = torch.zeros(batch, 2 * units.shape[1] + 1, dtype=torch.long, device=log_probs.device)
    labels[:, 1::2] = units
    emitted = log_probs.gather(2, labels[:, None, :].expand(batch, total, labels.shape[1]))
    loss: Tensor = _ForwardBackward.apply(emitted, frames, lengths)
    return loss


class _ForwardBackward(torch.autograd.Function):
    """The sum over all alignments, and how probable each state is in each frame.

    PyTorch takes two to three times as long to differentiate the steps, as each is a small tensor.
    """

    @staticmethod
    def forward(ctx: Any, emitted: Tensor, frames: Tensor, lengths: Tensor) -> Tensor:
        logs = emitted.detach().double().cpu().numpy().transpose(1, 0, 2)
        loss, posteriors = forward_backward(logs, frames.cpu().numpy(), lengths.cpu().numpy())
        ctx.save_for_backward(torch.from_numpy(posteriors.transpose(1, 0, 2)).to(emitted))
        return torch.from_numpy(loss).to(emitted)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (posteriors,) = ctx.saved_tensors
        return -posteriors * gradient[:, None, None], None, None


def forward_backward(logs: Doubles, frames: Integers, lengths: Integers) -> tuple[Doubles, Doubles]:
    """Negative log likelihoods [batch], and the posterior of each state [T, batch, states].

    `logs` [T, batch, states] are log-probabilities of blank, unit, blank, unit... blank. Probabilities are scaled to
    sum to one in every frame, so that nothing vanishes.
    """
    total, batch, states = logs.shape
    top = logs.max(axis=2)
    said = np.exp(logs - top[:, :, None])
    stays = np.zeros(states)
    stays[::2] = 1.0
    rows = np.arange(batch)
    ends = np.zeros((batch, states))
    ends[rows, 2 * lengths] = 1.0
    ends[rows, np.maximum(2 * lengths - 1, 0)] = 1.0

    alpha, scale = np.empty_like(said), np.empty((total, batch))
    now = np.zeros((batch, states))
    now[:, :2] = said[0, :, :2]
    for frame in range(total):
        if frame:
            before = alpha[frame - 1]
            now = before * stays
            now[:, 1:] += before[:, :-1]
            now[:, 3::2] += before[:, 1:-2:2]
            now *= said[frame]
        scale[frame] = np.maximum(now.sum(axis=1), _NOTHING)
        alpha[frame] = now / scale[frame][:, None]

    beta = np.zeros_like(said)
    for frame in range(total - 1, -1, -1):
        if frame + 1 < total:
            after = beta[frame + 1] * said[frame + 1]
            now = after * stays
            now[:, :-1] += after[:, 1:]
            now[:, 1:-2:2] += after[:, 3::2]
            beta[frame] = now / np.maximum(now.sum(axis=1), _NOTHING)[:, None]
        last = frames == frame + 1
        beta[frame, last] = ends[last]

    posteriors = alpha * beta
    posteriors /= np.maximum(posteriors.sum(axis=2, keepdims=True), _NOTHING)
    heard = np.arange(total)[:, None] < frames
    ending = (alpha[frames - 1, rows] * ends).sum(axis=1)
    loss = -(np.log(np.maximum(ending, _NOTHING)) + ((np.log(scale) + top) * heard).sum(axis=0))
    return loss, posteriors
