"""Writes what a run found into a folder: result.json, strings.tsv, and the audio of the codes where that is wanted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.audio import write_wav
from bot.errors import AudioError
from bot.evaluate.channels import carry
from bot.evaluate.edits import wrong_places
from bot.evaluate.figures import Outcome
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind

COLUMNS: Final = (
    *("channel", "id", "file", "source", "speaker", "origin", "code"),
    *("engine", "heard", "wrong_places", "posterior", "text"),
)

Outcomes = Mapping[str, Mapping[str, Sequence[Outcome]]]  # by channel, by engine


def open_folder(folder: Path) -> None:
    """Make the folder, before hours of work. Raises AudioError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioError(f"Không tạo được thư mục {folder}: {error.strerror}. Chọn thư mục khác bằng --out.") from None


def write_report(folder: Path, result: Mapping[str, Any], outcomes: Outcomes, *, audio: bool) -> None:
    """result.json and strings.tsv: a row for each code, channel and engine. UTF-8. Raises AudioError."""
    try:
        text = json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False)
        (folder / "result.json").write_text(text + "\n", encoding="utf-8")
        with (folder / "strings.tsv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter="\t", lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(_rows(outcomes, audio=audio))
    except OSError as error:
        raise AudioError(f"Không ghi được báo cáo vào {folder}: {error.strerror}.") from None


def write_audio(folder: Path, material: Material, channels: Iterable[str], seed: int) -> None:
    """The codes as the engines heard them: `audio/CHANNEL/ID.wav`. Raises AudioError."""
    for channel in channels:
        for trial in material.trials:
            if trial.kind is Kind.CODE:
                heard = carry(trial.audio, channel, seed=trial.seed(seed), babble=material.babble)
                write_wav(folder / _audio_name(channel, trial.id), heard)


def _rows(outcomes: Outcomes, *, audio: bool) -> Iterator[tuple[str, ...]]:
    for channel, engines in outcomes.items():
        for together in zip(*engines.values(), strict=True):
            for engine, each in zip(engines, together, strict=True):
                trial, code = each.trial, each.code
                if code:
                    yield (
                        *(channel, trial.id, _audio_name(channel, trial.id) if audio else ""),
                        *(trial.source, trial.speaker, trial.origin, trial.said),
                        *(engine, code.digits, wrong_places(trial.said, code.digits)),
                        *("" if code.posterior is None else f"{code.posterior:.3f}", code.text),
                    )


def _audio_name(channel: str, trial_id: str) -> str:
    return f"audio/{channel}/{trial_id}.wav"
