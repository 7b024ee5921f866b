"""The network inside viet-asr, where it is installed; and what is said where it is not."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bot.asr import vietasr_network
from bot.asr.vietasr_network import HIDDEN_SIZE, VERSION, Frames, Network
from bot.audio import RATE_HZ, Samples
from bot.errors import ModelError

EXTRA = ("vietasr", "onnxruntime", "kaldi_native_fbank")
installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in EXTRA), reason="the vietasr extra is not installed"
)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    for name in EXTRA:
        pytest.importorskip(name)
    network = Network()
    yield network
    network.close()


def sound(seed: int = 0, seconds: float = 1.5) -> Samples:
    """Noise that swells, over the telephone band."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    swell = 1000 * (1.1 + np.sin(np.arange(count) * (3 + seed) / RATE_HZ * 2 * np.pi))
    return (rng.standard_normal(count) * swell).astype(np.int16)


def heard(network: Network, samples: Samples, chunk: int = 800) -> Frames:
    stream = network.open()
    parts = [stream.accept(samples[at : at + chunk]) for at in range(0, len(samples), chunk)] + [stream.finish()]
    parts = [part for part in parts if len(part.hidden)]
    return Frames(np.concatenate([part.log_probs for part in parts]), np.concatenate([part.hidden for part in parts]))


def test_frames_are_log_probabilities_and_hidden_states(network: Network) -> None:
    frames = heard(network, sound(seconds=2.0))
    assert frames.log_probs.shape[0] == frames.hidden.shape[0] == pytest.approx((2000 + 800) / 40, abs=2)
    assert frames.hidden.shape[1] == HIDDEN_SIZE
    assert frames.log_probs.shape[1] <= len(network.vocabulary)
    assert np.allclose(np.exp(frames.log_probs).sum(axis=1), 1, atol=1e-3)
    assert frames.log_probs.dtype == frames.hidden.dtype == np.float32


def test_the_vocabulary_has_digits_as_whole_tokens(network: Network) -> None:
    assert network.vocabulary[0] == "<blank>"
    assert {"▁không", "▁một", "▁tư", "▁lăm", "▁chín"} <= set(network.vocabulary)


def test_silence_is_blank(network: Network) -> None:
    assert set(heard(network, np.zeros(2 * RATE_HZ, np.int16)).log_probs.argmax(axis=1)) == {0}


@pytest.mark.parametrize("chunk", [1, 37, 4001, 10**6])
def test_the_size_of_chunks_changes_nothing(network: Network, chunk: int) -> None:
    samples = sound(seconds=0.9)
    np.testing.assert_allclose(heard(network, samples, chunk).hidden, heard(network, samples).hidden, atol=1e-5)


def test_streams_in_threads_do_not_touch_each_other(network: Network) -> None:
    sounds = [sound(seed) for seed in range(6)]
    alone = [heard(network, samples) for samples in sounds]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(lambda samples: heard(network, samples), sounds))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.log_probs, other.log_probs)
        np.testing.assert_array_equal(one.hidden, other.hidden)


def test_loudness_changes_little(network: Network) -> None:
    quiet, loud = heard(network, sound() // 3), heard(network, sound() * 3)
    assert np.corrcoef(quiet.hidden.ravel(), loud.hidden.ravel())[0, 1] > 0.95


def test_no_audio_has_frames_of_blank(network: Network) -> None:
    assert set(network.open().finish().log_probs.argmax(axis=1)) == {0}


def test_a_closed_network_opens_nothing() -> None:
    closed = Network.__new__(Network)
    closed.close()
    with pytest.raises(RuntimeError, match="closed"):
        closed.open()


@pytest.mark.parametrize("name", ["onnxruntime", "kaldi_native_fbank"])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in EXTRA[1:]:
        monkeypatch.setitem(sys.modules, other, None if other == name else sys)
    with pytest.raises(ModelError, match=rf"{name}.*pip install 'nhanh8\[vietasr\]'"):
        Network()


@installed
def test_a_missing_package_says_which_version_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "vietasr" else find(name))
    with pytest.raises(ModelError, match=rf"Chưa cài viet-asr.*viet-asr=={VERSION}"):
        Network()


@installed
def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.2.0")
    with pytest.raises(ModelError, match=rf"viet-asr 0\.2\.0.*viet-asr=={VERSION}"):
        Network()


@installed
def test_another_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vietasr_network, "MODEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=rf"không phải mạng đã thử.*viet-asr=={VERSION}"):
        Network()
