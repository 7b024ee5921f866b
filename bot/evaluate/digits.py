"""Lets engines hear the same digits over telephone channels and compares what they made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.evaluate.figures import Outcome, engine_figures, judged
from bot.evaluate.listening import Load, Task, engine_workers
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind

STEPPED: Final = 10  # codes of each channel that are also heard in 20 ms steps

Progress = Callable[[str, str, float], None]  # engine, channel, seconds of audio heard since the last call


def compare(
    engines: Mapping[str, Load],
    material: Material,
    channels: Sequence[str],
    *,
    lengths: tuple[int, ...],
    seed: int,
    jobs: int,
    progress: Progress,
) -> tuple[dict[str, Any], dict[str, dict[str, list[Outcome]]]]:
    """Figures and single outcomes of every engine over every channel, `{CHANNEL: {ENGINE: ...}}`.

    Every engine hears the very same audio, loaded alone in `jobs` processes.

    Raises:
        ModelError, AudioError: an engine cannot be loaded or ended by itself; gsm without soundfile.
    """
    outcomes: dict[str, dict[str, list[Outcome]]] = {channel: {} for channel in channels}
    figures: dict[str, Any] = {channel: {"engines": {}} for channel in channels}
    for name, load in engines.items():
        with engine_workers(load, jobs, material.babble) as workers:
            footprint = workers.footprint()
            for channel in channels:
                heard = outcomes[channel][name] = []
                answers = workers.hear(_tasks(material, channel, seed))
                for trial, answer in zip(material.trials, answers, strict=True):
                    heard.append(judged(trial, answer, lengths))
                    progress(name, channel, answer.audio_s)
                figures[channel]["engines"][name] = engine_figures(heard, footprint)
    return figures, outcomes


def seconds_to_hear(material: Material, engines: int, channels: int) -> float:
    """Audio of a whole run, without the codes that are heard twice."""
    return engines * channels * sum(len(trial.audio.samples) / trial.audio.rate_hz for trial in material.trials)


def _tasks(material: Material, channel: str, seed: int) -> list[Task]:
    """Codes come first, so the first of all trials are those to step through."""
    return [
        Task(trial=trial, channel=channel, seed=seed, steps=number < STEPPED and trial.kind is Kind.CODE)
        for number, trial in enumerate(material.trials)
    ]
