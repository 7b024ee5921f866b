"""What our own recogniser makes of spectra: the voice is to be heard by it as people are. Others judge the voice.

It knows sounds with a pitch in them, which leaves ripples in a spectrum; it learns to do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from bot.tts.world import BINS, CEPSTRA, RATE_HZ, STEP
from bot.vietnamese.syllables import UNITS
from torch import Tensor, nn

from recipe.features import HIGH_HZ, LOW_HZ
from recipe.kaldi import affines
from recipe.loss import one_frame_ctc
from recipe.network import LEFT, MFCC, RIGHT, SUBSAMPLING, Network
from recipe.teacher import Report
from voice.sentences.examples import Example, batches, together
from voice.sentences.readings import Reals

_LEVEL = 15.5  # natural logarithm of the power of loud speech over that of a level of 0, in int16 and Kaldi's window
_PREEMPHASIS = 0.97
_LIFTER = 22.0
_WINDOW = (0.25, 0.5, 0.25)  # of frames of 5 ms, about Kaldi's 25 ms
_FIRST_LOOK = 40  # readings
_TELL_EVERY = 100  # steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Attuning:
    """How the ears learn."""

    steps: int = 1500
    learning_rate: float = 5e-4
    seed: int = 0


class Ears(nn.Module):
    """The recogniser in a Vosk model directory that models/recipe made; never trained here."""

    def __init__(self, model: Path, cepstra_mean: Reals, cepstra_spread: Reals, envelope_of: Reals) -> None:
        super().__init__()
        self._learnt = affines((model / "am" / "final.mdl").read_bytes())
        self.network = Network(len(UNITS), self._learnt[0][0].shape[0])
        self.network.adopt(self._learnt, torch.randn(1, 400, MFCC))
        self.network.eval().requires_grad_(False)
        self._seen: list[Tensor] = []
        for norm in self.network.norms:
            norm.register_forward_hook(lambda _module, _given, out: self._seen.append(out))
        hertz = np.linspace(0, RATE_HZ / 2, BINS)
        below = hertz <= HIGH_HZ + 100
        steep = np.log(np.abs(1 - _PREEMPHASIS * np.exp(-2j * np.pi * hertz / 8000)) ** 2)
        log_power = envelope_of[:, below]
        offset = cepstra_mean @ log_power[:-1] + log_power[-1] + steep[below] + _LEVEL
        self.register_buffer("_spectrum", torch.tensor(cepstra_spread[:, None] * log_power[:-1], dtype=torch.float32))
        self.register_buffer("_offset", torch.tensor(offset, dtype=torch.float32))
        self.register_buffer("_mel", torch.tensor(_mel_bank(hertz[below]), dtype=torch.float32))
        self.register_buffer("_cosines", torch.tensor(_cosines(), dtype=torch.float32))

    def mfcc(self, cepstra: Tensor) -> Tensor:
        """[batch, steps, 40] of cepstra [batch, steps, 2, 50] as the voice's network puts them out."""
        power = torch.exp((cepstra.flatten(1, 2) @ self._spectrum + self._offset).clamp(max=40.0))
        bands = power @ self._mel
        window = bands.new_tensor(_WINDOW).expand(bands.shape[2], 1, -1)
        smooth = nn.functional.conv1d(bands.transpose(1, 2), window, padding=1, groups=bands.shape[2])
        log_bands = smooth[..., ::STEP].transpose(1, 2).clamp(min=1.0).log()
        return log_bands @ self._cosines

    def _padded(self, cepstra: Tensor) -> Tensor:
        mfcc = self.mfcc(cepstra)
        return torch.cat([mfcc[:, :1].expand(-1, LEFT, -1), mfcc, mfcc[:, -1:].expand(-1, RIGHT, -1)], 1)

    def hears(self, cepstra: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Log probabilities [batch, thirds of steps, units + 1], and what the hidden layers see."""
        self._seen.clear()
        log_probs = self.network(self._padded(cepstra))
        return log_probs, list(self._seen)

    def misses(self, cepstra: Tensor, steps: Tensor, heard: Sequence[Tensor]) -> Tensor:
        """Negative log likelihood of what is said in each, over all units; `steps` [batch] are how many count."""
        log_probs, _ = self.hears(cepstra)
        counts = torch.tensor([len(each) for each in heard])
        units = together(heard).to(cepstra.device)
        return one_frame_ctc(log_probs, steps // SUBSAMPLING, units, counts).sum() / counts.sum().to(cepstra.device)

    def attune(
        self, learnt: Sequence[Example], held_out: Sequence[Example], colours: Reals, plan: Attuning, report: Report
    ) -> dict[str, Tensor]:
        """Learn to hear readings as they are here; the network's state then. `colours` [50]: see `Colours.apart`."""
        rng, device = np.random.default_rng(plan.seed), self._offset.device
        torch.manual_seed(plan.seed)
        colour = torch.tensor(colours, dtype=torch.float32, device=device)
        some = [learnt[at] for at in rng.choice(len(learnt), min(_FIRST_LOOK, len(learnt)), replace=False)]
        self.network.adopt(self._learnt, self._padded(_cepstra(some).to(device)))
        self.network.requires_grad_(True)
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=plan.learning_rate, weight_decay=1e-3)
        groups: list[list[Example]] = []
        losses: list[float] = []
        for step in range(plan.steps):
            groups = groups or batches(learnt, rng)
            group = groups.pop()
            for each in optimizer.param_groups:
                each["lr"] = plan.learning_rate * (0.02 + 0.98 * (1 - step / plan.steps))
            self.network.train()
            cepstra = _cepstra(group).to(device)
            cepstra = cepstra + colour * torch.randn(len(group), 1, 1, CEPSTRA, device=device)
            loss = self.misses(cepstra, *_what(group))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimizer.step()
            losses.append(float(loss.detach()))
            if (step + 1) % _TELL_EVERY == 0 or step + 1 == plan.steps:
                self.network.eval()
                with torch.no_grad():
                    missed = self.misses(_cepstra(held_out).to(device), *_what(held_out))
                told = f"learnt {np.mean(losses[-_TELL_EVERY:]):.3f}, held out {float(missed):.3f}"
                report(f"ears: step {step + 1} of {plan.steps}, nats a unit: {told}")
        self.network.eval().requires_grad_(False)
        return self.network.state_dict()

    def apart(self, said: Tensor, read: Tensor) -> Tensor:
        """How differently the voice's spectra and a reader's are heard."""
        with torch.no_grad():
            wanted, seen = self.hears(read)
        got, ours = self.hears(said)
        layers = zip(ours[-3:], seen[-3:], strict=True)
        features = sum((a.relu() - b.relu()).abs().mean() / b.relu().mean() for a, b in layers)
        return features / 3 + nn.functional.kl_div(got, wanted, log_target=True, reduction="none").sum(-1).mean()


def _cepstra(group: Sequence[Example]) -> Tensor:
    return together([each.wanted[..., :CEPSTRA] for each in group])


def _what(group: Sequence[Example]) -> tuple[Tensor, list[Tensor]]:
    return torch.tensor([len(each) for each in group]), [each.heard for each in group]


def _mel(hertz: Reals | float) -> Reals:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz) / 700.0))


def _mel_bank(hertz: Reals) -> Reals:
    """[bins, 40] as Kaldi's: triangles in mel; the bins here are twice as fine as Kaldi's at 8 kHz."""
    edges = np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), MFCC + 2)
    at = _mel(hertz)[:, None]
    rising = (at - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - at) / np.diff(edges)[1:]
    return np.maximum(np.minimum(rising, falling), 0.0) / 4


def _cosines() -> Reals:
    """[40, 40]: Kaldi's DCT with its lifter."""
    number = np.arange(MFCC)
    cosines = np.sqrt(2 / MFCC) * np.cos(np.pi / MFCC * (number[:, None] + 0.5) * number[None])
    cosines[:, 0] = np.sqrt(1 / MFCC)
    return cosines * (1 + 0.5 * _LIFTER * np.sin(np.pi * number / _LIFTER))
