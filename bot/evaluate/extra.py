"""Libraries that only measuring needs, brought by the extras `evaluate` and `cluster`."""

from __future__ import annotations

import importlib
from typing import Any

from bot.errors import AudioError


def extra(module: str, *, of: str = "evaluate") -> Any:
    """The module, of that extra. Raises AudioError where it is not installed."""
    try:
        return importlib.import_module(module)
    except (ImportError, OSError):  # soundfile also needs a library of C
        name = module.partition(".")[0]
        raise AudioError(f"Chưa cài {name}. Chạy: pip install 'nhanh8[{of}]'.") from None
