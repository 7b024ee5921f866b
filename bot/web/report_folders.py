"""The reports that `nhanh8 evaluate` left in a folder: which there are, their figures, and what went wrong in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

PAGE, RESULT, ANSWERS, AUDIO = "index.html", "result.json", "heard.jsonl", "audio"
DEEPEST: Final = 3  # folders below the one that was named
HERE: Final = ""  # the name of a report that lies in it itself


@dataclass(frozen=True, slots=True)
class Failure:
    """What one sound was and what each engine that was wrong made of it. `audio` lies in the report's `audio/`."""

    id: str
    channel: str
    kind: str
    said: str
    heard: dict[str, str] = field(default_factory=dict)
    audio: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """`figures` is its result.json: of digits where it has `channels`, of calls where it has `each`."""

    name: str
    folder: Path
    figures: Mapping[str, Any]

    @property
    def made_at(self) -> datetime:
        return datetime.fromtimestamp((self.folder / RESULT).stat().st_mtime, timezone.utc)

    @property
    def page(self) -> Path | None:
        page = self.folder / PAGE
        return page if page.is_file() else None

    @property
    def engines(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """(channel, engine, figures), of digits."""
        channels = _table(self.figures.get("channels"))
        return [
            (channel, name, _table(row))
            for channel, of in channels.items()
            for name, row in _table(_table(of).get("engines")).items()
        ]

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """Every call, of calls."""
        each = self.figures.get("each")
        return list(map(_table, each)) if isinstance(each, list) else []

    @property
    def wrong_calls(self) -> list[Mapping[str, Any]]:
        """The calls that did not go as scripted."""
        return [call for call in self.calls if not call.get("completed")]

    def failures(self) -> Iterator[Failure]:
        """Of digits, those with a recording first."""
        found: dict[tuple[str, str], Failure] = {}
        for answer in self._answers():
            if answer.get("right") is False:
                channel, id_ = str(answer.get("channel")), str(answer.get("id"))
                failure = found.setdefault((channel, id_), self._failure(channel, id_, answer))
                failure.heard[str(answer.get("engine"))] = str(answer.get("heard") or "")
        yield from sorted(found.values(), key=lambda each: not each.audio)

    def sound(self, name: str) -> Path | None:
        """A WAV below the report's `audio/`; None where there is none, or it lies elsewhere."""
        audio = self.folder.resolve() / AUDIO
        file = (audio / name).resolve()
        return file if file.suffix == ".wav" and file.is_relative_to(audio) and file.is_file() else None

    def _failure(self, channel: str, id_: str, answer: Mapping[str, Any]) -> Failure:
        audio, said = f"{channel}/{id_}.wav", str(answer.get("said") or "")
        return Failure(id_, channel, str(answer.get("kind")), said, audio=audio if self.sound(audio) else "")

    def _answers(self) -> Iterator[Mapping[str, Any]]:
        file = self.folder / ANSWERS
        if file.is_file():
            with file.open(encoding="utf-8", errors="replace") as lines:
                yield from filter(None, map(_json, lines))


def reports(folder: Path) -> list[EvaluationReport]:
    """Every folder with a result.json at most `DEEPEST` below `folder`, newest first; links are not followed."""
    found = (_report(folder, place) for place in _folders(folder, DEEPEST))
    return sorted(filter(None, found), key=lambda each: each.made_at, reverse=True)


def report(folder: Path, name: str) -> EvaluationReport | None:
    """The report of that name, which only one that `reports` lists has."""
    return next((each for each in reports(folder) if each.name == name), None)


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    if depth and folder.is_dir():
        for below in sorted(folder.iterdir()):
            if below.is_dir() and not below.is_symlink():
                yield from _folders(below, depth - 1)


def _report(folder: Path, place: Path) -> EvaluationReport | None:
    try:
        figures = _json((place / RESULT).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    name = HERE if place == folder else place.relative_to(folder).as_posix()
    return EvaluationReport(name=name, folder=place, figures=figures) if figures else None


def _json(text: str) -> Mapping[str, Any]:
    """Empty for what is no JSON object."""
    try:
        return _table(json.loads(text))
    except ValueError:
        return {}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
