"""Trains the average voice: first to be right in the mean, then to be as lively as people; resumable, seeded."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch
from bot.tts.world import CEPSTRA, STEP
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from recipe.teacher import Report
from voice.sentences.ears import Ears
from voice.sentences.examples import Batch, Example, batch, batches
from voice.sentences.network import Voices
from voice.sentences.readings import Reals

_AVERAGE = 0.995  # weight of what was before a step in the average over steps
_KEEP_EVERY = 200  # steps
_HEAVIEST = 4.0
_SPEAKER_NOISE = 0.05
_DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`steps` in all; after the share `plain` of them a critic tells the voice's spectra from people's, and our own
    recogniser how it hears them.
    """

    steps: int
    plain: float = 0.35
    ears: float = 0.1  # weight of what the recogniser hears
    learning_rate: float = 1.5e-3
    critic: float = 0.15  # weight of what the critic says
    seed: int = 0


class Critic(nn.Module):
    """Is it a person? From cepstra [batch, steps, 2, 50] and what the steps were told [batch, steps, told]."""

    def __init__(self, told: int, width: int = 96) -> None:
        super().__init__()
        self.told = nn.Conv1d(told, 32, 1)
        self.layers = nn.ModuleList(
            nn.Conv1d(STEP * CEPSTRA + 32 if not at else width, width, 5, padding=2 * dilation, dilation=dilation)
            for at, dilation in enumerate((1, 1, 2, 4))
        )
        self.out = nn.Conv1d(width, 1, 3, padding=1)

    def forward(self, cepstra: Tensor, told: Tensor) -> tuple[Tensor, list[Tensor]]:
        """[batch, steps], 1 for a person, and what each layer saw on the way."""
        seen = []
        with torch.autocast(_DEVICE, torch.bfloat16):
            x = torch.cat([cepstra.flatten(2).transpose(1, 2), self.told(told.transpose(1, 2))], 1)
            for layer in self.layers:
                x = nn.functional.leaky_relu(layer(x), 0.2)
                seen.append(x.float())
            judged = self.out(x)[:, 0].float()
        return judged, seen


class _Training:
    def __init__(self, readers: int, spread: Reals, ears: Ears, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.ears = ears.to(_DEVICE)
        self.weight = torch.tensor(spread / spread.mean()).clamp(max=_HEAVIEST).to(_DEVICE)  # as log spectra differ
        self.voices = Voices(readers).to(_DEVICE)
        self.critic = Critic(self.voices.sounds.place.out_features).to(_DEVICE)
        self.average = AveragedModel(self.voices, multi_avg_fn=get_ema_multi_avg_fn(_AVERAGE))
        self.optimizer = torch.optim.AdamW(self.voices.parameters(), lr=plan.learning_rate, weight_decay=1e-3)
        self.critics = torch.optim.AdamW(self.critic.parameters(), lr=4e-4, betas=(0.5, 0.9))
        self.step = 0
        self._parts = ("voices", "critic", "average", "optimizer", "critics")

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
        out, told, losses = losses_of(self.voices, given, self.weight, noise=_SPEAKER_NOISE)
        loss = sum(losses.values())
        said = {name: float(value.detach()) for name, value in losses.items()}
        if share >= plan.plain:
            adversarial, said_more = self._critic_says(given, out, told)
            heard = self.ears.apart(out[..., :CEPSTRA] * given.frame_mask[..., None], given.wanted[..., :CEPSTRA])
            loss = loss + plan.critic * adversarial + plan.ears * heard
            said |= {**said_more, "ears": float(heard.detach())}
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.voices.parameters(), 1.0)
        self.optimizer.step()
        self.average.update_parameters(self.voices)
        self.step += 1
        return said

    def _critic_says(self, given: Batch, out: Tensor, told: Tensor) -> tuple[Tensor, dict[str, float]]:
        mask = given.frame_mask[..., 0]
        told = told.detach()
        real, fake = given.wanted[..., :CEPSTRA], out[..., :CEPSTRA] * given.frame_mask[..., None]
        truth, _ = self.critic(real, told)
        lie, _ = self.critic(fake.detach(), told)
        learns = _mean((truth - 1) ** 2, mask) + _mean(lie**2, mask)
        self.critics.zero_grad()
        learns.backward()
        self.critics.step()
        lie, seen = self.critic(fake, told)
        with torch.no_grad():
            _, wanted = self.critic(real, told)
        matching = sum((a - b).abs().mean() for a, b in zip(seen, wanted, strict=True))
        fools = _mean((lie - 1) ** 2, mask)
        return fools + 0.5 * matching, {"critic": float(learns.detach()), "fools": float(fools.detach())}


def losses_of(
    voices: Voices, given: Batch, weight: Tensor, *, noise: float = 0.0
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """The outputs [batch, steps, 2, 52], what the steps were told, and how far each part is from what was read.

    `weight` [50] is that of each cepstrum.
    """
    speaker = voices.speakers(given.reader)
    speaker = speaker + noise * torch.randn_like(speaker)
    said = (given.ids, given.context, speaker, given.mask)
    with torch.autocast(_DEVICE, torch.bfloat16):
        out, told = voices.sounds(*said, given.kinds, given.owners, given.places, given.frame_mask)
    out, told = out.float(), told.float()
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
        told,
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
    plan: Plan,
    kept_dir: Path,
    report: Report,
) -> Voices:
    """Train, or go on where `kept_dir/voice.pt` stands. What comes out is an average over the last steps."""
    training = _Training(readers, spread, ears, plan)
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
            [{k: float(v) for k, v in losses_of(voices, _on_device(each), training.weight)[2].items()} for each in kept]
        )


def _means(losses: Sequence[dict[str, float]]) -> str:
    return " ".join(f"{name} {np.mean([each[name] for each in losses if name in each]):.3f}" for name in losses[-1])


def _on_device(given: Batch) -> Batch:
    return Batch(*(tensor.to(_DEVICE) for tensor in asdict(given).values()))


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)
