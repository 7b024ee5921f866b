"""Speech as WORLD parameters: pitch, voicing, a spectral envelope as mel-cepstra, and roughness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyworld

Floats = npt.NDArray[np.float64]

RATE_HZ = 16000
FRAME_MS = 5.0
CEPSTRA = 40
_FFT_SIZE = 1024
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 450.0
_EDGE = 10  # frames of silence around a clip while it is analysed
_HISS = 1e-5  # WORLD divides by the power of digital silence


@dataclass(frozen=True, slots=True)
class Parameters:
    """Frames of 5 ms. `log_f0` [frames] (through unvoiced ones too), `voiced` [frames] 0 to 1, `cepstra` [frames, 40]
    (the first is the level), `roughness` [frames, 1]."""

    log_f0: Floats
    voiced: Floats
    cepstra: Floats
    roughness: Floats

    def __len__(self) -> int:
        return len(self.log_f0)

    @property
    def pitch(self) -> float:
        """The median of log F0 over voiced frames."""
        return float(np.median(self.log_f0[self.voiced > 0.5]))

    def stretched(self, frames: int) -> Parameters:
        """The same in another number of frames."""
        return self.at(np.linspace(0, len(self) - 1, frames))

    def at(self, times: Floats) -> Parameters:
        """The frames at `times`, in frames and between them."""
        return Parameters(*(_between(part, times) for part in self.parts))

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.log_f0, self.voiced, self.cepstra, self.roughness


def analyse(samples: Floats) -> Parameters | None:
    """What WORLD hears in 16 kHz samples (peak about 0.5); None if there is hardly a voice in them."""
    edge = int(_EDGE * FRAME_MS * RATE_HZ / 1000)
    x = np.pad(samples, edge) + np.random.default_rng(0).standard_normal(len(samples) + 2 * edge) * _HISS
    f0, times = pyworld.harvest(x, RATE_HZ, f0_floor=_LOWEST_HZ, f0_ceil=_HIGHEST_HZ, frame_period=FRAME_MS)
    envelope = pyworld.cheaptrick(x, f0, times, RATE_HZ, fft_size=_FFT_SIZE)
    rough = pyworld.d4c(x, f0, times, RATE_HZ, fft_size=_FFT_SIZE)
    inside = slice(_EDGE - 2, len(f0) - _EDGE + 2)
    heard = np.flatnonzero(f0[inside] > 0)
    if len(heard) < 8:
        return None
    log_f0 = np.interp(np.arange(len(f0[inside])), heard, np.log(f0[inside][heard]))
    cepstra = pyworld.code_spectral_envelope(envelope[inside], RATE_HZ, CEPSTRA)
    return Parameters(
        log_f0, (f0[inside] > 0).astype(float), cepstra, pyworld.code_aperiodicity(rough[inside], RATE_HZ)
    )


def synthesize(parameters: Parameters) -> Floats:
    """Samples at 16 kHz. The noise in them cannot be seeded."""
    voiced = parameters.voiced > 0.5
    f0 = np.where(voiced, np.exp(parameters.log_f0), 0.0)
    envelope = pyworld.decode_spectral_envelope(np.ascontiguousarray(parameters.cepstra), RATE_HZ, _FFT_SIZE)
    roughness = np.ascontiguousarray(np.minimum(parameters.roughness, 0.0))
    rough = pyworld.decode_aperiodicity(roughness, RATE_HZ, _FFT_SIZE)
    rough[~voiced] = 1.0
    return np.asarray(pyworld.synthesize(f0, envelope, rough, RATE_HZ, FRAME_MS))


def _between(part: Floats, times: Floats) -> Floats:
    frames = np.arange(len(part))
    if part.ndim == 1:
        return np.interp(times, frames, part)
    return np.stack([np.interp(times, frames, column) for column in part.T], axis=1)
