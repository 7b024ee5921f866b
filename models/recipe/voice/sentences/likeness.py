"""Is a reader recognised in the voice of the sentences? By the colour of their spectra, as for the digits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from bot.tts.world import CEPSTRA

from voice.likeness import Likeness, compared
from voice.sentences.examples import Colours, Example, batch
from voice.sentences.network import Voices
from voice.sentences.readings import Reals
from voice.world import Floats

_COLOUR = slice(1, 25)
_TOGETHER = 8  # readings for one print: what is said evens out


@torch.no_grad()
def likeness(voices: Voices, colours: Colours, learnt: Sequence[Example], readers: Sequence[str]) -> Likeness:
    """The voice says what the readers read, as long as they said it."""
    of_reader: dict[str, list[Example]] = defaultdict(list)
    for example in learnt:
        of_reader[readers[example.reader]].append(example)
    prints, names, ours = [], [], []
    speaker = voices.speakers.weight.mean(0)[None]
    for reader, said in of_reader.items():
        for start in range(0, len(said) - _TOGETHER, _TOGETHER):
            group = said[start : start + _TOGETHER]
            own = colours.cepstra_means[reader] / colours.cepstra_spread
            prints.append(own[_COLOUR] + np.mean([_colour(each, each.wanted) for each in group], axis=0))
            names.append(reader)
        for each in said[:: max(len(said) // _TOGETHER, 1)][:_TOGETHER]:
            given = batch([each])
            told = (given.ids, given.context, speaker, given.mask, given.kinds, given.owners, given.places)
            out = voices.sounds(*told, given.frame_mask)
            ours.append(_colour(each, out[0]))
    mean = (colours.cepstra_mean / colours.cepstra_spread)[_COLOUR] + np.mean(ours, axis=0)
    return compared(np.array(prints), np.array(names), mean)


def _colour(each: Example, cepstra: torch.Tensor) -> Floats:
    sounding = each.kinds > 0
    spectra: Reals = cepstra[sounding][..., :CEPSTRA].numpy()
    return np.asarray(spectra.mean(axis=(0, 1))[_COLOUR], np.float64)
