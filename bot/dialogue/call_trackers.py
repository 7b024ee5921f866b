"""Rasa's memory of the calls that are going on: in this process only, and gone when the call is."""

from __future__ import annotations

from collections.abc import Iterable

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class CallTrackers(TrackerStore):
    """Keeps each tracker as it is. Rasa's own in-memory store has no way to drop one."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain)
        self._trackers: dict[str, DialogueStateTracker] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        self._trackers[tracker.sender_id] = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return self._trackers.get(sender_id)

    async def keys(self) -> Iterable[str]:
        return list(self._trackers)

    def forget(self, sender_id: str) -> None:
        """Drop everything that was said in a call; harmless when it is unknown."""
        self._trackers.pop(sender_id, None)
