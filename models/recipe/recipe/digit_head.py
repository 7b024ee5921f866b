"""`python -m recipe.digit_head`: trains the small layer that hears digits in viet-asr's hidden states."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from bot.asr.vietasr_network import HIDDEN_SIZE, Network
from bot.errors import AudioError, ModelError
from torch import Tensor, nn

from recipe.command import PROJECT, options, report
from recipe.examples import Examples
from recipe.material import gather, kept
from recipe.phrases import spoken_phrases

# The words that the layer tells apart; every other word is one class, among which the network decides.
WORDS = (*"không một hai ba bốn năm sáu bảy tám chín".split(), *"mốt tư lăm nhăm bẩy đúng".split())
OTHER = len(WORDS) + 1
WIDTH = 256
_LEAST = -14.0  # as in bot/asr/digit_head.py
_BATCH = 32
_LEARNING_RATE = 2e-3


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network made of one utterance: `hidden` [frames, 448], `own` [frames, classes], and its classes."""

    hidden: npt.NDArray[np.float32]
    own: npt.NDArray[np.float32]
    classes: list[int]


class Head(nn.Module):
    """Hidden states and the network's own log probabilities of the classes to better ones, [batch, frames, classes]."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(HIDDEN_SIZE, WIDTH)
        self.outer = nn.Linear(WIDTH, OTHER + 1)
        nn.init.zeros_(self.outer.weight)  # at first it changes nothing
        nn.init.zeros_(self.outer.bias)
        self.own_weight = nn.Parameter(torch.ones(OTHER + 1))
        self.blur, self.dropout = nn.Dropout(0.1), nn.Dropout(0.2)

    def forward(self, hidden: Tensor, own: Tensor) -> Tensor:
        inner = F.relu(self.inner(self.blur(F.layer_norm(hidden, (HIDDEN_SIZE,)))))
        return F.log_softmax(self.outer(self.dropout(inner)) + self.own_weight * own.clamp(min=_LEAST), -1)


def listen(examples: Examples, count: int, seed: int) -> list[Heard]:
    """The network's view of `count` drawn utterances, those left out that are too short for their words.

    Raises:
        ModelError: viet-asr is not installed.
    """
    heard: list[Heard] = []
    with ProcessPoolExecutor(initializer=_Listener.start, initargs=(examples, seed)) as pool:
        for number, each in enumerate(pool.map(_Listener.hear, range(count), chunksize=10), start=1):
            if len(each.hidden) > len(each.classes) + sum(a == b for a, b in pairwise(each.classes)):
                heard.append(each)
            if number % 200 == 0:
                report(f"heard {number} of {count} utterances")
    return heard


class _Listener:
    """What a child process has: the material, which it is born with, and a network."""

    this: _Listener

    def __init__(self, examples: Examples, seed: int) -> None:
        self._examples, self._seed = examples, seed
        self._network = Network()
        self._tokens = class_tokens(self._network)
        self._classes = {word: number for number, word in enumerate(WORDS, start=1)}

    @classmethod
    def start(cls, examples: Examples, seed: int) -> None:
        torch.set_num_threads(1)
        cls.this = cls(examples, seed)

    @staticmethod
    def hear(number: int) -> Heard:
        return _Listener.this.listen(number)

    def listen(self, number: int) -> Heard:
        example = self._examples.draw(np.random.default_rng([self._seed, 3, number]))
        stream = self._network.open()
        parts = [stream.accept(np.asarray(example.samples, np.int16)), stream.finish()]
        log_probs = np.concatenate([part.log_probs for part in parts if len(part.log_probs)])
        hidden = np.concatenate([part.hidden for part in parts if len(part.hidden)])
        return Heard(hidden, _own(log_probs, self._tokens), [self._classes.get(w, OTHER) for w in example.words])


def train(heard: list[Heard], epochs: int, seed: int) -> Head:
    torch.manual_seed(seed)
    head = Head()
    optimizer = torch.optim.AdamW(head.parameters(), lr=_LEARNING_RATE, weight_decay=1e-2)
    ordered = sorted(heard, key=lambda each: len(each.hidden))
    batches = [ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH)]
    rng, steps, step = np.random.default_rng(seed), epochs * len(batches), 0
    for epoch in range(epochs):
        losses = []
        for at in rng.permutation(len(batches)):
            for settings in optimizer.param_groups:
                settings["lr"] = _LEARNING_RATE * min(1.0, (step + 1) / 100) * (1 - step / steps)
            losses.append(_step(head, optimizer, batches[at]))
            step += 1
        report(f"epoch {epoch + 1} of {epochs}, loss {np.mean(losses):.3f} a word")
    return head.eval()


def write(head: Head, tokens: npt.NDArray[np.int32], file: Path) -> None:
    """The arrays that `bot.asr.digit_head.DigitHead` loads."""
    arrays = {name.replace(".", "_"): value.detach().numpy() for name, value in head.named_parameters()}
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, tokens=tokens, **arrays)


def class_tokens(network: Network) -> npt.NDArray[np.int32]:
    """The network's tokens of the blank and of each word."""
    return np.array([0, *(network.vocabulary.index(f"▁{word}") for word in WORDS)], np.int32)


def _own(log_probs: npt.NDArray[np.float32], tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    known = log_probs[:, tokens]
    others = np.log(np.maximum(1 - np.exp(known).sum(1, keepdims=True), 1e-7))
    return np.concatenate([known, others], 1).astype(np.float32)


def _step(head: Head, optimizer: torch.optim.Optimizer, batch: list[Heard]) -> float:
    hidden, own = (
        nn.utils.rnn.pad_sequence([torch.from_numpy(part) for part in parts], batch_first=True)
        for parts in ([each.hidden for each in batch], [each.own for each in batch])
    )
    frames = torch.tensor([len(each.hidden) for each in batch])
    lengths = torch.tensor([len(each.classes) for each in batch])
    wanted = torch.tensor([number for each in batch for number in each.classes])
    log_probs = head(hidden, own).transpose(0, 1)
    loss = F.ctc_loss(log_probs, wanted, frames, lengths, reduction="sum", zero_infinity=True)
    loss = loss / (lengths.sum() + len(batch))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(head.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach())


def main(given: list[str] | None = None) -> None:
    out = PROJECT / "models/vietasr-digits/head.npz"
    of_them = "to draw and listen to; 3500 take ten minutes on two cores"
    parser = options("python -m recipe.digit_head", __doc__, out, utterances=3500, of_them=of_them)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args(given)
    torch.set_num_threads(1)
    try:
        material = (arguments.segments, arguments.kept, spoken_phrases(arguments.nlu), arguments.seed)
        examples = gather(*material, report, synthetic=arguments.synthetic)
        network = Network()
    except (AudioError, ModelError, OSError) as error:
        sys.exit(f"error: {error}")
    file = arguments.kept / f"heard-{arguments.utterances}-{arguments.seed}.pkl"
    heard = kept(file, lambda: listen(examples, arguments.utterances, arguments.seed))
    write(train(heard, arguments.epochs, arguments.seed), class_tokens(network), arguments.out)


if __name__ == "__main__":
    main()
