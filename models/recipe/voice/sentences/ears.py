"""What our own recogniser makes of spectra: the voice is to be heard by it as people are. Others judge the voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from bot.tts.world import BINS, RATE_HZ, STEP
from bot.vietnamese.syllables import UNITS
from torch import Tensor, nn

from recipe.features import HIGH_HZ, LOW_HZ
from recipe.kaldi import affines
from recipe.network import LEFT, MFCC, RIGHT, Network
from voice.sentences.readings import Reals

_LEVEL = 15.5  # natural logarithm of the power of loud speech over that of a level of 0, in int16 and Kaldi's window
_PREEMPHASIS = 0.97
_LIFTER = 22.0
_WINDOW = (0.25, 0.5, 0.25)  # of frames of 5 ms, about Kaldi's 25 ms


class Ears(nn.Module):
    """The recogniser in a Vosk model directory that models/recipe made; never trained here."""

    def __init__(self, model: Path, cepstra_mean: Reals, cepstra_spread: Reals, envelope_of: Reals) -> None:
        super().__init__()
        layers = affines((model / "am" / "final.mdl").read_bytes())
        self.network = Network(len(UNITS), layers[0][0].shape[0])
        self.network.adopt(layers, torch.randn(1, 400, MFCC))
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

    def hears(self, cepstra: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Log probabilities [batch, thirds of steps, units + 1], and what the hidden layers see."""
        mfcc = self.mfcc(cepstra)
        padded = torch.cat([mfcc[:, :1].expand(-1, LEFT, -1), mfcc, mfcc[:, -1:].expand(-1, RIGHT, -1)], 1)
        self._seen.clear()
        log_probs = self.network(padded)
        return log_probs, list(self._seen)

    def apart(self, said: Tensor, read: Tensor) -> Tensor:
        """How differently the voice's spectra and a reader's are heard."""
        with torch.no_grad():
            wanted, seen = self.hears(read)
        got, ours = self.hears(said)
        layers = zip(ours[-3:], seen[-3:], strict=True)
        features = sum((a.relu() - b.relu()).abs().mean() / b.relu().mean() for a, b in layers)
        return features / 3 + nn.functional.kl_div(got, wanted, log_target=True, reduction="none").sum(-1).mean()


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
