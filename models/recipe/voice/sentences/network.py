"""The networks of `bot.tts.average_network` for training: the same functions, with a speaker for each reading."""

from __future__ import annotations

import torch
from bot.tts.average_frames import CONTEXT, PARTS, PLACE, RIME
from bot.tts.average_network import DILATIONS, SYLLABLE_LAYERS
from bot.tts.world import CEPSTRA, STEP
from bot.vietnamese.syllables import INVENTORY
from torch import Tensor, nn

OUTPUTS = CEPSTRA + 2  # of a frame: cepstra, pitch, voicing
_SPEAKER = 16
_SYLLABLE = 192
_FRAME = 256
_WIDTH = 5


def _normed(x: Tensor) -> Tensor:
    return nn.functional.layer_norm(x, x.shape[-1:])


class _Convolutions(nn.ModuleList):
    def __init__(self, channels: int, width: int, dilations: tuple[int, ...], dropout: float) -> None:
        super().__init__(
            nn.Conv1d(channels, channels, width, dilation=dilation, padding=dilation * (width // 2))
            for dilation in dilations
        )
        self._dropout = dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """`mask` [batch, time, 1] keeps what is behind the end as silent as it is at run time."""
        for layer in self:
            heard = (_normed(x) * mask).transpose(1, 2)
            x = x + nn.functional.dropout(layer(heard).transpose(1, 2).relu(), self._dropout, self.training)
        return x


class _Syllables(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.parts = nn.ParameterDict(
            {part: nn.Parameter(0.3 * torch.randn(len(known), width)) for part, known in INVENTORY.items()}
        )
        self.context = nn.Linear(CONTEXT, width)
        self.voice = nn.Linear(_SPEAKER, width)
        self.syllables = _Convolutions(width, 3, (1,) * SYLLABLE_LAYERS, 0.1)

    def forward(self, ids: Tensor, context: Tensor, speaker: Tensor, mask: Tensor) -> Tensor:
        x = self.context(context) + self.voice(speaker)[:, None]
        for number, part in enumerate(PARTS):
            x = x + self.parts[part][ids[..., number]]
        return self.syllables(x, mask)


class Lengths(_Syllables):
    """Log frames of onset and rime [batch, syllables, 2]."""

    def __init__(self) -> None:
        super().__init__(96)
        self.out = nn.Linear(96, 2)

    def forward(self, ids: Tensor, context: Tensor, speaker: Tensor, mask: Tensor) -> Tensor:
        return self.out(super().forward(ids, context, speaker, mask))


class Sounds(_Syllables):
    """[batch, steps, 2, 52] of steps that know their kind, syllable and place."""

    def __init__(self) -> None:
        super().__init__(_SYLLABLE)
        self.place = nn.Linear(PLACE, _FRAME)
        self.silence = nn.Parameter(torch.zeros(_FRAME))
        self.onset = nn.Linear(_SYLLABLE, _FRAME)
        self.rime = nn.Linear(_SYLLABLE, _FRAME)
        self.speaker = nn.Linear(_SPEAKER, _FRAME)
        self.frames = _Convolutions(_FRAME, _WIDTH, DILATIONS, 0.05)
        self.out = nn.Linear(_FRAME, STEP * OUTPUTS)

    def forward(
        self,
        ids: Tensor,
        context: Tensor,
        speaker: Tensor,
        mask: Tensor,
        kinds: Tensor,
        owners: Tensor,
        places: Tensor,
        frame_mask: Tensor,
    ) -> Tensor:
        hidden = super().forward(ids, context, speaker, mask)
        both = torch.stack([self.onset(hidden), self.rime(hidden)], 1)  # [batch, 2, syllables, 256]
        batch = torch.arange(len(ids), device=ids.device)[:, None]
        said = both[batch, (kinds == RIME).long(), owners]
        told = self.place(places) + torch.where(kinds[..., None] > 0, said, self.silence)
        x = self.frames(told + self.speaker(speaker)[:, None], frame_mask)
        return self.out(_normed(x)).unflatten(2, (STEP, OUTPUTS))


class Voices(nn.Module):
    """All that is learnt; a row of `speakers` for each reader."""

    def __init__(self, readers: int) -> None:
        super().__init__()
        self.speakers = nn.Embedding(readers, _SPEAKER)
        self.lengths = Lengths()
        self.sounds = Sounds()
