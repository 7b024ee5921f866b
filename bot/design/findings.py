"""What a check of the designer's files finds: where it is, how bad it is, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

_PLACED: Final = re.compile(r"^(?P<file>.+?\.ya?ml)(?::(?P<line>\d+))?: (?P<message>.+)$", re.MULTILINE)


class Severity(str, Enum):
    ERROR = "error"  # the bot will do something else than what is written, or nothing
    WARNING = "warning"  # callers may be served badly


@dataclass(frozen=True, slots=True, order=True)
class At:
    """A line of a file, from 1; 0 for the whole file."""

    file: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is stable and for machines; `message` is a Vietnamese sentence and what to do."""

    severity: Severity
    kind: str
    at: At
    message: str

    def as_json(self) -> dict[str, Any]:
        return {
            "severity": self.severity.value,
            "kind": self.kind,
            "file": str(self.at.file),
            "line": self.at.line or None,
            "message": self.message,
        }


def error(kind: str, at: At, message: str) -> Finding:
    return Finding(Severity.ERROR, kind, at, message)


def warning(kind: str, at: At, message: str) -> Finding:
    return Finding(Severity.WARNING, kind, at, message)


def told(kind: str, otherwise: Path, text: str) -> Iterator[Finding]:
    """The findings in an error's text: its `file:line: sentence` lines, or all of it about the file `otherwise`."""
    placed = list(_PLACED.finditer(text))
    for each in placed:
        yield error(kind, At(Path(each["file"]), int(each["line"] or 0)), each["message"])
    if not placed:
        yield error(kind, At(otherwise), text)
