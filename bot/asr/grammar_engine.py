"""The network of viet-asr behind the Recognizer port, held to the grammar of each turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.asr.ctc_search import Floats, Grammar, Lengths, Search, TimedWord, Weights
from bot.asr.grammars import DIGITS, Grammars
from bot.asr.n_best import hypotheses, without_unknown
from bot.asr.vietasr_network import FRAME_MS, LEAD_MS, Frames, Network, NetworkStream
from bot.audio import RATE_HZ, Audio
from bot.ports import RecognizerCapabilities
from bot.replies import Expect, Utterance

# Log-probabilities [frames, tokens] and hidden states [frames, 448] of some frames to better log-probabilities of the
# same shape; it is called with the frames in order, a few at a time, and tokens it knows nothing of stay as they are.
Head = Callable[[Floats, Floats], Floats]

CODE_LENGTHS: Final = (10,)
ALTERNATIVES: Final = 10
WEIGHTS: Final = Weights()

# How many digits each word makes: "hai mươi lăm" is two, "một trăm lẻ năm" three.
_DIGITS_OF_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(DIGITS, 1),
    **dict.fromkeys(("hông", "rô", "mốt", "tư", "lăm", "nhăm", "bẩy", "mười", "linh", "lẻ"), 1),
}
_CORRECTIONS: Final = frozenset({"nhầm", "phải", "lỗi", "sai", "lại"})


class GrammarRecognizer:
    """Hears the words of a turn's grammar; its streams may run in several threads.

    In a turn that expects a code, `lengths` are the numbers of digits that a whole code may have. `head` improves what
    the network says before the search.
    """

    def __init__(
        self,
        network: Network,
        grammars: Grammars,
        *,
        lengths: tuple[int, ...] = CODE_LENGTHS,
        head: Head | None = None,
        weights: Weights = WEIGHTS,
    ) -> None:
        self._network = network
        self._head = head
        self._lengths = Lengths(allowed=lengths)
        self._grammars = {
            expect: Grammar(
                grammars.phrases(expect),
                network.vocabulary,
                digits=_DIGITS_OF_WORDS,
                corrections=_CORRECTIONS,
                weights=weights,
            )
            for expect in Expect
        }
        self.words_left_out = frozenset().union(*(grammar.words_left_out for grammar in self._grammars.values()))

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=True, confidence=True, n_best=True)

    def open(self, expect: Expect) -> GrammarStream:
        lengths = self._lengths if expect is Expect.CODE else None
        search = Search(self._grammars[expect], lengths=lengths, frame_ms=FRAME_MS)
        return GrammarStream(self._network.open(), search, self._head)


class GrammarStream:
    """One turn. A confidence is a text's share of the probability of all texts that the search found."""

    def __init__(self, network: NetworkStream, search: Search, head: Head | None) -> None:
        self._network = network
        self._search = search
        self._head = head
        self._odd_byte = b""

    def accept(self, audio: Audio) -> str:
        pcm = self._odd_byte + audio.at(RATE_HZ).pcm
        even = len(pcm) // 2 * 2
        self._odd_byte = pcm[even:]
        self._hear(self._network.accept(Audio(pcm[:even]).samples))
        return without_unknown(self._search.best())

    def finish(self) -> Utterance:
        self._hear(self._network.finish())
        found = hypotheses((one.text, one.score) for one in self._search.finish())
        return Utterance(found[:ALTERNATIVES])

    def score(self, texts: list[str]) -> list[float]:
        """After `finish`: the exact log-probability of each text by the network alone; see `Search.score`."""
        return self._search.score(texts)

    def times(self, text: str) -> tuple[TimedWord, ...]:
        """After `finish`: when each word of a text was heard, in ms of the audio. Raises ValueError; see `Search`."""
        return tuple(
            TimedWord(word.text, max(word.start_ms - LEAD_MS, 0), max(word.end_ms - LEAD_MS, 0))
            for word in self._search.times(text)
        )

    def _hear(self, frames: Frames) -> None:
        if len(frames.log_probs):
            better = self._head(frames.log_probs, frames.hidden) if self._head else frames.log_probs
            self._search.accept(better)
