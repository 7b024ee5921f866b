"""A network that was written out decodes in Vosk as it does here, and computes what PyTorch computes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import kaldi_native_fbank as knf
import numpy as np
import pytest
import soxr
import torch
import vosk
from bot.vietnamese.syllables import UNITS, all_syllables
from torch import Tensor, nn

from recipe import graph, kaldi
from recipe.export import COEFFICIENTS, SAMPLE_RATE_HZ, DecoderConf, write_model
from recipe.graph import GraphCosts
from recipe.kaldi import Layer
from recipe.network import Network, pad
from recipe.viterbi import VOSK_GRAPH_SCALE, Scales, best_path, score

SHIPPED = Path(__file__).resolve().parents[3] / "models/vosk-vi-phone"
WIDTH = 48
OFFSETS = ((-1, 0, 1), (-2, -1, 0), (-1, 0, 1), (-8, -4, 0))  # output frames; from the second on with a residual
LEFT = 4 + 3 * sum(-offsets[0] for offsets in OFFSETS)
RIGHT = 4 + 3 * sum(offsets[-1] for offsets in OFFSETS)
COSTS = GraphCosts()
CONF = DecoderConf(end_silence_s=(60, 60, 60))  # one utterance a signal
SCALES = Scales(acoustic=CONF.acoustic_scale, graph=VOSK_GRAPH_SCALE)


class Torch(nn.Module):
    """A residual network as it is trained: with normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv1d(COEFFICIENTS, WIDTH, 9, stride=3)])
        for offsets in OFFSETS:
            self.convs.append(nn.Conv1d(WIDTH, WIDTH, 3, dilation=offsets[1] - offsets[0]))
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH, momentum=None) for _ in self.convs)
        self.out = nn.Conv1d(WIDTH, len(UNITS) + 1, 1)

    def logits(self, mfcc: Tensor) -> Tensor:
        """[frames, 40] to [outputs, ceil(frames / 3)]."""
        padded = torch.cat([mfcc[:1].expand(LEFT, -1), mfcc, mfcc[-1:].expand(RIGHT, -1)])
        hidden = torch.relu(self.norms[0](self.convs[0](padded.T[None])))
        for at, offsets in enumerate(OFFSETS, start=1):
            kept = hidden[:, :, -offsets[0] : hidden.shape[2] - offsets[-1]]
            hidden = torch.relu(self.norms[at](self.convs[at](hidden)))
            hidden = hidden + kept if at > 1 else hidden
        logits: Tensor = self.out(hidden)[0]
        return logits

    def layers(self) -> list[Layer]:
        """The same network with its normalisation folded into the weights."""
        made: list[Layer] = []
        frames = (tuple(range(-4, 5)), *(tuple(3 * offset for offset in offsets) for offsets in OFFSETS))
        for at, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = (conv.weight * gain[:, None, None]).permute(0, 2, 1).flatten(1)
            bias = (conv.bias - norm.running_mean) * gain + norm.bias
            add = f"tdnn{at - 1}" if at > 1 else None
            made.append(Layer(name=f"tdnn{at}", weight=weight.numpy(), bias=bias.numpy(), offsets=frames[at], add=add))
        weight, bias = self.out.weight[:, :, 0].numpy(), self.out.bias.numpy()
        return [*made, Layer(name="output", weight=weight, bias=bias, offsets=(0,), relu=False)]


def signals(count: int) -> list[np.ndarray]:
    """Noise and voices without words: int16, 8 kHz, 2 to 3 s, syllables of random pitch, timbre and loudness."""
    random = np.random.default_rng(11)
    made = []
    for number in range(count):
        parts = [random.standard_normal(int(random.integers(400, 2000))) * 30]
        while sum(map(len, parts)) < 16000 + number * 400:
            length = int(random.integers(800, 2800))
            phase = 2 * np.pi * np.cumsum(np.linspace(*random.uniform(90, 280, 2), length)) / SAMPLE_RATE_HZ
            voice = sum(random.exponential() * np.sin(n * phase) for n in range(1, 13))
            hiss = random.standard_normal(length) * random.exponential()
            parts.append((voice + hiss) * np.hanning(length) * random.uniform(200, 1500))
        made.append(np.clip(np.concatenate(parts), -32000, 32000).astype(np.int16))
    return made


