"""Keeps what engines answered while a run goes on, so that a run that was stopped can be finished later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.errors import AudioError
from bot.evaluate.listening import Answer, Footprint
from bot.evaluate.material import Material
from bot.replies import Hypothesis, Utterance


def run_name(material: Material, *parameters: object) -> str:
    """A name that only a run over the same material with the same parameters (anything with a stable repr) has."""
    trials = [(trial.id, trial.said, trial.sound) for trial in material.trials]
    return digest_of((parameters, trials, digest_of(material.babble)))


def digest_of(value: object) -> str:
    """A short name that only values with the same repr have."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def state_of(folders: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Every file below the folders that answers depend on, with its size and when it changed: for a run's name."""
    return sorted(
        (str(file), file.stat().st_size, file.stat().st_mtime_ns)
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in {".pyc", ".html"}
    )


class PartFile:
    """JSON objects, one a line, in the report's folder; its name is the run's, so no other run takes it up.

    A line that was cut short when the run was stopped is dropped.
    """

    def __init__(self, folder: Path, run: str) -> None:
        """Raises AudioError: the file cannot be read or written."""
        self.path = folder / f"heard-{run}.part"
        try:
            whole = self.path.read_bytes() if self.path.is_file() else b""
            whole = whole[: whole.rfind(b"\n") + 1]
            self.found: list[dict[str, Any]] = [json.loads(line) for line in whole.decode("utf-8").splitlines()]
            self.path.write_bytes(whole)
            self._file = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise AudioError(f"Không ghi được {self.path}: {error.strerror}. Chọn thư mục khác bằng --out.") from None

    def write(self, entry: dict[str, Any]) -> None:
        """Raises AudioError."""
        try:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise AudioError(f"Không ghi được {self.path}: {error.strerror}.") from None

    def discard(self) -> None:
        """The run is finished and needs its journal no longer."""
        self.path.unlink()

    def close(self) -> None:
        self._file.close()


class Journal:
    """The answers of a run, kept in a PartFile."""

    def __init__(self, folder: Path, run: str) -> None:
        """Raises AudioError: the file cannot be read or written."""
        self._answers: dict[tuple[str, str, str], Answer] = {}
        self._footprints: dict[str, Footprint] = {}
        self._file = PartFile(folder, run)
        for entry in self._file.found:
            self._take(entry)

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self._answers)

    @property
    def path(self) -> Path:
        return self._file.path

    def answer(self, engine: str, channel: str, trial_id: str) -> Answer | None:
        return self._answers.get((engine, channel, trial_id))

    def footprint(self, engine: str) -> Footprint | None:
        return self._footprints.get(engine)

    def keep(self, engine: str, channel: str, trial_id: str, answer: Answer) -> None:
        self._write({"engine": engine, "channel": channel, "id": trial_id, **answer_fields(answer)})

    def keep_footprint(self, engine: str, footprint: Footprint) -> None:
        self._write({"engine": engine, **asdict(footprint)})

    def discard(self) -> None:
        self._file.discard()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, entry: dict[str, Any]) -> None:
        self._take(entry)
        self._file.write(entry)

    def _take(self, entry: dict[str, Any]) -> None:
        if "id" in entry:
            self._answers[entry["engine"], entry["channel"], entry["id"]] = _answer(entry)
        else:
            self._footprints[entry["engine"]] = Footprint(entry["load_s"], entry["rss_mb"])


def answer_fields(answer: Answer) -> dict[str, Any]:
    """An answer in JSON's types; hypotheses are pairs of text and confidence."""
    return {
        "hypotheses": [(each.text, each.confidence) for each in answer.heard.hypotheses],
        "audio_s": answer.audio_s,
        "cpu_s": answer.cpu_s,
        "finish_ms": answer.finish_ms,
        "settled_ms": answer.settled_ms,
    }


def _answer(entry: dict[str, Any]) -> Answer:
    hypotheses: Sequence[tuple[str, float | None]] = entry["hypotheses"]
    return Answer(
        heard=Utterance(tuple(Hypothesis(text, confidence) for text, confidence in hypotheses)),
        audio_s=entry["audio_s"],
        cpu_s=entry["cpu_s"],
        finish_ms=entry["finish_ms"],
        settled_ms=tuple(entry["settled_ms"]),
    )
