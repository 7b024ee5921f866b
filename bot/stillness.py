"""Whether a process stands still: it has work, but neither computes nor waits for its turn to.

A clock on the wall cannot tell what hangs from what is slow because the machine has too much to do; Linux's own
accounts can: proc(5), `stat` for the state and `schedstat` for the time on the CPU.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

LOOK_EVERY_S: Final = 0.05
STILL_S: Final = 0.7


class Stillness:
    """Of all threads of a process.

    Looks are counted, not seconds: a machine that stood still as a whole is no reason to replace anything.
    """

    def __init__(self, pid: int) -> None:
        self._threads = Path(f"/proc/{pid}/task")
        self._ran = ""
        self._still = 0

    def look(self) -> bool:
        """Look again, LOOK_EVERY_S after the last time; whether it has been still for STILL_S."""
        try:
            threads = list(self._threads.iterdir())
            ran = " ".join((thread / "schedstat").read_text("ascii").split()[0] for thread in threads)
            wants_to = any(_state(thread) == "R" for thread in threads)
        except OSError:  # it is ending, or this kernel keeps no accounts
            return False
        self._still = 0 if wants_to or ran != self._ran else self._still + 1
        self._ran = ran
        return self._still * LOOK_EVERY_S >= STILL_S


def _state(thread: Path) -> str:
    """One letter; it follows the name, which may hold anything, in parentheses."""
    return (thread / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