def mfcc(signal: np.ndarray) -> np.ndarray:
    """Vosk's features, as `conf/mfcc.conf` asks for them."""
    options = knf.MfccOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE_HZ
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = options.num_ceps = COEFFICIENTS
    options.mel_opts.low_freq, options.mel_opts.high_freq = 20, 3800
    options.use_energy = False
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(SAMPLE_RATE_HZ, signal.astype(np.float32).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(at) for at in range(computer.num_frames_ready)])


@pytest.fixture(scope="module")
def network() -> Torch:
    """Random weights, scaled on other signals until the outputs differ from frame to frame as a trained one's do."""
    torch.manual_seed(5)
    made = Torch()
    heard = torch.from_numpy(mfcc(np.concatenate(signals(30)[20:])))
    with torch.no_grad():
        nn.init.normal_(made.out.weight)
        made.train().logits(heard)
        logits = made.eval().logits(heard)
        gain = 3 / logits.std(dim=1)
        made.out.bias.sub_(logits.mean(dim=1)).mul_(gain)
        made.out.weight.mul_(gain[:, None, None])
        made.out.bias[0] += 6
    return made.requires_grad_(requires_grad=False)


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    vosk.SetLogLevel(-1)
    torch.set_num_threads(1)
    yield
    vosk.SetLogLevel(0)


def heard_by_vosk(model: vosk.Model, signal: np.ndarray) -> tuple[tuple[str, ...], float]:
    recognizer = vosk.KaldiRecognizer(model, SAMPLE_RATE_HZ)
    recognizer.SetMaxAlternatives(1)
    data = signal.tobytes()
    ends = [recognizer.AcceptWaveform(data[at : at + 320]) for at in range(0, len(data), 320)]
    assert not any(ends)
    best = json.loads(recognizer.FinalResult())["alternatives"][0]
    return tuple(best["text"].split()), -best["confidence"]


def test_numpy_computes_what_pytorch_computes(network: Torch) -> None:
    layers = network.layers()
    assert kaldi.context(layers) == (LEFT, RIGHT)
    for signal in signals(4):
        features = mfcc(signal)
        expected = torch.log_softmax(network.logits(torch.from_numpy(features)), 0).T.numpy()
        assert np.abs(kaldi.forward(layers, features) - expected).max() < 1e-3


@pytest.mark.parametrize(
    ("costs", "conf", "fewest_words"),
    [
        pytest.param(COSTS, CONF, 0, id="as shipped"),
        # Dear [unk], so that real words are said; a random network then needs a wide beam to lose none of them.
        pytest.param(GraphCosts(unknown=9), replace(CONF, beam=30, max_active=10000), 60, id="many words"),
    ],
)
def test_vosk_finds_the_best_path_and_its_cost(
    network: Torch, tmp_path: Path, costs: GraphCosts, conf: DecoderConf, fewest_words: int
) -> None:
    random = np.random.default_rng(2)
    words = sorted(map(str, random.choice(all_syllables(), 150, replace=False)))
    counts = {word: int(random.integers(1, 50)) for word in words[::3]}
    write_model(network.layers(), tmp_path / "model", costs, conf, counts, words=words)
    model = vosk.Model(str(tmp_path / "model"))
    loop = graph.word_loop(words, costs)
    weights = graph.word_costs(loop.words, counts)
    differences, said = [], 0
    for signal in signals(20):
        best = best_path(kaldi.forward(network.layers(), mfcc(signal), graph.POOLS), loop, weights, SCALES)
        text, cost = heard_by_vosk(model, signal)
        said += len({*text} - {graph.UNKNOWN})
        if text == best.words:
            differences.append(abs(cost - best.cost))
    # Costs are 300 to 1000. Vosk rounds the weights of its look-ahead composition and prunes; among many words one
    # signal of the twenty differs by 0.0155, which float32 (0.0024) and the look-ahead (0.003) explain only in part.
    assert len([difference for difference in differences if difference < 0.01]) >= 19
    assert max(differences) < 0.02
    assert said >= fewest_words


