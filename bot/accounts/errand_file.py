"""The file that `after_reset: file` writes in development: one JSON object a line, which only its owner may read."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.accounts.agency_service import Json
from bot.errors import AccountsBusy

Line = Json | None  # None: what is no JSON object


class ErrandFile:
    """Written and cut by several threads and programs at once: whoever does it locks the file.

    Raises (every method):
        AccountsBusy: it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: Json) -> None:
        """It is on the disk when this returns, and not at all when it raises."""
        with self._locked() as file:
            end = file.seek(0, os.SEEK_END)
            data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":  # the power was cut in mid-line
                data = b"\n" + data
            try:
                if file.write(data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def lines(self) -> list[Line]:
        """Without waiting for a writer: each of its lines is there whole, but for the last one perhaps."""
        with self._told():
            try:
                return [_read(line) for line in self._path.read_bytes().splitlines()]
            except FileNotFoundError:
                return []

    def cut(self, gone: Callable[[Line], bool]) -> int:
        """Remove the lines that are `gone`, all of them or none; how many. What is appended meanwhile stays."""
        with self._told():
            if not self._path.exists():
                return 0
        new = self._path.with_name(f"{self._path.name}.new")
        with self._locked() as file:
            lines = file.read().splitlines(keepends=True)
            kept = [line for line in lines if not gone(_read(line))]
            try:
                if len(kept) < len(lines):
                    _write(new, b"".join(kept), os.fstat(file.fileno()))
                    new.replace(self._path)
            finally:
                new.unlink(missing_ok=True)  # that of a program which died is as personal as the file
            return len(lines) - len(kept)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        """The file, made where there is none; nobody else writes meanwhile."""
        with self._told():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            while True:
                with open(self._path, "ab+", buffering=0, opener=_for_its_owner) as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    if self._is(file):
                        file.seek(0)
                        yield file
                        return

    def _is(self, file: BinaryIO) -> bool:
        """Whether it still has this name: it may have been replaced before the lock was ours."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise AccountsBusy(
                f"Không đọc hay ghi được {self._path} ({error.strerror}). Giải phóng chỗ hoặc đổi after_reset.file."
            ) from None


def _read(line: bytes) -> Line:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _write(path: Path, content: bytes, like: os.stat_result) -> None:
    """A file with the owner of another, whoever runs this."""
    with open(path, "wb", opener=_for_its_owner) as file:
        os.fchown(file.fileno(), like.st_uid, like.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
