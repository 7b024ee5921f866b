"""Saves a designer's edit once a copy of `nlu_data/` with it is checked: a bad edit never reaches the files."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final

from bot.design.checks import Recordings, Report, check_design
from bot.design.editing import Edit
from bot.design.findings import At, Finding, Severity
from bot.dialogue.training import DialogueSources
from bot.errors import DialogueError

_LINE: Final = re.compile(r":\d+")


class EditRefused(DialogueError):
    """The edit would add errors; each of them is in `findings`, with its line in the edited file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("Chưa lưu. " + "\n".join(f"{each.at}: {each.message}" for each in findings))
        self.findings = tuple(findings)


class FileChanged(DialogueError):
    """Somebody else has written the file since it was read."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} đã đổi trên đĩa sau khi trang này đọc. Tải lại trang, rồi sửa lại.")


@dataclass(frozen=True, slots=True)
class Saved:
    """What every check says of the files as they are now, and the edited file's digest.

    `changed` is false where the edit says what was there, and nothing was checked.
    """

    findings: tuple[Finding, ...]
    digest: str
    changed: bool


class DesignFiles:
    """A designer's files, written by one edit at a time."""

    def __init__(self, sources: DialogueSources, recordings: Recordings) -> None:
        self.sources = sources
        self._recordings = recordings
        self._writing = Lock()

    def digests(self) -> dict[str, str]:
        """The `file_digest` of each file that a designer edits, by its name below `nlu_data/`. Raises DialogueError."""
        return {name: file_digest(_content(file)) for name, file in self._named().items()}

    def file(self, name: str) -> Path:
        """The file of that name. Raises DialogueError: there is none."""
        named = self._named()
        if name not in named:
            raise DialogueError(f"Không có tệp {name} trong {self.sources.nlu_dir}. Tải lại trang.")
        return named[name]

    def name(self, file: Path) -> str:
        return file.relative_to(self.sources.nlu_dir).as_posix()

    def save(self, file: Path, edit: Edit, digest: str, report: Report) -> Saved:
        """Check all of the design with the edit in it, and write the file if that adds no error. Takes some seconds.

        `digest` is the file's `file_digest` when the edit was begun.

        Raises:
            EditRefused: it adds errors.
            FileChanged: somebody else has written the file.
            DialogueError: the file cannot be read or written, or the edit does not fit it.
        """
        with self._writing:
            before = _read(file, digest)
            after = edit.apply(file, before.decode()).encode()
            if after == before:
                return Saved((), digest, changed=False)
            with tempfile.TemporaryDirectory(prefix="nhanh8-") as folder:
                copy = _copied(self.sources, Path(folder))
                (copy.nlu_dir / file.relative_to(self.sources.nlu_dir)).write_bytes(after)
                findings = [_moved(each, copy, self.sources) for each in self._check(copy, report)]
            if any(map(_is_error, findings)):
                added = _added(findings, self._check(self.sources, report))
                if added:
                    raise EditRefused(added)
            _read(file, digest)  # checking took seconds
            _write(file, after)
            return Saved(tuple(findings), file_digest(after), changed=True)

    def check(self, report: Report) -> list[Finding]:
        """Every finding of the files as they are."""
        with self._writing:
            return self._check(self.sources, report)

    def _named(self) -> dict[str, Path]:
        return {self.name(file): file for file in (self.sources.domain, *self.sources.training_files)}

    def _check(self, sources: DialogueSources, report: Report) -> list[Finding]:
        return check_design(sources, self._recordings, report)


def file_digest(content: bytes) -> str:
    """What tells two states of a file apart."""
    return hashlib.sha256(content).hexdigest()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as trouble:
        raise DialogueError(f"Không đọc được {file}: {trouble.strerror}.") from None


def _read(file: Path, digest: str) -> bytes:
    content = _content(file)
    if file_digest(content) != digest:
        raise FileChanged(file)
    return content


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, with the rights that the file had; a link stays one."""
    file = file.resolve()
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        shutil.copymode(file, part)
        part.replace(file)
    except OSError as trouble:
        part.unlink(missing_ok=True)
        raise DialogueError(f"Không ghi được {file}: {trouble.strerror}. Xem lại quyền ghi và chỗ trống.") from None


def _copied(sources: DialogueSources, folder: Path) -> DialogueSources:
    nlu_dir = folder / sources.nlu_dir.name
    shutil.copytree(sources.nlu_dir, nlu_dir)
    shutil.copy(sources.config, folder)
    return DialogueSources(folder / sources.config.name, nlu_dir, sources.models_dir)


def _moved(finding: Finding, copy: DialogueSources, sources: DialogueSources) -> Finding:
    """As of the file that the copy was made of."""
    places = ((copy.nlu_dir, sources.nlu_dir), (copy.config, sources.config))
    file, message = finding.at.file, finding.message
    for there, here in places:
        file = here / file.relative_to(there) if file.is_relative_to(there) else file
        message = message.replace(str(there), str(here))
    return replace(finding, at=At(file, finding.at.line), message=message)


def _added(after: Iterable[Finding], before: Iterable[Finding]) -> list[Finding]:
    """The errors that were not there; lines move, so they tell no two apart."""
    known = Counter(_key(each) for each in before)
    added = []
    for each in filter(_is_error, after):
        known[_key(each)] -= 1
        if known[_key(each)] < 0:
            added.append(each)
    return added


def _key(finding: Finding) -> tuple[str, Path, str]:
    return finding.kind, finding.at.file, _LINE.sub("", finding.message)


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR
