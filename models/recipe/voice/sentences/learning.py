"""Trains the average voice: to be what was read in the mean, then to be heard as it is too, and to be heard in what
nobody read; resumable, seeded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch
from bot.tts.world import CEPSTRA
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from recipe.teacher import Report
from voice.sentences.ears import Ears
from voice.sentences.examples import Batch, Example, batch, batches
from voice.sentences.network import Voices
from voice.sentences.readings import Reals
from voice.sentences.unread import Breath, drawn, unheard

_AVERAGE = 0.998  # weight of what was before a step in the average over steps
_KEEP_EVERY = 200  # steps
_HEAVIEST = 4.0
_SPEAKER_NOISE = 0.05
_DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


Unread = tuple[Sequence[Breath], Sequence[Breath]]  # the bot's own, and others


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`steps` in all; after the share `plain` of them our own recogniser has its say: `ears` is the weight of what it
    makes of readings, `words` that of whether it hears the words of what nobody read.
    """

    steps: int
    plain: float = 0.85
    ears: float = 0.2
    words: float = 0.2
    learning_rate: float = 1.5e-3
    seed: int = 0


class _Training:
    def __init__(self, readers: int, spread: Reals, ears: Ears, unread: Unread, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.unread = unread
        self.ears = ears.to(_DEVICE)
        self.weight = torch.tensor(spread / spread.mean()).clamp(max=_HEAVIEST).to(_DEVICE)  # as log spectra differ
        self.voices = Voices(readers).to(_DEVICE)
        self.average = AveragedModel(self.voices, multi_avg_fn=get_ema_multi_avg_fn(_AVERAGE))
        self.optimizer = torch.optim.AdamW(self.voices.parameters(), lr=plan.learning_rate, weight_decay=1e-3)
        self.step = 0
        self._parts = ("voices", "average", "optimizer")

    def load(self, file: Path) -> None:
        state = torch.load(file, map_location=_DEVICE)
        for part in self._parts:
            getattr(self, part).load_state_dict(state[part])
        self.step = state["step"]

    def save(self, file: Path) -> None:
        state = {part: getattr(self, part).state_dict() for part in self._parts}
        torch.save({**state, "step": self.step}, file.with_suffix(".new"))
        file.with_suffix(".new").replace(file)

    def take(self, given: Batch) -> dict[str, float]:
        """One step; the losses."""
        plan = self.plan
        share = self.step / plan.steps
        torch.manual_seed(plan.seed * plan.steps + self.step)  # as if it had never stopped
        for group in self.optimizer.param_groups:
            group["lr"] = plan.learning_rate * min(1.0, (self.step + 1) / 200) * (0.02 + 0.98 * (1 - share))
        out, losses = losses_of(self.voices, given, self.weight, noise=_SPEAKER_NOISE)
        if share >= plan.plain:
            said = out[..., :CEPSTRA] * given.frame_mask[..., None]
            losses["ears"] = plan.ears * self.ears.apart(said, given.wanted[..., :CEPSTRA])
            rng = np.random.default_rng([plan.seed, self.step])
            losses["words"] = plan.words * unheard(self.voices, self.ears, drawn(*self.unread, rng), rng)
        loss = torch.stack(list(losses.values())).sum()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.voices.parameters(), 1.0)
        self.optimizer.step()
        self.average.update_parameters(self.voices)
        self.step += 1
        return {name: float(value.detach()) for name, value in losses.items()}


def losses_of(voices: Voices, given: Batch, weight: Tensor, *, noise: float = 0.0) -> tuple[Tensor, dict[str, Tensor]]:
    """The outputs [batch, steps, 2, 52], and how far each part is from what was read.

    `weight` [50] is that of each cepstrum.
    """
    speaker = voices.speakers(given.reader)
    speaker = speaker + noise * torch.randn_like(speaker)
    said = (given.ids, given.context, speaker, given.mask)
    with torch.autocast(_DEVICE, torch.bfloat16):
        out = voices.sounds(*said, given.kinds, given.owners, given.places, given.frame_mask)
    out = out.float()
    mask, wanted = given.frame_mask[..., 0], given.wanted
    apart = (out - wanted)[..., :CEPSTRA]
    flat = apart.flatten(1, 2)
    both = mask[..., None].expand(-1, -1, apart.shape[2])
    pitch = nn.functional.smooth_l1_loss(out[..., CEPSTRA], wanted[..., CEPSTRA], reduction="none", beta=0.5)
    voicing = nn.functional.binary_cross_entropy_with_logits(
        out[..., CEPSTRA + 1], wanted[..., CEPSTRA + 1], reduction="none"
    )
    lengths = voices.lengths(*said)
    return (
        out,
        {
            "cepstra": _mean((apart.abs() * weight).mean(-1), both),
            "slope": 0.5 * _mean(((flat[:, 1:] - flat[:, :-1]).abs() * weight).mean(-1), both.flatten(1)[:, 1:]),
            "pitch": 1.5 * _mean(pitch, given.trusted),
            "voicing": 0.5 * _mean(voicing, both),
            "lengths": 0.3 * _mean((lengths - given.lengths).abs().mean(-1), given.mask[..., 0]),
        },
    )


def learn(
    learnt: Sequence[Example],
    held_out: Sequence[Example],
    readers: int,
    spread: Reals,
    ears: Ears,
    unread: Unread,
    plan: Plan,
    kept_dir: Path,
    report: Report,
) -> Voices:
    """Train, or go on where `kept_dir/voice.pt` stands. What comes out is an average over the last steps."""
    training = _Training(readers, spread, ears, unread, plan)
    checkpoint = kept_dir / "voice.pt"
    if checkpoint.is_file():
        training.load(checkpoint)
        report(f"going on at step {training.step} of {plan.steps}")
    began, first, losses = time.monotonic(), training.step, []
    kept = [batch(group) for group in batches(held_out, np.random.default_rng(0))]
    while training.step < plan.steps:
        for group, epoch in _from(learnt, training.step, plan):
            losses.append(training.take(_on_device(batch(group))))
            if training.step % _KEEP_EVERY == 0 or training.step == plan.steps:
                training.save(checkpoint)
                left = (time.monotonic() - began) / (training.step - first) * (plan.steps - training.step) / 60
                told = _means(losses[-_KEEP_EVERY:])
                report(f"step {training.step}, epoch {epoch}, {left:.0f} min left: {told}")
                report(f"held out {_held_out(training, kept)}")
            if training.step == plan.steps:
                break
    trained: Voices = training.average.module
    return trained.eval().cpu()


def _from(learnt: Sequence[Example], step: int, plan: Plan) -> Iterator[tuple[list[Example], int]]:
    """The batches from a step on to the end of its epoch, and the epoch's number."""
    for epoch in count():
        groups = batches(learnt, np.random.default_rng([plan.seed, epoch]))
        if step < len(groups):
            yield from ((group, epoch) for group in groups[step:])
            return
        step -= len(groups)


def _held_out(training: _Training, kept: Sequence[Batch]) -> str:
    voices = training.average.module.eval()
    with torch.no_grad():
        return _means(
            [{k: float(v) for k, v in losses_of(voices, _on_device(each), training.weight)[1].items()} for each in kept]
        )


def _means(losses: Sequence[dict[str, float]]) -> str:
    names = dict.fromkeys(name for each in losses for name in each)
    return " ".join(f"{name} {np.mean([each[name] for each in losses if name in each]):.3f}" for name in names)


def _on_device(given: Batch) -> Batch:
    return Batch(*(tensor.to(_DEVICE) for tensor in asdict(given).values()))


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)
