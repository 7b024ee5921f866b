"""Vosk behind the Recognizer port: a local model, and one grammar for each turn."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import soxr
import vosk

from bot.asr.grammars import UNKNOWN, Grammars
from bot.asr.n_best import hypotheses, without_unknown
from bot.asr.vosk_files import as_made, broken, look_at
from bot.audio import RATE_HZ, Audio, from_samples
from bot.ports import RecognizerCapabilities
from bot.replies import Expect, Utterance

# Asked of Vosk; fewer are left when those that differ only in `[unk]` are put together.
ALTERNATIVES: Final = 10
PROBE_TIMEOUT_S: Final = 30

_PROJECT: Final = Path(__file__).resolve().parents[2]

vosk.SetLogLevel(-1)


class VoskRecognizer:
    """A Vosk model directory of either layout. A model of another rate than the telephone's hears resampled audio.

    A model with a fixed graph (HCLG.fst) takes no grammar: it hears all that it knows in every turn.

    Raises:
        ModelError: the directory is missing, incomplete or broken, or knows none of the grammars' words.
    """

    def __init__(self, model_dir: Path, grammars: Grammars) -> None:
        files = look_at(model_dir)
        if not as_made(model_dir):
            _probe(model_dir, files.rate_hz)
        try:
            self._model = vosk.Model(str(model_dir))
        except Exception as error:  # noqa: BLE001 - Vosk raises nothing narrower
            raise broken(model_dir, str(error)) from None
        self._rate_hz, self._takes_grammar = files.rate_hz, files.takes_grammar
        words = frozenset(_words(grammars))
        vocabulary = frozenset(word for word in words if self._model.vosk_model_find_word(word) >= 0)
        if self._takes_grammar and UNKNOWN not in vocabulary:
            raise broken(model_dir, f"từ điển không có {UNKNOWN}")
        self.words_left_out = words - vocabulary
        self._grammars = {expect: _known(grammars.phrases(expect), vocabulary) for expect in Expect}

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=self._takes_grammar, confidence=True, n_best=True)

    def grammar(self, expect: Expect) -> tuple[str, ...]:
        """The phrases of a turn that this model can hear."""
        return self._grammars[expect]

    def open(self, expect: Expect) -> VoskStream:
        # Vosk does not read \uXXXX: it would drop every such word without a sound.
        grammar = [json.dumps(self._grammars[expect], ensure_ascii=False)] if self._takes_grammar else []
        return VoskStream(vosk.KaldiRecognizer(self._model, self._rate_hz, *grammar), self._rate_hz)


class VoskStream:
    """One turn. Vosk's own endpoints are passed over (its Result is not taken), so the n-best covers the whole turn.

    With alternatives Vosk gives a log score for each text and no word confidence; without, a word confidence (the
    same posterior, summed over the lattice) and one text only. The n-best is worth more here: codes are chosen among
    hypotheses. Confidence is then the share of a text in the n-best's probability.
    """

    def __init__(self, recognizer: vosk.KaldiRecognizer, rate_hz: int = RATE_HZ) -> None:
        recognizer.SetMaxAlternatives(ALTERNATIVES)
        recognizer.SetWords(False)
        self._recognizer = recognizer
        self._odd_byte = b""
        # Kaldi refuses audio below the model's rate unless the model's own configuration allows it.
        self._resampler = None if rate_hz == RATE_HZ else soxr.ResampleStream(RATE_HZ, rate_hz, 1)

    def accept(self, audio: Audio) -> str:
        pcm = self._odd_byte + audio.at(RATE_HZ).pcm
        even = len(pcm) // 2 * 2
        self._odd_byte = pcm[even:]
        if even:
            self._hear(Audio(pcm[:even]))
        # Before any audio Vosk's answer has no "partial".
        return without_unknown(json.loads(self._recognizer.PartialResult()).get("partial", ""))

    def finish(self) -> Utterance:
        if self._resampler:
            self._hear(Audio(b""), last=True)
        alternatives = json.loads(self._recognizer.FinalResult())["alternatives"]
        return Utterance(hypotheses((found["text"], found["confidence"]) for found in alternatives))

    def _hear(self, audio: Audio, *, last: bool = False) -> None:
        if self._resampler:
            samples = self._resampler.resample_chunk(audio.samples.astype(np.float32), last=last)
            audio = from_samples(samples)
        if audio.pcm:
            self._recognizer.AcceptWaveform(audio.pcm)


def _words(grammars: Grammars) -> Iterable[str]:
    return (word for expect in Expect for phrase in grammars.phrases(expect) for word in phrase.split())


def _known(phrases: tuple[str, ...], vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The phrases whose words the model has, all of them: half a phrase would teach an order that nobody says."""
    return tuple(phrase for phrase in phrases if vocabulary.issuperset(phrase.split()))


def _probe(model_dir: Path, rate_hz: int) -> None:
    """Decode silence in a child process: a damaged graph or configuration ends or hangs the process that loads it."""
    command = [sys.executable, "-m", "bot.asr.vosk_probe", str(model_dir.resolve()), str(rate_hz)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, capture_output=True, timeout=PROBE_TIMEOUT_S, check=False, cwd=_PROJECT
        )
    except subprocess.TimeoutExpired:
        raise broken(model_dir, "nạp quá lâu") from None
    if done.returncode != 0:
        raise broken(model_dir, "Vosk không nạp được")
