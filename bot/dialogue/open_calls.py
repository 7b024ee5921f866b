"""The calls that are going on, and what the actions must know of them that Rasa must not."""

from __future__ import annotations

from bot.ports import Caller


class OpenCalls:
    """Caller by call id. Filled when a call starts, emptied when it ends."""

    def __init__(self) -> None:
        self._callers: dict[str, Caller] = {}

    def add(self, caller: Caller) -> None:
        self._callers[caller.call_id] = caller

    def get(self, call_id: str) -> Caller:
        """The caller; one without a number when the call is unknown, so that nothing can be reset for it."""
        return self._callers.get(call_id, Caller(call_id, None))

    def remove(self, call_id: str) -> None:
        self._callers.pop(call_id, None)
