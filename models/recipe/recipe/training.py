"""Trains the network on utterances that are drawn for the purpose; resumable, the same seed gives the same model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, IterableDataset

from recipe.examples import Examples
from recipe.features import mfcc
from recipe.kaldi import affines
from recipe.loss import one_frame_ctc
from recipe.network import Network, output_frames, pad

LEARNING_RATE = 2e-3
_BATCH_FRAMES = 14_000  # input frames of 10 ms in a batch
_AVERAGE = 0.999  # weight of what was before a step in the average over steps
_KEEP_EVERY = 50  # steps between checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """`draws` groups of `utterances` are drawn and batched by length, each group used `uses` times."""

    draws: int
    utterances: int = 320
    uses: int = 1
    seed: int = 0
    learning_rate: float = LEARNING_RATE
    width: int = 256


@dataclass(frozen=True, slots=True)
class Batch:
    """`mfcc` [batch, padded frames, 40], `frames` [batch] output frames, `units` [batch, U], `lengths` [batch]."""

    mfcc: Tensor
    frames: Tensor
    units: Tensor
    lengths: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*(tensor.to(device) for tensor in (self.mfcc, self.frames, self.units, self.lengths)))


class _Draws(IterableDataset[list[Batch]]):
    def __init__(self, examples: Examples, plan: TrainingPlan, first: int) -> None:
        self._examples, self._plan, self._first = examples, plan, first

    def __iter__(self) -> Iterator[list[Batch]]:
        torch.set_num_threads(1)
        for draw in range(self._first, self._plan.draws):
            yield batches(self._examples, np.random.default_rng([self._plan.seed, draw]), self._plan.utterances)


def batches(examples: Examples, rng: np.random.Generator, count: int) -> list[Batch]:
    """`count` utterances as batches of like length."""
    drawn = []
    while len(drawn) < count:
        example = examples.draw(rng)
        features = mfcc(example.samples)
        if output_frames(len(features)) > len(example.units) + 1:
            drawn.append((features, example.units))
    drawn.sort(key=lambda each: len(each[0]))
    groups: list[list[tuple[np.ndarray, np.ndarray]]] = [[]]
    for each in drawn:
        if groups[-1] and (len(groups[-1]) + 1) * len(each[0]) > _BATCH_FRAMES:
            groups.append([])
        groups[-1].append(each)
    return [_batch(group) for group in groups]


def train(
    examples: Examples,
    units: int,
    plan: TrainingPlan,
    work_dir: Path,
    report: Callable[[str], None],
    *,
    start_from: Path | None = None,
) -> Network:
    """Train, or go on where `work_dir/checkpoint.pt` stands; on a GPU where there is one.

    What comes out is an average over the last steps, which hears new speakers better than the last step does. A new
    training starts with random weights, or with those of the Vosk model in `start_from`.

    Raises:
        OSError: `start_from` cannot be read. ValueError: it is a network of another shape.
    """
    torch.manual_seed(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(units, plan.width).to(device)
    checkpoint = work_dir / "checkpoint.pt"
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=1e-3)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(_AVERAGE), use_buffers=True)
    first = 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, map_location=device)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.load_state_dict(state["average"])
        first = state["draw"]
        report(f"going on at draw {first} of {plan.draws}")
    else:
        _begin(network, examples, plan, start_from)
    loader = DataLoader(_Draws(examples, plan, first), batch_size=None, num_workers=1, prefetch_factor=4)
    began, losses = time.monotonic(), []
    network.train()
    for draw, group in enumerate(loader, start=first):
        torch.manual_seed(plan.seed * plan.draws + draw)  # as if it had never stopped
        mask = np.random.default_rng([plan.seed, draw, 1])
        share = draw / plan.draws
        for settings in optimizer.param_groups:
            settings["lr"] = plan.learning_rate * min(1.0, (draw + 1) / 60) * (0.02 + 0.98 * (1 - share))
        for _ in range(plan.uses):
            for at in mask.permutation(len(group)):
                losses.append(_step(network, optimizer, group[at].to(device), mask))
                average.update_parameters(network)
        if (draw + 1) % 10 == 0:
            left = (time.monotonic() - began) / (draw + 1 - first) * (plan.draws - draw - 1)
            loss = np.mean(losses[-100:])
            report(f"draw {draw + 1} of {plan.draws}, loss {loss:.3f} a unit, {left / 60:.0f} min left")
        if (draw + 1) % _KEEP_EVERY == 0 or draw + 1 == plan.draws:
            kept = {"network": network, "optimizer": optimizer, "average": average}
            state = {**{name: each.state_dict() for name, each in kept.items()}, "draw": draw + 1}
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    trained: Network = average.module
    return trained.eval().cpu()


def _step(network: Network, optimizer: torch.optim.Optimizer, batch: Batch, rng: np.random.Generator) -> float:
    x = _masked(batch.mfcc, network.mean, rng)
    with torch.autocast(x.device.type, torch.bfloat16):
        log_probs = network(x)
    loss = one_frame_ctc(log_probs, batch.frames, batch.units, batch.lengths).sum() / (batch.lengths.sum() + len(x))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach())


def _masked(mfcc: Tensor, mean: Tensor, rng: np.random.Generator) -> Tensor:
    """One stretch of up to 100 ms replaced by the mean, in half of the batches (SpecAugment)."""
    if rng.random() < 0.5 or mfcc.shape[1] < 200:
        return mfcc
    masked = mfcc.clone()
    start = int(rng.integers(80, mfcc.shape[1] - 20))
    masked[:, start : start + int(rng.integers(2, 10))] = mean
    return masked


def _batch(group: list[tuple[np.ndarray, np.ndarray]]) -> Batch:
    longest = max(len(features) for features, _ in group)
    padded = [pad(torch.from_numpy(np.pad(f, ((0, longest - len(f)), (0, 0)), mode="edge"))) for f, _ in group]
    units = torch.zeros(len(group), max(len(u) for _, u in group) or 1, dtype=torch.long)
    for row, (_, each) in enumerate(group):
        units[row, : len(each)] = torch.from_numpy(each)
    return Batch(
        torch.stack(padded),
        torch.tensor([output_frames(len(features)) for features, _ in group]),
        units,
        torch.tensor([len(each) for _, each in group]),
    )


def _begin(network: Network, examples: Examples, plan: TrainingPlan, start_from: Path | None) -> None:
    drawn = batches(examples, np.random.default_rng([plan.seed, 0, 2]), plan.utterances)
    frames = torch.cat([batch.mfcc.reshape(-1, batch.mfcc.shape[2]) for batch in drawn])
    network.mean.copy_(frames.mean(0))
    network.scale.copy_(1 / frames.std(0))
    if start_from:
        network.adopt(affines((start_from / "am" / "final.mdl").read_bytes()), drawn[len(drawn) // 2].mfcc)
