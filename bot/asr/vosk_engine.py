"""Vosk behind the Recognizer port: a local model, and one grammar for each turn."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import vosk

from bot.asr.grammars import UNKNOWN, Grammars
from bot.audio import RATE_HZ, Audio
from bot.errors import ModelError
from bot.ports import RecognizerCapabilities
from bot.replies import Expect, Hypothesis, Utterance

# Asked of Vosk; fewer are left when those that differ only in `[unk]` are put together.
ALTERNATIVES: Final = 10
PROBE_TIMEOUT_S: Final = 30

_FILES: Final = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf")
_GRAPH_FILES: Final = ("graph/HCLr.fst", "graph/Gr.fst", "graph/words.txt", "graph/disambig_tid.int")
_KALDI_BINARY: Final = b"\0B<TransitionModel>"
_PROJECT: Final = Path(__file__).resolve().parents[2]

vosk.SetLogLevel(-1)


class VoskRecognizer:
    """A Vosk model directory with a dynamic graph (HCLr.fst and Gr.fst), 8 kHz.

    Raises:
        ModelError: the directory is missing, incomplete or broken, or knows none of the grammars' words.
    """

    def __init__(self, model_dir: Path, grammars: Grammars) -> None:
        _check(model_dir)
        _probe(model_dir)
        try:
            self._model = vosk.Model(str(model_dir))
        except Exception as error:  # noqa: BLE001 - Vosk raises nothing narrower
            raise _broken(model_dir, str(error)) from None
        vocabulary = _vocabulary(model_dir / "graph/words.txt")
        if UNKNOWN not in vocabulary:
            raise _broken(model_dir, f"words.txt không có {UNKNOWN}")
        self.words_left_out = frozenset(_words(grammars)) - vocabulary
        self._grammars = {expect: _known(grammars.phrases(expect), vocabulary) for expect in Expect}

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=True, confidence=True, n_best=True)

    def grammar(self, expect: Expect) -> tuple[str, ...]:
        """The phrases of a turn that this model can hear."""
        return self._grammars[expect]

    def open(self, expect: Expect) -> VoskStream:
        # Vosk does not read \uXXXX: it would drop every such word without a sound.
        grammar = json.dumps(self._grammars[expect], ensure_ascii=False)
        return VoskStream(vosk.KaldiRecognizer(self._model, RATE_HZ, grammar))


class VoskStream:
    """One turn. Vosk's own endpoints are passed over (its Result is not taken), so the n-best covers the whole turn.

    With alternatives Vosk gives a log score for each text and no word confidence; without, a word confidence (the
    same posterior, summed over the lattice) and one text only. The n-best is worth more here: codes are chosen among
    hypotheses. Confidence is then the share of a text in the n-best's probability.
    """

    def __init__(self, recognizer: vosk.KaldiRecognizer) -> None:
        recognizer.SetMaxAlternatives(ALTERNATIVES)
        recognizer.SetWords(False)
        self._recognizer = recognizer
        self._odd_byte = b""

    def accept(self, audio: Audio) -> str:
        pcm = self._odd_byte + audio.at(RATE_HZ).pcm
        even = len(pcm) // 2 * 2
        self._odd_byte = pcm[even:]
        if even:
            self._recognizer.AcceptWaveform(pcm[:even])
        # Before any audio Vosk's answer has no "partial".
        return _without_unknown(json.loads(self._recognizer.PartialResult()).get("partial", ""))

    def finish(self) -> Utterance:
        alternatives = json.loads(self._recognizer.FinalResult())["alternatives"]
        return Utterance(_hypotheses((found["text"], found["confidence"]) for found in alternatives))


def _hypotheses(scored: Iterable[tuple[str, float]]) -> tuple[Hypothesis, ...]:
    """Texts without `[unk]`, those that become equal put together, with their share of the n-best's probability."""
    scores = list(scored)
    best = max((score for _, score in scores), default=0.0)
    shares: dict[str, float] = {}
    for text, score in scores:
        plain = _without_unknown(text)
        shares[plain] = shares.get(plain, 0.0) + math.exp(score - best)
    total = sum(shares.values())
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return tuple(Hypothesis(text, share / total) for text, share in ordered)


def _without_unknown(text: str) -> str:
    return " ".join(word for word in text.split() if word != UNKNOWN)


def _words(grammars: Grammars) -> Iterable[str]:
    return (word for expect in Expect for phrase in grammars.phrases(expect) for word in phrase.split())


def _known(phrases: tuple[str, ...], vocabulary: frozenset[str]) -> tuple[str, ...]:
    """The phrases whose words the model has, all of them: half a phrase would teach an order that nobody says."""
    return tuple(phrase for phrase in phrases if vocabulary.issuperset(phrase.split()))


def _vocabulary(words_file: Path) -> frozenset[str]:
    return frozenset(line.split()[0] for line in words_file.read_text(encoding="utf-8").splitlines() if line.strip())


def _check(model_dir: Path) -> None:
    """What a look at the files can tell."""
    if not model_dir.is_dir():
        raise ModelError(f"Không có thư mục mô hình Vosk {model_dir}. Chép mô hình vào đó hoặc sửa đường dẫn.")
    for name in (*_FILES, *_GRAPH_FILES):
        file = model_dir / name
        if not file.is_file():
            raise _broken(model_dir, f"thiếu tệp {name}")
        if not file.stat().st_size:
            raise _broken(model_dir, f"tệp {name} rỗng")
    with (model_dir / "am/final.mdl").open("rb") as model:
        if model.read(len(_KALDI_BINARY)) != _KALDI_BINARY:
            raise _broken(model_dir, "am/final.mdl không phải mô hình Kaldi nhị phân")


def _probe(model_dir: Path) -> None:
    """Decode silence in a child process: a damaged graph or configuration ends or hangs the process that loads it."""
    command = [sys.executable, "-m", "bot.asr.vosk_probe", str(model_dir.resolve())]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, capture_output=True, timeout=PROBE_TIMEOUT_S, check=False, cwd=_PROJECT
        )
    except subprocess.TimeoutExpired:
        raise _broken(model_dir, "nạp quá lâu") from None
    if done.returncode != 0:
        raise _broken(model_dir, "Vosk không nạp được")


def _broken(model_dir: Path, why: str) -> ModelError:
    return ModelError(f"Mô hình Vosk trong {model_dir} bị hỏng: {why}. Chép lại cả thư mục mô hình.")
