"""Writes what a run found into a folder: a page to look at, figures, single answers, and audio where that is wanted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bot.audio import write_wav
from bot.errors import AudioError
from bot.evaluate.channels import carry
from bot.evaluate.digits_page import Outcomes, write_digits_page
from bot.evaluate.edits import wrong_places
from bot.evaluate.figures import Outcome
from bot.evaluate.journal import answer_fields
from bot.evaluate.junit import Case, write_junit
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind

RESULT: Final = "result.json"
ANSWERS: Final = "heard.jsonl"
COLUMNS: Final = (
    *("channel", "id", "file", "source", "speaker", "origin", "code"),
    *("engine", "heard", "wrong_places", "posterior", "text"),
)


def open_folder(folder: Path) -> None:
    """Make the folder, before hours of work. Raises AudioError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioError(f"Không tạo được thư mục {folder}: {error.strerror}. Chọn thư mục khác bằng --out.") from None


def write_report(
    folder: Path, result: Mapping[str, Any], outcomes: Outcomes, material: Material, *, audio: bool
) -> None:
    """Five files in UTF-8. Raises AudioError: one cannot be written.

    result.json: every figure. strings.tsv: a row for each code, channel and engine. heard.jsonl: a line for each
    answer. junit.xml: the same for build servers. index.html: the page.
    """
    write_json(folder / RESULT, result)
    write_answers(folder / ANSWERS, outcomes)
    try:
        with (folder / "strings.tsv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter="\t", lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(_rows(outcomes, audio=audio))
    except OSError as error:
        raise AudioError(f"Không ghi được báo cáo vào {folder}: {error.strerror}.") from None
    suites: dict[str, list[Case]] = {}
    for channel, engine, each in _each(outcomes):
        suites.setdefault(f"{channel}.{engine}", []).append(_case(each))
    write_junit(folder / "junit.xml", suites)
    write_digits_page(folder / "index.html", result, outcomes, material)


def write_answers(path: Path, outcomes: Outcomes) -> None:
    """A line of JSON for each answer: what was said and heard, and what that is worth. Raises AudioError."""
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(_line(*each), ensure_ascii=False) + "\n" for each in _each(outcomes))
    except OSError as error:
        raise AudioError(f"Không ghi được {path}: {error.strerror}.") from None


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Raises AudioError."""
    try:
        path.write_text(json.dumps(values, ensure_ascii=False, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise AudioError(f"Không ghi được {path}: {error.strerror}.") from None


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


def _each(outcomes: Outcomes) -> Iterator[tuple[str, str, Outcome]]:
    for channel, engines in outcomes.items():
        for engine, heard in engines.items():
            for each in heard:
                yield channel, engine, each


def _line(channel: str, engine: str, each: Outcome) -> dict[str, Any]:
    trial, score = each.trial, each.score
    return {
        **{"channel": channel, "engine": engine, "id": trial.id, "kind": trial.kind.value, "said": trial.said},
        **{"sound": trial.sound, "source": trial.source, "speaker": trial.speaker, "origin": trial.origin},
        **{"dialect": trial.dialect},
        **{"heard": each.digits, "right": score.right, "among": score.among, "accepted": score.accepted},
        **asdict(score.edits),
        **answer_fields(each.answer),
    }


def _case(each: Outcome) -> Case:
    heard = each.digits if each.trial.kind is not Kind.ANSWER else each.answer.heard.text
    wrong = f"nói: {each.trial.said or 'không có gì'}; nghe: {heard or 'không có gì'}"
    return Case(name=each.trial.id, seconds=each.answer.cpu_s, failure=None if each.score.right else wrong)


def _audio_name(channel: str, trial_id: str) -> str:
    return f"audio/{channel}/{trial_id}.wav"
