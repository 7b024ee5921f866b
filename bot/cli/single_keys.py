"""The keyboard one key at a time, without Enter."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from bot.errors import DeviceError

ENTER: Final = "\n"
END: Final = "\x04"  # Ctrl-D

# The next key, waiting for it so long (None: for good); None if none came.
ReadKey = Callable[["float | None"], "str | None"]

_ESCAPE: Final = b"\x1b"
_LONGEST_SEQUENCE: Final = 16


@contextmanager
def single_keys() -> Iterator[ReadKey]:
    """Keys are not shown; arrows and the like are passed over, and a terminal that is gone reads as Ctrl-D.

    Raises:
        DeviceError: there is no terminal.
    """
    if not sys.stdin.isatty():
        raise DeviceError("Lệnh này cần bàn phím. Chạy nó trong một cửa sổ dòng lệnh.")
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSADRAIN)
    try:
        yield lambda timeout_s: _key(terminal, timeout_s)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _key(terminal: int, timeout_s: float | None) -> str | None:
    if not select.select([terminal], [], [], timeout_s)[0]:
        return None
    try:
        byte = os.read(terminal, 1)
    except OSError:
        return END
    if byte == _ESCAPE:
        if select.select([terminal], [], [], 0)[0]:
            os.read(terminal, _LONGEST_SEQUENCE)
        return None
    return byte.decode("ascii", errors="ignore").lower() if byte else END
