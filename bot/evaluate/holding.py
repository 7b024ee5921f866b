"""Holds many calls, each once, however often the run is stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from bot.evaluate.call_journal import CallJournal
from bot.evaluate.calls import HeldCall
from bot.evaluate.workers import Crew, Make, Tool


class CallTask(Protocol):
    """A call to hold; no two of a run have one name."""

    @property
    def name(self) -> str: ...


Task = TypeVar("Task", bound=CallTask)


def hold_calls(
    tasks: Sequence[Task],
    make: Make[Tool],
    hold: Callable[[Tool, Task], HeldCall],
    journal: CallJournal,
    *,
    crew: Crew,
    progress: Callable[[HeldCall], None],
) -> list[HeldCall]:
    """The calls in the order of the tasks, held with tools that `make` gives; those of the journal are not held again.

    Raises whatever making a tool or holding a call raises; from the crew.
    """
    left = [task for task in tasks if task.name not in journal.held]
    if left:
        with crew(make, len(left)) as workers:
            for call in workers.map(hold, left):
                journal.keep(call)
                progress(call)
    return [journal.held[task.name] for task in tasks]
