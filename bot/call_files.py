"""The files that `nhanh8 serve` keeps of calls, found by the call's id: events and recordings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from bot.errors import AudioError


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFiles:
    """The folders of `serve --events` and `--record`. Only files that are named by a call's UUID are ever looked at."""

    events: Path | None = None
    recordings: Path | None = None

    def of(self, calls: Collection[str]) -> list[Path]:
        """What there is of these calls."""
        folders = ((self.events, ".jsonl"), (self.recordings, ".wav"))
        named = [folder / f"{call}{suffix}" for folder, suffix in folders if folder for call in calls]
        return [path for path in named if _is_a_calls(path) and path.is_file()]

    def events_before(self, day: datetime) -> list[Path]:
        return [path for path in _calls_files(self.events, "*.jsonl") if _older(path, day)]

    def recordings_before(self, day: datetime) -> list[Path]:
        return [path for path in _calls_files(self.recordings, "*.wav") if _older(path, day)]


def delete(paths: Collection[Path]) -> int:
    """How many files are gone.

    Raises:
        AudioError: one cannot be deleted; those before it are gone.
    """
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise AudioError(f"Không xóa được {path} ({error.strerror}). Cấp quyền ghi rồi chạy lại.") from None
    return len(paths)


def _calls_files(folder: Path | None, pattern: str) -> Iterator[Path]:
    return (path for path in sorted(folder.glob(pattern)) if _is_a_calls(path)) if folder else iter(())


def _is_a_calls(path: Path) -> bool:
    try:
        return str(UUID(path.stem)) == path.stem
    except ValueError:
        return False


def _older(path: Path, day: datetime) -> bool:
    try:
        return path.stat().st_mtime < day.timestamp()
    except FileNotFoundError:  # somebody else has deleted it
        return False
