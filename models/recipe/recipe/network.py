"""The acoustic network: a residual TDNN on MFCC frames that looks 0.16 s ahead, and its export as plain layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recipe.export import Layer
from recipe.kaldi import Floats

MFCC = 40
SUBSAMPLING = 3  # input frames (10 ms) for each output frame
FIRST = tuple(range(-4, 5))  # offsets of the first layer, in input frames
# Offsets of the later layers in output frames (30 ms): they look far back and little ahead, for a quick answer.
LATER = ((-1, 0, 1), (-1, 0, 1), (-1, 0, 1), (-3, 0, 1), (-6, -3, 0), (-8, -4, 0))
LEFT = 4 + SUBSAMPLING * sum(-offsets[0] for offsets in LATER)
RIGHT = 4 + SUBSAMPLING * sum(offsets[-1] for offsets in LATER)


class Network(nn.Module):
    """MFCC [batch, frames, 40], edge-padded by `pad`, to log probabilities [batch, frames / 3, units + 1].

    Class 0 is the blank.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, units: int, width: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(MFCC))
        self.register_buffer("scale", torch.ones(MFCC))
        self.first = nn.Linear(MFCC * len(FIRST), width)
        self.later = nn.ModuleList(nn.Linear(width * len(offsets), width) for offsets in LATER)
        self.norms = nn.ModuleList(nn.BatchNorm1d(width, eps=1e-3) for _ in range(len(LATER) + 1))
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(width, units + 1)

    def forward(self, mfcc: Tensor) -> Tensor:
        x = (mfcc - self.mean) * self.scale
        windows = x.unfold(1, len(FIRST), SUBSAMPLING).transpose(2, 3).flatten(2)
        hidden = self._normed(0, self.first(windows))
        for number, (layer, offsets) in enumerate(zip(self.later, LATER, strict=True), start=1):
            start, stop = -offsets[0], hidden.shape[1] - offsets[-1]
            spliced = torch.cat([hidden[:, start + offset : stop + offset] for offset in offsets], 2)
            hidden = self._normed(number, layer(spliced)) + hidden[:, start:stop]
        return F.log_softmax(self.out(hidden).float(), -1)

    def _normed(self, number: int, x: Tensor) -> Tensor:
        batch, frames, width = x.shape
        normed = self.norms[number](x.reshape(-1, width)).reshape(batch, frames, width)
        return self.dropout(F.relu(normed))

    @torch.no_grad()
    def adopt(self, affines: Sequence[tuple[Floats, Floats]], mfcc: Tensor) -> None:
        """Go on from a network that was written out: the same function, its normalisation set by a batch.

        `mean` and `scale` are kept. `mfcc` as for `forward`.

        Raises:
            ValueError: the layers have other shapes.
        """
        linears = [self.first, *self.later, self.out]
        if [tuple(weight.shape) for weight, _ in affines] != [tuple(linear.weight.shape) for linear in linears]:
            raise ValueError("the model to start from has layers of other shapes")
        for linear, (weight, bias) in zip(linears, affines, strict=True):
            linear.weight.copy_(torch.tensor(weight))
            linear.bias.copy_(torch.tensor(bias))
        self.first.bias += self.first.weight @ self.mean.repeat(len(FIRST))
        self.first.weight /= self.scale.repeat(len(FIRST))
        for norm in self.norms:
            norm.reset_parameters()
        for norm in self.norms:
            seen: list[Tensor] = []
            watch = norm.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
            self.eval()(mfcc)
            watch.remove()
            mean, variance = seen[0].mean(0), seen[0].var(0)
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(variance)
            norm.weight.copy_(torch.sqrt(variance + norm.eps))
            norm.bias.copy_(mean)
        self.train()

    def layers(self) -> list[Layer]:
        """The trained network without normalisation: it is folded into the weights."""
        mean, scale = self.mean.double(), self.scale.double()
        weight = self.first.weight.double() * scale.repeat(len(FIRST))
        bias = self.first.bias.double() - weight @ mean.repeat(len(FIRST))
        layers = [self._folded(0, weight, bias, FIRST)]
        for number, (linear, offsets) in enumerate(zip(self.later, LATER, strict=True), start=1):
            scaled = tuple(SUBSAMPLING * offset for offset in offsets)
            weight, bias = linear.weight.double(), linear.bias.double()
            layers.append(self._folded(number, weight, bias, scaled))
        out = [tensor.detach().numpy().astype(np.float32) for tensor in (self.out.weight, self.out.bias)]
        layers.append(Layer(name="output", weight=out[0], bias=out[1], offsets=(0,), relu=False, add=None))
        return layers

    def _folded(self, number: int, weight: Tensor, bias: Tensor, offsets: tuple[int, ...]) -> Layer:
        """A layer that is added to the one before it, but for the first."""
        norm = self.norms[number]
        gain = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = weight * gain[:, None]
        bias = (bias - norm.running_mean.double()) * gain + norm.bias.double()
        as_array = [tensor.detach().numpy().astype(np.float32) for tensor in (weight, bias)]
        add = _name(number - 1) if number else None
        return Layer(name=_name(number), weight=as_array[0], bias=as_array[1], offsets=offsets, relu=True, add=add)


def _name(number: int) -> str:
    return f"tdnn{number + 1}"


def pad(mfcc: Tensor) -> Tensor:
    """[frames, 40] with its first and last frame repeated, as Kaldi does: hidden layers are never padded."""
    return torch.cat([mfcc[:1].expand(LEFT, -1), mfcc, mfcc[-1:].expand(RIGHT, -1)])


def output_frames(frames: int) -> int:
    return (frames + SUBSAMPLING - 1) // SUBSAMPLING
