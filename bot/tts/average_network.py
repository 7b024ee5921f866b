"""The average voice's two networks in numpy: how long each sound is, and what WORLD is to make of each frame."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from bot.errors import SpeechError
from bot.tts.average_frames import ONSET, PARTS, RIME, Frames, Syllables
from bot.tts.world import CEPSTRA, STEP, Parameters
from bot.vietnamese.syllables import INVENTORY

Reals = npt.NDArray[np.float32]

WEIGHTS: Final = "weights.npz"
DESCRIPTION: Final = "voice.json"
SYLLABLE_LAYERS: Final = 2
DILATIONS: Final = (1, 2, 4, 8, 1, 2, 4, 1)
PITCH_SCALE: Final = 0.25  # log Hz
LIVELINESS: Final = 0.5  # 1 gives spectra the spread of people's; halfway there is understood best by telephone


class AverageNetwork:
    """Weights by the names that `voice.sentences.network` gives them (models/recipe).

    `mixture` names the readers whose mean speaks: "all", or those of "low" or "high" pitch for callers that are made.

    Raises:
        SpeechError: the folder is no such model, or has no such mixture; says what is missing.
    """

    def __init__(self, folder: Path, mixture: str = "all") -> None:
        try:
            described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
            with np.load(folder / WEIGHTS) as kept:
                self._weights: Mapping[str, Reals] = {name: _ready(kept[name]) for name in kept.files}
            if {part: tuple(known) for part, known in described["sounds"].items()} != INVENTORY:
                raise ValueError("its sounds are not this program's")
            row = described["mixtures"].index(mixture)
            self._speaker = self._weights["speakers"][row]
            self.level, self.spread = self._weights["cepstra_means"][row], self._weights["cepstra_spread"]
            self.envelope_of = self._weights["envelope_of"].astype(np.float64)
            self.pitch = float(np.log(described["pitches_hz"][row]))
        except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise SpeechError(
                f"Giọng đọc {folder} không dùng được: {error}. Chép lại thư mục này từ bản phát hành, hoặc chọn giọng "
                "khác (bot: voice: engine:) trong config.yml."
            ) from None

    def durations(self, said: Syllables) -> Reals:
        """[syllables, 2]: frames of the onset and of the rime."""
        hidden = self._syllables("lengths", said)
        return np.exp(self._affine("lengths.out", hidden))

    def parameters(self, said: Syllables, frames: Frames, *, liveliness: float = LIVELINESS) -> Parameters:
        """What each frame sounds like. `liveliness` widens the spectra's spread, which an average narrows."""
        hidden = self._syllables("sounds", said)
        x = self._affine("sounds.place", frames.places) + self._weights["sounds.silence"]
        for kind, name in ((ONSET, "sounds.onset"), (RIME, "sounds.rime")):
            of_kind = frames.kinds == kind
            x[of_kind] += self._affine(name, hidden)[frames.syllables[of_kind]] - self._weights["sounds.silence"]
        x += self._affine("sounds.speaker", self._speaker[None])
        for number, dilation in enumerate(DILATIONS):
            x = x + _relu(self._convolved(f"sounds.frames.{number}", _normed(x), dilation))
        out = self._affine("sounds.out", _normed(x)).reshape(len(frames) * STEP, CEPSTRA + 2)
        sounding = np.repeat(frames.kinds > 0, STEP)
        cepstra = out[:, :CEPSTRA]
        if sounding.any():
            middle = cepstra[sounding].mean(axis=0)
            wider = middle + (cepstra - middle) * (1 + (self._weights["narrowing"] - 1) * liveliness)
            cepstra = np.where(sounding[:, None], wider, cepstra)
        return Parameters(
            log_f0=(out[:, CEPSTRA] * PITCH_SCALE).astype(np.float64),
            voiced=((out[:, CEPSTRA + 1] > 0) & sounding).astype(np.float64),
            cepstra=(cepstra * self.spread + self.level).astype(np.float64),
        )

    def _syllables(self, name: str, said: Syllables) -> Reals:
        x = self._affine(f"{name}.context", said.context)
        for number, part in enumerate(PARTS):
            x = x + self._weights[f"{name}.parts.{part}"][said.ids[:, number]]
        x = x + self._affine(f"{name}.voice", self._speaker[None])
        for layer in range(SYLLABLE_LAYERS):
            x = x + _relu(self._convolved(f"{name}.syllables.{layer}", _normed(x), 1))
        return x

    def _affine(self, name: str, x: Reals) -> Reals:
        made: Any = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return np.asarray(made, np.float32)

    def _convolved(self, name: str, x: Reals, dilation: int) -> Reals:
        """A convolution over time of frames with zeros around."""
        weight = self._weights[f"{name}.weight"]
        width = len(weight)
        reach = dilation * (width // 2)
        padded = np.pad(x, ((reach, reach), (0, 0)))
        made = sum(padded[at * dilation : at * dilation + len(x)] @ weight[at] for at in range(width))
        return np.asarray(made + self._weights[f"{name}.bias"], np.float32)


def _ready(weight: Reals) -> Reals:
    """In single precision; a convolution's [out, in, width] as [width, in, out], which numpy multiplies fastest."""
    return np.ascontiguousarray(weight.T if weight.ndim == 3 else weight, np.float32)


def _relu(x: Reals) -> Reals:
    return np.maximum(x, 0)


def _normed(x: Reals) -> Reals:
    """Each frame to a mean of 0 and a variance of 1."""
    middle = x - x.mean(axis=1, keepdims=True)
    return np.asarray(middle / np.sqrt((middle**2).mean(axis=1, keepdims=True) + 1e-5), np.float32)
