"""What nobody read, said by mixtures of the readers: does our own recogniser hear the words?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from bot.tts.average_frames import frames, syllables
from bot.tts.average_voice import breaths, segments
from bot.tts.world import CEPSTRA
from torch import Tensor

from voice.sentences.ears import Ears
from voice.sentences.examples import heard, together
from voice.sentences.network import Voices

_BATCH_SYLLABLES = 70
_PROMPTS = 1 / 3
_TEMPO = (0.9, 1.2)  # of the voice's own
_EVENNESS = 3.0  # of the mixtures: the higher, the nearer to the mean of all readers


@dataclass(frozen=True, slots=True)
class Breath:
    """Words said in one go: `ids` and `context` as `bot.tts.average_frames` gives them, `heard` [units] all of them."""

    words: tuple[str, ...]
    ids: Tensor
    context: Tensor
    heard: Tensor


def breaths_of(texts: Sequence[str]) -> list[Breath]:
    """Each breath once."""
    return [_breath(words) for words in dict.fromkeys(tuple(said) for text in texts for said, _ in breaths(text))]


def drawn(prompts: Sequence[Breath], others: Sequence[Breath], rng: np.random.Generator) -> list[Breath]:
    """Some of them: a third of the bot's own."""
    group: list[Breath] = []
    while sum(len(each.words) for each in group) < _BATCH_SYLLABLES:
        of = prompts if rng.random() < _PROMPTS else others
        group.append(of[rng.integers(len(of))])
    return group


def unheard(voices: Voices, ears: Ears, group: Sequence[Breath], rng: np.random.Generator) -> Tensor:
    """Negative log likelihood of the words, for each of their units."""
    device = voices.speakers.weight.device
    mixture = rng.dirichlet(np.full(voices.speakers.num_embeddings, _EVENNESS), len(group))
    speaker = torch.tensor(mixture, dtype=torch.float32, device=device) @ voices.speakers.weight
    said = (
        together([each.ids for each in group]).to(device),
        together([each.context for each in group]).to(device),
        speaker,
        together([torch.ones(len(each.words), 1) for each in group]).to(device),
    )
    with torch.no_grad():
        lengths = voices.lengths(*said).exp().float().cpu().numpy()
    tempo = rng.uniform(*_TEMPO, len(group))
    told = [
        frames(segments(length[: len(each.words)] / pace))
        for each, length, pace in zip(group, lengths, tempo, strict=True)
    ]
    where = (
        together([torch.from_numpy(getattr(each, part)) for each in told]).to(device)
        for part in ("kinds", "syllables", "places")
    )
    mask = together([torch.ones(len(each), 1) for each in told]).to(device)
    with torch.autocast(device.type, torch.bfloat16):
        out = voices.sounds(*said, *where, mask)
    steps = torch.tensor([len(each) for each in told])
    said_cepstra = out.float()[..., :CEPSTRA] * mask[..., None]
    return ears.misses(said_cepstra, steps, [each.heard for each in group])


def _breath(words: tuple[str, ...]) -> Breath:
    told = syllables(words, [False] * len(words))
    return Breath(words, torch.from_numpy(told.ids), torch.from_numpy(told.context), heard(words))
