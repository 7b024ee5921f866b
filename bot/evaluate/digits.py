"""Lets engines hear the same digits over telephone channels and compares what they made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from bot.audio import Audio
from bot.evaluate.figures import Outcome, engine_figures, judged
from bot.evaluate.journal import Journal
from bot.evaluate.listening import Ears, Footprint, Load, Task, footprint, hear
from bot.evaluate.material import Material
from bot.evaluate.trials import Kind
from bot.evaluate.workers import Crew

STEPPED: Final = 10  # codes of each channel that are also heard in 20 ms steps

Progress = Callable[[str, str, float], None]  # engine, channel, seconds of audio heard since the last call


def compare(
    engines: Mapping[str, Load],
    material: Material,
    channels: Sequence[str],
    journal: Journal,
    *,
    lengths: tuple[int, ...],
    seed: int,
    crew: Crew,
    progress: Progress,
) -> tuple[dict[str, Any], dict[str, dict[str, list[Outcome]]]]:
    """Figures and single outcomes of every engine over every channel, `{CHANNEL: {ENGINE: ...}}`.

    Every engine hears the very same audio, loaded alone in the processes of a crew; what the journal holds is not heard
    again.

    Raises:
        ModelError, AudioError, ClusterError: an engine cannot be loaded or ended by itself; gsm without soundfile; from
            the crew.
    """
    outcomes: dict[str, dict[str, list[Outcome]]] = {channel: {} for channel in channels}
    figures: dict[str, Any] = {channel: {"engines": {}} for channel in channels}
    tasks = [task for channel in channels for task in _tasks(material, channel, seed)]
    for name, load in engines.items():
        needs = _hear(name, load, tasks, journal, babble=material.babble, crew=crew, progress=progress)
        for task in tasks:
            answer = journal.answer(name, task.channel, task.trial.id)
            if answer:
                outcomes[task.channel].setdefault(name, []).append(judged(task.trial, answer, lengths))
        for channel in channels:
            figures[channel]["engines"][name] = engine_figures(outcomes[channel][name], needs)
    return figures, outcomes


def seconds_to_hear(material: Material, engines: int, channels: int) -> float:
    """Audio of a whole run, without the codes that are heard twice."""
    return engines * channels * sum(len(trial.audio.samples) / trial.audio.rate_hz for trial in material.trials)


def _hear(
    name: str,
    load: Load,
    tasks: Sequence[Task],
    journal: Journal,
    *,
    babble: Audio | None,
    crew: Crew,
    progress: Progress,
) -> Footprint:
    """Let the engine hear what the journal does not hold yet, into the journal."""
    left = []
    for task in tasks:
        known = journal.answer(name, task.channel, task.trial.id)
        if known:
            progress(name, task.channel, known.audio_s)
        else:
            left.append(task)
    needs = journal.footprint(name)
    if needs and not left:
        return needs
    with crew(partial(Ears, load, babble), len(left)) as workers:
        if not needs:
            (needs,) = workers.map(footprint, [None])
            journal.keep_footprint(name, needs)
        for task, answer in zip(left, workers.map(hear, left), strict=True):
            journal.keep(name, task.channel, task.trial.id, answer)
            progress(name, task.channel, answer.audio_s)
    return needs


def _tasks(material: Material, channel: str, seed: int) -> list[Task]:
    """Codes come first, so the first of all trials are those to step through."""
    return [
        Task(trial=trial, channel=channel, seed=seed, steps=number < STEPPED and trial.kind is Kind.CODE)
        for number, trial in enumerate(material.trials)
    ]
