"""How well our own Vosk model hears a digit in a clip. The judge of the voice is viet-asr."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soxr
import vosk
from bot.audio import RATE_HZ as LINE_HZ

from recipe.synthetic import DIGITS
from voice.clips import DigitClip
from voice.world import RATE_HZ, Floats

# Signal to noise: the model was trained on these very clips and hears nearly all of them in silence.
_NOISES_DB = (30.0, 9.0, 3.0)
_AROUND_S = 0.3


class Listener:
    """The model, and a grammar of one digit."""

    def __init__(self, model_dir: Path) -> None:
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(model_dir))
        self._grammar = json.dumps([*DIGITS, "[unk]"], ensure_ascii=False)

    def clearness(self, clip: DigitClip) -> int:
        """In how many of three noises the clip's word is heard; 0 where it isn't heard in the weakest."""
        line = soxr.resample(clip.samples, RATE_HZ, LINE_HZ)
        heard = [self._hears(clip.word, _in_noise(line, snr_db)) for snr_db in _NOISES_DB]
        return sum(heard) if heard[0] else 0

    def _hears(self, word: str, line: Floats) -> bool:
        ears = vosk.KaldiRecognizer(self._model, LINE_HZ, self._grammar)
        ears.AcceptWaveform(np.asarray(np.clip(line * 32767, -32768, 32767), "<i2").tobytes())
        return bool(json.loads(ears.FinalResult())["text"] == word)


def _in_noise(samples: Floats, snr_db: float) -> Floats:
    """Noise that falls by 3 dB an octave, as speech does, with silence around the word; always the same."""
    around = np.zeros(round(_AROUND_S * LINE_HZ))
    padded = np.concatenate([around, samples, around])
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(len(padded)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), len(padded))
    level = np.sqrt((samples**2).mean()) * 10 ** (-snr_db / 20)
    return np.asarray(padded + noise * (level / noise.std()))
