"""Hearing one turn of the caller: voice activity, recognition and keys together, over what the bot is saying."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import dropwhile
from typing import Protocol

from bot.audio import FRAME_MS, Audio
from bot.call.line import Line
from bot.call.turns import Interruption, Turn, TurnEnd, TurnLimits
from bot.call.work import compute
from bot.events import EventLog, Kind, Personal
from bot.ports import KeyPress, Recognizer, RecognizerStream
from bot.replies import Expect, Heard, Keys, NoInput, Reply, Utterance
from bot.settings import TurnsSettings

BATCH_FRAMES = 5  # 100 ms of audio go to the recogniser at once
EARLY_MS = 100  # besides what stops the bot: audio from before it fell silent, so that an early answer is not cut
NOISE_MS = 600  # voice this short in which no word was recognised was no answer


class VoiceActivity(Protocol):
    """Whether 20 ms of the caller's audio (320 bytes) hold voice."""

    def is_speech(self, frame: bytes) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What listening needs, the same for every turn of a call. Recognition runs on `worker`."""

    recognizer: Recognizer
    voice_activity: VoiceActivity
    count_digits: Callable[[str], int]
    worker: Executor
    settings: TurnsSettings


class Listening:
    """One turn: plays what is waiting on the line, listens, and says what was heard."""

    def __init__(self, ears: Ears, line: Line, events: EventLog, reply: Reply) -> None:
        self._ears = ears
        self._line = line
        self._events = events
        self._expect = reply.expect
        self._turn = Turn(_limits(ears.settings, reply))
        self._interruption = Interruption(ears.settings.barge_in_ms)
        self._early: deque[tuple[bytes, bool]] = deque(maxlen=(ears.settings.barge_in_ms + EARLY_MS) // FRAME_MS)
        self._batch: list[bytes] = []
        self._stream: RecognizerStream | None = None

    async def hear(self) -> Heard:
        """The caller's answer.

        Raises:
            CallerLeft, CallTooLong: from the line.
        """
        end: TurnEnd | None = None
        while True:
            event = await self._line.next()
            end = (await self._key(event) if isinstance(event, KeyPress) else await self._frame(event.pcm)) or end
            if end and self._line.playback.idle:
                heard = await self._result(end)
                if heard is not None:
                    return heard
                end = None

    async def _key(self, press: KeyPress) -> TurnEnd | None:
        if press.key == "#" and not self._turn.keys:  # often pressed after a number that was complete without it
            return self._turn.key(press.key)
        await self._stop_bot()
        if await self._digits_were_said():
            self._line.put_back(press)
            return TurnEnd.SPOKEN
        return self._turn.key(press.key)

    async def _digits_were_said(self) -> bool:
        """Whether this turn has spoken digits of a code, so that keys are the rest of it."""
        if self._expect is not Expect.CODE or not self._turn.speaking or self._turn.keys:
            return False
        if self._batch:
            await self._recognise()
        return self._turn.digits > 0

    async def _frame(self, frame: bytes) -> TurnEnd | None:
        voiced = self._ears.voice_activity.is_speech(frame)
        if self._line.playback.idle:
            return await self._listen(frame, voiced)
        self._early.append((frame, voiced))
        if self._interruption.frame(voiced and self._line.playback.interruptible):
            await self._stop_bot()
        return None

    async def _stop_bot(self) -> None:
        if not self._line.playback.interruptible:
            return
        stopped = await self._line.interrupt()
        if stopped:
            self._events.emit(
                Kind.BARGE_IN, self._line.now_ms, prompt_id=stopped.prompt_id, played_ms=stopped.played_ms
            )

    async def _listen(self, frame: bytes, voiced: bool) -> TurnEnd | None:
        if self._turn.keys:
            return self._turn.frame(voiced)
        speaking = self._turn.speaking
        if self._stream is None:
            await self._open()
        self._batch.append(frame)
        if len(self._batch) >= BATCH_FRAMES:
            await self._recognise()
        end = self._turn.frame(voiced)
        if self._turn.speaking and not speaking:
            self._events.emit(Kind.SPEECH, self._line.now_ms)
        return end

    async def _open(self) -> None:
        """Begin to recognise, with what was said before the bot fell silent."""
        self._stream = await compute(self._ears.worker, lambda: self._ears.recognizer.open(self._expect))
        self._batch = [frame for frame, _ in self._early]
        for _, voiced in dropwhile(lambda early: not early[1], self._early):
            self._turn.frame(voiced)
        self._early.clear()

    async def _recognise(self) -> None:
        stream, audio = self._stream, Audio(b"".join(self._batch))
        assert stream is not None  # noqa: S101 - opened with the first frame
        self._batch = []
        words = await compute(self._ears.worker, lambda: stream.accept(audio))
        self._turn.heard(words, self._ears.count_digits(words))

    async def _result(self, end: TurnEnd) -> Heard | None:
        """What the turn amounts to; None when it was only noise and listening goes on."""
        ended_ms = self._line.now_ms - self._turn.silence_ms
        if end is TurnEnd.KEYED:
            self._report("keys", self._turn.keys, ended_ms=self._line.now_ms)
            return Keys(self._turn.keys)
        if end is TurnEnd.NO_INPUT:
            self._report("silence", "", ended_ms=ended_ms)
            return NoInput()
        started = time.perf_counter()
        utterance = await self._finish()
        if not utterance.text and self._turn.voiced_ms < NOISE_MS:
            self._turn.ignore_noise()
            return None
        self._report("speech", utterance.text, ended_ms=ended_ms, utterance=utterance, since=started)
        return utterance

    async def _finish(self) -> Utterance:
        stream, self._stream = self._stream, None
        assert stream is not None  # noqa: S101 - a spoken turn has one
        rest, self._batch = Audio(b"".join(self._batch)), []
        if rest.pcm:
            await compute(self._ears.worker, lambda: stream.accept(rest))
        return await compute(self._ears.worker, stream.finish)

    def _report(
        self, how: str, text: str, *, ended_ms: int, utterance: Utterance | None = None, since: float | None = None
    ) -> None:
        best = utterance.hypotheses[0] if utterance and utterance.hypotheses else None
        self._events.emit(
            Kind.HEARD,
            self._line.now_ms,
            how=how,
            text=Personal(text),
            confidence=best.confidence if best else None,
            ended_ms=ended_ms,
            recognise_ms=round((time.perf_counter() - since) * 1000, 1) if since else 0.0,
        )


def _limits(settings: TurnsSettings, reply: Reply) -> TurnLimits:
    turn = settings.expecting(reply.expect)
    return TurnLimits(
        no_input_ms=turn.no_input_ms,
        end_silence_ms=turn.end_silence_ms,
        complete_silence_ms=turn.complete_silence_ms,
        rest_silence_ms=turn.rest_silence_ms,
        max_speech_ms=turn.max_speech_ms,
        key_gap_ms=turn.key_gap_ms,
        key_complete_ms=turn.key_complete_ms,
        min_speech_ms=settings.min_speech_ms,
        digits_wanted=reply.digits_wanted,
        single_key=reply.expect is not Expect.CODE,
    )
