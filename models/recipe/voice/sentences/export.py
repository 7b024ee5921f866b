"""What was learnt as the model directory that `bot.tts.average_network` reads."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyworld
import torch
from bot.tts.average_network import DESCRIPTION, WEIGHTS
from bot.tts.world import CEPSTRA, FFT_SIZE, RATE_HZ
from bot.vietnamese.syllables import INVENTORY

from voice.sentences.examples import Colours, Example, batch
from voice.sentences.network import Voices
from voice.sentences.readings import Reals

_FEWEST = 3  # readers in a mixture
_NARROWEST = 40  # readings whose spread is compared


def write_voice(
    voices: Voices, colours: Colours, held_out: Sequence[Example], readers: Sequence[str], pitch_hz: float, out: Path
) -> None:
    """Means of readers' embeddings speak, and nothing of any one reader is kept: of all (at `pitch_hz`), and of those
    with the lowest and with the highest pitch.
    """
    by_pitch = sorted(readers, key=colours.pitches_hz.__getitem__)
    few = min(_FEWEST, len(by_pitch))
    mixtures = {"all": by_pitch, "low": by_pitch[:few], "high": by_pitch[-few:]}
    rows = [[readers.index(reader) for reader in mixed] for mixed in mixtures.values()]
    own = [
        float(np.exp(np.mean(np.log([colours.pitches_hz[reader] for reader in mixed])))) for mixed in mixtures.values()
    ]
    out.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.numpy() for name, tensor in voices.state_dict().items() if not name.startswith("speakers.")}
    weights |= {
        "speakers": np.stack([voices.speakers.weight.detach()[row].mean(0).numpy() for row in rows]),
        "cepstra_means": np.stack(
            [np.mean([colours.cepstra_means[reader] for reader in mixed], axis=0) for mixed in mixtures.values()]
        ),
        "cepstra_spread": colours.cepstra_spread,
        "narrowing": narrowing(voices, held_out),
        "envelope_of": envelope_of(),
    }
    part = out / f".{WEIGHTS}"
    with part.open("wb") as file:
        np.savez_compressed(file, **{name: value.astype(np.float16) for name, value in weights.items()})
    os.replace(part, out / WEIGHTS)
    described = {
        "sounds": INVENTORY,
        "mixtures": list(mixtures),
        "pitches_hz": [pitch_hz, *(round(hertz) for hertz in own[1:])],
        "readers": len(readers),
    }
    (out / DESCRIPTION).write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@torch.no_grad()
def narrowing(voices: Voices, held_out: Sequence[Example]) -> Reals:
    """[50]: how much wider people's cepstra spread over a reading than the network's do."""
    of_people, ours = [], []
    for example in held_out[:_NARROWEST]:
        given = batch([example])
        said = (given.ids, given.context, voices.speakers(given.reader), given.mask)
        out = voices.sounds(*said, given.kinds, given.owners, given.places, given.frame_mask)
        sounding = given.kinds[0] > 0
        ours.append(out[0][sounding][..., :CEPSTRA].flatten(0, 1).std(0).numpy())
        of_people.append(given.wanted[0][sounding][..., :CEPSTRA].flatten(0, 1).std(0).numpy())
    return np.asarray(np.mean(of_people, axis=0) / np.mean(ours, axis=0), np.float32)


def envelope_of() -> Reals:
    """[51, 513]: pyworld's decoding of cepstra, which is linear in the logarithm; the last row is that of none."""
    none = np.log(pyworld.decode_spectral_envelope(np.zeros((1, CEPSTRA)), RATE_HZ, FFT_SIZE))[0]
    each = [np.log(pyworld.decode_spectral_envelope(row[None].copy(), RATE_HZ, FFT_SIZE))[0] for row in np.eye(CEPSTRA)]
    return np.stack([*(row - none for row in each), none])
