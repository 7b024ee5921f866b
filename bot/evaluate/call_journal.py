"""Keeps the calls that were held while a run goes on, so that a run that was stopped can be finished later."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.audio import Audio
from bot.evaluate.calls import HeldCall, Line, Who
from bot.evaluate.journal import PartFile
from bot.evaluate.turn_times import TurnTime


class CallJournal:
    """The calls of a run by name, kept in a PartFile."""

    def __init__(self, folder: Path, run: str) -> None:
        """Raises AudioError: the file cannot be read or written."""
        self._file = PartFile(folder, run)
        self.held = {entry["name"]: _call(entry) for entry in self._file.found}

    @property
    def path(self) -> Path:
        return self._file.path

    def keep(self, call: HeldCall) -> None:
        self.held[call.name] = call
        self._file.write(_fields(call))

    def discard(self) -> None:
        self._file.discard()

    def __enter__(self) -> CallJournal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _fields(call: HeldCall) -> dict[str, Any]:
    """In JSON's types, audio as compressed PCM."""
    sides = [base64.b64encode(zlib.compress(side.pcm)).decode("ascii") for side in call.sides or ()]
    return {**asdict(call), "sides": sides}


def _call(entry: Mapping[str, Any]) -> HeldCall:
    sides = [Audio(zlib.decompress(base64.b64decode(side))) for side in entry["sides"]]
    return HeldCall(
        **{
            **entry,
            "times": [TurnTime(**time) for time in entry["times"]],
            "lines": [Line(**{**line, "who": Who(line["who"])}) for line in entry["lines"]],
            "sides": (sides[0], sides[1]) if sides else None,
        }
    )