@pytest.fixture(scope="module")
def spoken() -> list[np.ndarray]:
    """Words in espeak-ng's voice (int16, 8 kHz)."""
    made = []
    for words in ("không một hai ba bốn", "đúng rồi", "cho tôi gặp tổng đài viên", "chín tám bảy sáu năm"):
        wav = subprocess.run(["espeak-ng", "-v", "vi", "--stdout", words], capture_output=True, check=True).stdout
        samples = soxr.resample(np.frombuffer(wav[44:], np.int16), 22050, SAMPLE_RATE_HZ)
        made.append(np.concatenate([np.zeros(2400, np.int16), samples, np.zeros(4000, np.int16)]))
    return made


def test_the_model_that_ships_is_what_pytorch_and_our_own_search_make_of_its_weights(
    spoken: list[np.ndarray], tmp_path: Path
) -> None:
    trained = Network(len(UNITS))
    features = [torch.from_numpy(mfcc(signal)) for signal in spoken]
    trained.adopt(kaldi.affines((SHIPPED / "am/final.mdl").read_bytes()), pad(torch.cat(features))[None])
    layers = trained.eval().layers()
    numbers = dict(line.rsplit(" ", 1) for line in (SHIPPED / "graph/words.txt").read_text("utf-8").splitlines())
    printed = subprocess.run(["fstprint", str(SHIPPED / "graph/Gr.fst")], capture_output=True, check=True)
    arcs = map(str.split, printed.stdout.decode().splitlines())
    cost_of = {arc[2]: float(arc[4]) for arc in arcs if len(arc) == 5}
    loop = graph.word_loop(all_syllables(), COSTS)
    weights = {word: cost_of[numbers[word]] for word in loop.words}
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    (folder / "conf/model.conf").write_text("".join(f"{line}\n" for line in CONF.lines()))
    model = vosk.Model(str(folder))
    for signal, frames in zip(spoken, features, strict=True):
        logs = kaldi.forward(layers, frames.numpy(), graph.POOLS)
        with torch.no_grad():
            assert np.abs(trained(pad(frames)[None])[0].numpy() - logs[:, : len(UNITS) + 1]).max() < 2e-3
        best = best_path(logs, loop, weights, SCALES)
        text, cost = heard_by_vosk(model, signal)
        assert text == best.words
        assert cost == pytest.approx(best.cost, abs=0.05)


def test_a_grammar_on_the_full_lexicon_says_its_words_only(network: Torch, tmp_path: Path) -> None:
    summary = write_model(network.layers(), tmp_path / "model", COSTS, CONF, {"không": 20})
    assert sum(summary.sizes.values()) < 12_000_000
    start = time.perf_counter()
    model = vosk.Model(str(tmp_path / "model"))
    assert time.perf_counter() - start < 2
    digits = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
    grammar = json.dumps([*(f"{one} {two}" for one in digits for two in digits), "[unk]"], ensure_ascii=False)
    said: set[str] = set()
    for signal in signals(4):
        recognizer = vosk.KaldiRecognizer(model, SAMPLE_RATE_HZ, grammar)
        recognizer.AcceptWaveform(signal.tobytes())
        said |= set(json.loads(recognizer.FinalResult())["text"].split())
    assert said
    assert said <= {*digits, "[unk]"}


def test_the_score_of_the_best_words_is_the_cost_of_the_best_path(network: Torch) -> None:
    words = ("không", "một", "hai", "ba")
    loop = graph.word_loop(words, COSTS)
    costs = dict.fromkeys(words, 1.0)  # without [unk]
    logs = kaldi.forward(network.layers(), mfcc(signals(1)[0]), graph.POOLS)
    best = best_path(logs, loop, costs, SCALES)
    assert best.words
    assert score(logs, best.words, costs, COSTS, SCALES) == pytest.approx(best.cost)
    assert score(logs, (*best.words, "hai"), costs, COSTS, SCALES) > best.cost
    assert score(logs[:3], words, costs, COSTS, SCALES) == np.inf
    with pytest.raises(ValueError, match="tám"):
        score(logs, ("tám",), costs, COSTS)
