"""The loss against all alignments, one by one."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from torch import Tensor

from recipe.loss import one_frame_ctc


def by_hand(log_probs: Tensor, units: list[int]) -> Tensor:
    """Every way to say each unit in one frame, in order, with blanks in all other frames."""
    frames = len(log_probs)
    ways = []
    for places in combinations(range(frames), len(units)):
        said = dict(zip(places, units, strict=True))
        ways.append(sum((log_probs[frame, said.get(frame, 0)] for frame in range(frames)), torch.tensor(0.0).double()))
    return -torch.logsumexp(torch.stack(ways), 0)


def test_it_is_the_sum_over_all_alignments_and_so_is_its_gradient() -> None:
    torch.manual_seed(3)
    raw = (3 * torch.randn(4, 7, 5, dtype=torch.double)).requires_grad_()
    frames, wanted = [7, 5, 4, 6], [[1, 2, 2], [3], [], [4, 4, 1, 2]]
    units = torch.tensor([[*each, *[0] * (4 - len(each))] for each in wanted])
    lengths = torch.tensor([len(each) for each in wanted])
    loss = one_frame_ctc(raw.log_softmax(2), torch.tensor(frames), units, lengths)
    expected = torch.stack([by_hand(raw[at, : frames[at]].log_softmax(1), each) for at, each in enumerate(wanted)])
    assert torch.allclose(loss, expected)
    weights = torch.tensor([1.0, 2.0, 0.5, 1.5], dtype=torch.double)
    (gradient,) = torch.autograd.grad((loss * weights).sum(), raw)
    (by_ways,) = torch.autograd.grad((expected * weights).sum(), raw)
    assert torch.allclose(gradient, by_ways)


def test_improbable_words_have_a_finite_loss_and_gradient() -> None:
    log_probs = torch.full((1, 200, 3), -200.0)
    log_probs[:, :, 0] = 0.0
    log_probs.requires_grad_()
    loss = one_frame_ctc(log_probs, torch.tensor([200]), torch.tensor([[1, 2, 1]]), torch.tensor([3]))
    loss.sum().backward()
    assert loss.item() == pytest.approx(600 - torch.tensor(200 * 199 * 198 / 6).log().item(), rel=1e-4)
    assert torch.isfinite(log_probs.grad).all()
