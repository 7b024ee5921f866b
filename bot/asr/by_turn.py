"""A table of engines: which one hears which turn."""

from __future__ import annotations

from collections.abc import Mapping

from bot.ports import Recognizer, RecognizerCapabilities, RecognizerStream
from bot.replies import Expect


class RecognizerByTurn:
    """Opens each turn with the engine of its row."""

    def __init__(self, engines: Mapping[Expect, Recognizer]) -> None:
        self._engines = engines

    @property
    def capabilities(self) -> RecognizerCapabilities:
        """What all of them can do."""
        able = [engine.capabilities for engine in self._engines.values()]
        return RecognizerCapabilities(
            grammar=all(each.grammar for each in able),
            confidence=all(each.confidence for each in able),
            n_best=all(each.n_best for each in able),
        )

    def open(self, expect: Expect) -> RecognizerStream:
        return self._engines[expect].open(expect)
