"""Looks for a secret wherever a call could have left it: files, child processes, text in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.vietnamese.speech import digit_words

_NOT_THE_CALLS = {".git", ".venv", ".cache"}
_PIECE_BYTES = 1 << 24


@dataclass(frozen=True)
class Leaks:
    """Searches for `secret`, a string of digits: as digits, with spaces between, and as spoken words.

    `folders` are searched with all their files that have changed since `since` (a Unix time), in whatever format.
    """

    secret: str = field(repr=False)
    folders: tuple[Path, ...]
    since: float

    def in_files(self) -> list[str]:
        return [str(path) for path in self._files() if self.in_text(_content(path))]

    def in_children(self) -> list[str]:
        """Arguments, environment and whole memory of every process that this one has started, and of theirs."""
        return [place for pid in children() for place, text in _told_by(pid) if self.in_text(text)]

    def in_text(self, text: str | bytes) -> bool:
        data = text.encode() if isinstance(text, str) else text
        forms = (self.secret, " ".join(self.secret), " ".join(digit_words(self.secret)))
        return any(form.encode() in data for form in forms)

    def _files(self) -> Iterator[Path]:
        for folder in self.folders:
            for where, inside, names in os.walk(folder):
                inside[:] = [name for name in inside if name not in _NOT_THE_CALLS]
                yield from (path for name in names if self._is_new(path := Path(where, name)))

    def _is_new(self, path: Path) -> bool:
        try:
            return path.is_file() and path.stat().st_mtime >= self.since
        except FileNotFoundError:
            return False


def children() -> list[int]:
    """Every process of the same user that descends from this one: a test's PostgreSQL is another's."""
    parents = dict(_parents())
    found, new = set(), {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in new}:
        found |= new
    return sorted(found)


def _parents() -> Iterable[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:  # it has ended meanwhile
                continue
            told = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
            if int(told["Uid"][0]) == os.getuid():
                yield int(folder.name), int(told["PPid"][0])


def _told_by(pid: int) -> Iterator[tuple[str, bytes]]:
    for name in ("cmdline", "environ"):
        yield f"{name} of {pid}", _content(Path(f"/proc/{pid}/{name}"))
    for piece in _memory(pid):
        yield f"memory of {pid}", piece


def _memory(pid: int) -> Iterator[bytes]:
    """What the process has written to its memory, in pieces."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            for at in range(start, end, _PIECE_BYTES):
                try:
                    memory.seek(at)
                    yield memory.read(min(_PIECE_BYTES, end - at))
                except OSError:  # a part that is not there
                    break


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
