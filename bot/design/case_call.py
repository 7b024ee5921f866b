"""Holds a case as a real call: its caller speaks with a synthetic voice over a telephone channel into the real ears.

That proves plumbing, not how well people are understood.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Union

import numpy as np

from bot.audio import FRAME_MS, SILENT_FRAME, Audio, from_samples
from bot.design.case_run import Played, Stage, WatchedDialogue
from bot.design.cases import Case, Move
from bot.errors import ScriptError
from bot.evaluate.channels import carry, snr_db
from bot.evaluate.codes import SPEECH_RMS
from bot.evaluate.sounds import steady
from bot.ports import Dialogue, Synthesizer
from bot.replies import HungUp, NoInput, Outcome, Utterance
from bot.transports.call_script import PAUSE_MS, REACTION_MS
from bot.transports.phone_line import PhoneLine, spaced
from bot.transports.scripted_caller import ScriptedCaller, Step
from bot.vietnamese.speech import spoken

_IDLE_MS: Final = 10_000  # of the line while nobody speaks, then again

Hold = Callable[[Union[str, None], ScriptedCaller, Dialogue], Awaitable[Outcome]]


async def call(case: Case, stage: Stage, voice: Synthesizer, channel: str, hold: Hold) -> Played:
    """The call, from answer to hang-up; `hold` holds it with a calling number, on a line, with a dialogue.

    A case that ends before its call does hangs up. A caller's words may come as several turns: the last one counts.

    Raises:
        ScriptError: the case needs text. SpeechError: from the voice. AudioError: the channel lacks a library.
    """
    if case.needs_text:
        raise ScriptError(f"{case.at}: ca này chỉ chạy được ở mức chữ.")
    seed = zlib.crc32(f"{case.at.file.name} {case.name} {voice.voice}".encode()) % 2**16
    leaves = isinstance(case.moves[-1].does, HungUp)
    moves = [*case.moves[1:], *([] if leaves else [Move(at=case.at, does=HungUp())])]
    steps = [_step(move, voice, channel, seed + number) for number, move in enumerate(moves)]
    caller = ScriptedCaller(steps, _idle(channel, seed))
    stage.set(case.situation)
    watched = WatchedDialogue(stage.dialogue, lambda: caller.performed)
    outcome = await hold(case.situation.caller, caller, watched)
    cut_off = not leaves and caller.performed == len(steps)  # by us
    return Played(
        turns=watched.turns,
        made=caller.performed,
        outcome=None if cut_off else outcome,
        passages=watched.passages,
    )


def _step(move: Move, voice: Synthesizer, channel: str, seed: int) -> Step:
    step = Step(place=str(move.at), after_ms=REACTION_MS)
    if isinstance(move.does, HungUp):
        return replace(step, hang_up=True)
    if isinstance(move.does, NoInput):
        return replace(step, silence_ms=FRAME_MS)  # and on, until the bot has asked again
    if isinstance(move.does, Utterance):
        return replace(step, audio=_speech(move.said, voice, channel, seed))
    return replace(step, keys=move.said)


def _speech(text: str, voice: Synthesizer, channel: str, seed: int) -> Audio:
    """At one level of speech, over the channel. Commas are pauses."""
    groups = [voice.synthesize(spoken(group)) for group in text.split(",") if group.strip()]
    said = spaced(groups, PAUSE_MS).samples.astype(np.float64)
    level = SPEECH_RMS / (float(np.sqrt(np.mean(said**2))) or 1.0)
    return carry(from_samples(said * level), channel, seed=seed)


def _idle(channel: str, seed: int) -> list[bytes]:
    """The line while the caller is silent."""
    if channel == "clean":
        return [SILENT_FRAME]
    noise_db = snr_db(channel)
    if noise_db is not None:
        return steady("street", noise_db, _IDLE_MS, seed).frames()
    return PhoneLine().idle_frames()
