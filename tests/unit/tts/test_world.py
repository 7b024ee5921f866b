"""Speech out of WORLD parameters."""

from __future__ import annotations

import numpy as np
import pytest

from bot.tts.world import BINS, CEPSTRA, FRAME_MS, RATE_HZ, Parameters, synthesized

# One coefficient that is the level; the others do nothing.
LEVEL_ONLY = np.zeros((CEPSTRA + 1, BINS))
LEVEL_ONLY[0] = 1.0


def parameters(frames: int, *, hertz: float = 200.0, voiced: float = 1.0, level: float = -8.0) -> Parameters:
    cepstra = np.zeros((frames, CEPSTRA))
    cepstra[:, 0] = level
    return Parameters(np.full(frames, np.log(hertz)), np.full(frames, voiced), cepstra)


@pytest.mark.parametrize("hertz", [100.0, 140.0, 250.0])
def test_a_voice_has_its_pitch(hertz: float) -> None:
    samples = synthesized(parameters(200, hertz=hertz), LEVEL_ONLY)
    assert len(samples) == 200 * RATE_HZ * FRAME_MS / 1000
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    low = spectrum[: round(1.5 * hertz * len(samples) / RATE_HZ)]
    assert np.argmax(low[20:]) + 20 == pytest.approx(hertz * len(samples) / RATE_HZ, rel=0.02)


def test_without_a_voice_there_is_noise_of_the_same_level() -> None:
    noise = synthesized(parameters(400, voiced=0.0), LEVEL_ONLY)
    voice = synthesized(parameters(400), LEVEL_ONLY)
    assert noise.std() == pytest.approx(np.exp(-4.0), rel=0.05)
    assert voice.std() == pytest.approx(noise.std(), rel=0.2)
    spectrum = np.abs(np.fft.rfft(noise))
    assert spectrum.max() < 6 * spectrum.mean()  # no tone in it


def test_the_level_follows_the_cepstra() -> None:
    loud, soft = (synthesized(parameters(100, level=level), LEVEL_ONLY) for level in (-6.0, -8.0))
    assert loud.std() / soft.std() == pytest.approx(np.e, rel=0.01)


def test_the_same_parameters_sound_the_same() -> None:
    once, again = (synthesized(parameters(60, voiced=0.0), LEVEL_ONLY) for _ in range(2))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, synthesized(parameters(60, voiced=0.0), LEVEL_ONLY, seed=1))


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_the_shortest_speech(frames: int) -> None:
    assert np.isfinite(synthesized(parameters(frames), LEVEL_ONLY)).all()
