"""Plays e2e cases on real bots, at text level or as calls of synthetic voices."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import product
from typing import Any

from rich.progress import Progress

from bot.accounts.trial import TrialDirectory
from bot.app import Bot, named_voice
from bot.cli.context import err, progress
from bot.design.case_call import call
from bot.design.case_report import CaseResult
from bot.design.case_run import Played, Stage, judge, play
from bot.design.cases import Case
from bot.ports import Dialogue, Synthesizer
from bot.replies import Outcome
from bot.settings import Settings
from bot.transports.scripted_caller import ScriptedCaller


class Typed:
    """At text level."""

    text_only = True

    def runs(self, cases: Sequence[Case]) -> int:
        """How many calls there will be."""
        return len(cases)

    def hold(self, cases: Sequence[Case], bot: Bot, stage: Stage) -> Iterator[CaseResult]:
        """The calls, on a bot and the stage of its parts."""
        for case in cases:
            yield _timed(case, play(case, stage))


class Spoken:
    """Every case with each voice over each channel; one in which nobody speaks only once, one that needs text never."""

    text_only = False

    def __init__(self, voices: Mapping[str, Synthesizer], channels: Sequence[str]) -> None:
        self._voices = voices
        self._ways = list(product(voices, channels))

    def runs(self, cases: Sequence[Case]) -> int:
        return sum(len(self._fitting(cases, way)) for way in self._ways)

    def hold(self, cases: Sequence[Case], bot: Bot, stage: Stage) -> Iterator[CaseResult]:
        async def hold(number: str | None, line: ScriptedCaller, dialogue: Dialogue) -> Outcome:
            return (await bot.take(number, line, line, recorded=False, dialogue=dialogue)).outcome

        for way in self._ways:
            voice, channel = way
            fitting = self._fitting(cases, way)
            progress(f"Gọi {len(fitting)} ca bằng giọng {voice} qua đường dây {channel}")
            for case in fitting:
                result = _timed(case, call(case, stage, self._voices[voice], channel, hold))
                yield replace(result, voice=voice, channel=channel)

    def _fitting(self, cases: Sequence[Case], way: tuple[str, str]) -> list[Case]:
        return [case for case in cases if not case.needs_text and (case.is_spoken or way == self._ways[0])]


def opened(settings: Settings, names: Sequence[str], closing_all: ExitStack) -> dict[str, Synthesizer]:
    """Callers' voices by name, each tried: one that cannot speak is told before minutes of work.

    Raises:
        SpeechError: no such voice.
    """
    progress("Thử giọng của người gọi")
    voices = {}
    for name in names:
        voices[name] = closing_all.enter_context(closing(named_voice(settings, name)))
        voices[name].synthesize("a lô")
    return voices


def played(cases: Sequence[Case], manner: Typed | Spoken, accounts: TrialDirectory) -> list[CaseResult]:
    """Each case on a bot with the settings that it wants, one bot after the other; in the order of the cases."""
    results: list[CaseResult] = []
    with Progress(console=err) as bar:
        task = bar.add_task("Chạy ca thử", total=manner.runs(cases))
        for settings in dict.fromkeys(case.situation.settings for case in cases):
            alike = [case for case in cases if case.situation.settings == settings]
            if not manner.runs(alike):
                continue
            with closing(Bot(settings, progress, text_only=manner.text_only, directory=accounts)) as bot:
                stage = Stage(dialogue=bot.dialogue, desk=bot.service, accounts=accounts)
                for result in manner.hold(alike, bot, stage):
                    results.append(result)
                    bar.advance(task)
    order = {id(case): number for number, case in enumerate(cases)}
    return sorted(results, key=lambda result: order[id(result.case)])


def _timed(case: Case, held: Coroutine[Any, Any, Played]) -> CaseResult:
    started = time.perf_counter()
    played = asyncio.run(held)
    return CaseResult(case=case, played=played, failures=judge(case, played), seconds=time.perf_counter() - started)
