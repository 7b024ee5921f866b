"""CTC in which a unit lasts exactly one frame: in the Vosk graph a unit's self loop is the blank."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_NEVER = -1e4


def one_frame_ctc(log_probs: Tensor, frames: Tensor, units: Tensor, lengths: Tensor) -> Tensor:
    """Negative log likelihood of each utterance, [batch].

    `log_probs` [batch, T, classes] with class 0 the blank, `frames` [batch] valid frames, `units` [batch, U] targets,
    `lengths` [batch] how many of them; no target (noise) is all blanks.
    """
    batch, total, _ = log_probs.shape
    states = 2 * units.shape[1] + 1
    device = log_probs.device
    labels = torch.zeros(batch, states, dtype=torch.long, device=device)
    labels[:, 1::2] = units
    emitted = log_probs.gather(2, labels[:, None, :].expand(batch, total, states))
    stay = torch.zeros(states, device=device)
    stay[1::2] = _NEVER
    skip = torch.full((states,), _NEVER, device=device)
    skip[3::2] = 0.0
    alpha = F.pad(emitted[:, 0, :2], (0, states - 2), value=_NEVER)
    rows = [alpha]
    for frame in range(1, total):
        one, two = F.pad(alpha, (1, 0), value=_NEVER)[:, :states], F.pad(alpha, (2, 0), value=_NEVER)[:, :states]
        alpha = torch.logsumexp(torch.stack([alpha + stay, one, two + skip]), 0) + emitted[:, frame]
        rows.append(alpha)
    last = torch.stack(rows, 1)[torch.arange(batch, device=device), frames - 1]
    blank_end = last.gather(1, 2 * lengths[:, None])[:, 0]
    unit_end = last.gather(1, (2 * lengths - 1).clamp(min=0)[:, None])[:, 0]
    return -torch.where(lengths > 0, torch.logaddexp(blank_end, unit_end), blank_end)
