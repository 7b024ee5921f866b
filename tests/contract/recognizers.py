"""A recogniser that follows a script, for tests of everything above it; and each port in the clothes of the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from bot.audio import Audio
from bot.ports import Hearing, HearingStream, Recognizer, RecognizerCapabilities, RecognizerStream
from bot.replies import Expect, Hypothesis, Utterance

T = TypeVar("T")

_LOUD = 500


class ScriptedRecognizer:
    """The first stream hears the first text, the next the second...; streams after the last hear the last.

    A stream hears its text as soon as there is any sound, and nothing in silence. `expected` keeps what was asked.
    """

    def __init__(self, *script: str | Utterance) -> None:
        self._script = [text if isinstance(text, Utterance) else Utterance((Hypothesis(text, 1.0),)) for text in script]
        self.expected: list[Expect] = []

    @property
    def capabilities(self) -> RecognizerCapabilities:
        return RecognizerCapabilities(grammar=False, confidence=True, n_best=True)

    def open(self, expect: Expect) -> ScriptedStream:
        turn = min(len(self.expected), len(self._script) - 1)
        self.expected.append(expect)
        return ScriptedStream(self._script[turn])


class ScriptedStream:
    def __init__(self, utterance: Utterance) -> None:
        self._utterance = utterance
        self._sound = False

    def accept(self, audio: Audio) -> str:
        even = Audio(audio.pcm[: len(audio.pcm) // 2 * 2], audio.rate_hz)
        self._sound = self._sound or bool((abs(even.samples.astype(int)) > _LOUD).any())
        return self._utterance.text if self._sound else ""

    def finish(self) -> Utterance:
        return self._utterance if self._sound else Utterance((Hypothesis("", 1.0),))


@dataclass
class Promptly:
    """A recogniser as a Hearing that has answered before it is asked twice."""

    recognizer: Recognizer

    def open(self, expect: Expect) -> HearingStream:
        return PromptStream(self.recognizer.open(expect))


@dataclass
class PromptStream:
    stream: RecognizerStream

    def accept(self, audio: Audio) -> Future[str]:
        return _done(lambda: self.stream.accept(audio))

    def finish(self) -> Future[Utterance]:
        return _done(self.stream.finish)


def _done(work: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001 - raised to whoever waits
        future.set_exception(error)
    return future


@dataclass
class Waiting:
    """A Hearing as a recogniser: whoever asks waits."""

    hearing: Hearing
    capabilities: RecognizerCapabilities

    def open(self, expect: Expect) -> RecognizerStream:
        return WaitingStream(self.hearing.open(expect))


@dataclass
class WaitingStream:
    stream: HearingStream

    def accept(self, audio: Audio) -> str:
        return self.stream.accept(audio).result()

    def finish(self) -> Utterance:
        return self.stream.finish().result()
