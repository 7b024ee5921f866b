"""Hearing one turn of the caller: voice activity, recognition and keys together, over what the bot is saying."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.audio import FRAME_MS, Audio
from bot.call.barge_in import LastingVoice, Patience, Proof
from bot.call.line import Line
from bot.call.playback import Stopped
from bot.call.turns import Turn, TurnEnd, TurnLimits
from bot.events import EventLog, Kind, Personal
from bot.ports import AudioFrame, Hearing, HearingStream, Hung, KeyPress, TypedText
from bot.replies import Expect, Heard, Hypothesis, Keys, NoInput, Reply, Utterance
from bot.settings import TurnsSettings

BATCH_FRAMES = 3  # 60 ms of audio go to the recogniser at once
EARLY_MS = 340  # besides what stops the bot: audio from before it fell silent; recognisers want some silence first
SPEECH_AFTER_KEY_MS = 1500  # later speech is not said along with keys
LATE_SPEECH_MS = 300
DIGITS_OF_A_CODE = 3  # heard by the menu
NOISE_MS = 600  # voice this short in which no word was recognised was no answer


class VoiceActivity(Protocol):
    """Whether 20 ms of the caller's audio (320 bytes) hold voice, while the bot played `playing` (320 bytes)."""

    def is_speech(self, frame: bytes, playing: bytes) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What listening needs, the same for every turn of a call."""

    hearing: Hearing
    voice_activity: VoiceActivity
    count_digits: Callable[[str], int]
    takes_the_turn: Callable[[str], bool]
    settings: TurnsSettings


class Listening:
    """One turn: plays what is waiting on the line, listens, and says what was heard."""

    def __init__(self, ears: Ears, line: Line, events: EventLog, reply: Reply) -> None:
        self._ears = ears
        self._line = line
        self._events = events
        self._expect = reply.expect
        self._digits_wanted = reply.digits_wanted
        self._limits = _limits(ears.settings, reply)
        self._barge_in = ears.settings.barge_in
        self._lasting = LastingVoice(self._barge_in.voice_ms)
        self._stops = 0  # by voice, in vain
        self._proof: Proof | None = None  # the bot was stopped by voice that may be an answer
        self._patience: Patience | None = None  # the bot was stopped in what may not be dropped
        self._early: deque[tuple[bytes, bool]] = deque(maxlen=(self._barge_in.voice_ms + EARLY_MS) // FRAME_MS)
        self._since_key: list[tuple[bytes, bool]] = []
        self._typed = ""
        self._begin()

    def _begin(self) -> None:
        """As if nothing had been said yet."""
        self._turn = Turn(self._limits)
        self._batch: list[bytes] = []
        self._said = bytearray()  # to the menu: what the recogniser was given
        self._code: HearingStream | None = None
        self._words = ""
        self._stream: HearingStream | None = None
        self._lasting.forget()

    async def hear(self) -> Heard:
        """The caller's answer. Where who heard it is lost, nothing was understood: the caller is asked again.

        Raises:
            CallerLeft, CallTooLong: from the line.
        """
        try:
            return await self._hear()
        except Hung:
            self._line.playback.interrupt()
            self._report("speech", "", ended_ms=self._line.now_ms - self._turn.silence_ms)
            return Utterance(())

    async def _hear(self) -> Heard:
        end: TurnEnd | None = None
        while True:
            event = await self._line.next()
            end = await self._happened(event) or end
            if end and self._listening:
                heard = await self._result(end)
                if heard is not None:
                    return heard
                end = None

    async def _happened(self, event: AudioFrame | KeyPress | TypedText) -> TurnEnd | None:
        if isinstance(event, AudioFrame):
            return await self._frame(event.pcm)
        return await (self._key(event) if isinstance(event, KeyPress) else self._text(event))

    @property
    def _listening(self) -> bool:
        """The bot has nothing more to say, unless what stopped it was no answer."""
        return self._line.playback.idle or self._proof is not None

    async def _key(self, press: KeyPress) -> TurnEnd | None:
        if press.key == "#" and not self._turn.keys:  # often pressed after a number that was complete without it
            return self._turn.key(press.key)
        await self._stop_for_key()
        if await self._digits_were_said():
            self._line.put_back(press)
            return TurnEnd.SPOKEN
        self._since_key.clear()
        return self._turn.key(press.key)

    async def _text(self, typed: TypedText) -> TurnEnd:
        await self._stop_for_key()
        self._typed = typed.text
        return TurnEnd.TYPED

    async def _stop_for_key(self) -> None:
        if not self._line.playback.interruptible:
            return
        self._proof, held = None, self._line.playback.held
        stopped = await self._line.interrupt()
        if stopped and not held:
            self._report_stop(stopped)

    async def _digits_were_said(self) -> bool:
        """Whether this turn has spoken digits of a code, so that keys are the rest of it."""
        if self._expect is not Expect.CODE or not self._turn.speaking or self._turn.keys:
            return False
        if self._batch:
            await self._recognise()
        return self._turn.digits > 0

    async def _frame(self, frame: bytes) -> TurnEnd | None:
        while self._line.filled:  # nobody listened then, but it may come back as an echo
            self._ears.voice_activity.is_speech(*self._line.filled.popleft())
        voiced = self._ears.voice_activity.is_speech(frame, self._line.playing)
        if self._patience:
            if self._patience.frame(voiced):
                self._go_on()
            return None
        if self._listening:
            return await self._listen(frame, voiced)
        self._early.append((frame, voiced))
        if self._lasting.frame(voiced) and self._stops < self._barge_in.most_stops:
            await self._hold()
        return None

    async def _hold(self) -> None:
        """Stop the bot for a voice that lasts."""
        may_be_dropped = self._line.playback.interruptible
        stopped = await self._line.hold()
        if stopped is None:
            return
        self._stops += 1
        self._report_stop(stopped)
        if may_be_dropped:
            self._proof = Proof(self._barge_in, stopped, self._ears.takes_the_turn, self._digits_wanted)
        else:
            self._patience = Patience(self._barge_in)

    def _go_on(self) -> None:
        """The bot says what it was stopped in."""
        self._proof = self._patience = None
        self._early.clear()
        if not self._turn.keys:
            self._begin()
        self._line.playback.resume()
        self._events.emit(Kind.RESUMED, self._line.now_ms)

    async def _listen(self, frame: bytes, voiced: bool) -> TurnEnd | None:
        if self._turn.keys:
            return self._keyed(frame, voiced)
        speaking = self._turn.speaking
        if self._stream is None:
            self._open()
        self._batch.append(frame)
        if len(self._batch) >= BATCH_FRAMES:
            await self._recognise()
        end = self._turn.frame(voiced)
        if self._turn.speaking and not speaking:
            self._events.emit(Kind.SPEECH, self._line.now_ms)
        if self._proof and self._proof.overdue(self._words, self._turn.digits, self._turn.silence_ms):
            return TurnEnd.SPOKEN  # what the whole of it is recognised as will tell
        return end

    def _keyed(self, frame: bytes, voiced: bool) -> TurnEnd | None:
        """Speech some time after a key is the rest of the number, and the next turn; sooner, it only goes with keys."""
        self._since_key.append((frame, voiced))
        voiced_ms = sum(voiced for _, voiced in self._since_key) * FRAME_MS
        late = len(self._since_key) * FRAME_MS >= SPEECH_AFTER_KEY_MS
        if self._expect is Expect.CODE and late and voiced_ms >= LATE_SPEECH_MS:
            self._line.put_back(*(AudioFrame(each) for each, _ in self._since_key))
            return TurnEnd.KEYED
        return self._turn.frame(voiced)

    def _open(self) -> None:
        """Begin to recognise, with what was said before the bot fell silent."""
        self._stream = self._ears.hearing.open(self._expect)
        self._said.clear()
        self._batch, voiced = [frame for frame, _ in self._early], [each for _, each in self._early]
        # A frame or two are no voice: the bot's last word, come back as an echo, is not the caller's answer.
        began = next((at for at, each in enumerate(voiced) if each and sum(voiced[at : at + 5]) >= 3), len(voiced))
        for each in voiced[began:]:
            self._turn.frame(each)
        self._early.clear()

    async def _recognise(self) -> None:
        stream, audio = self._stream, Audio(b"".join(self._batch))
        assert stream is not None  # noqa: S101 - opened with the first frame
        self._batch = []
        before = self._words
        self._words = await asyncio.wrap_future(stream.accept(audio))
        self._hear_code(audio)
        if self._words != before:
            self._events.emit(Kind.PARTIAL, self._line.now_ms, text=Personal(self._words))
        self._turn.heard(self._words, self._ears.count_digits(self._words))

    async def _result(self, end: TurnEnd) -> Heard | None:
        """What the turn amounts to; None when it was only noise and listening goes on."""
        ended_ms = self._line.now_ms - self._turn.silence_ms
        if end is TurnEnd.KEYED:
            self._report("keys", self._turn.keys, ended_ms=self._line.now_ms)
            return Keys(self._turn.keys)
        if end is TurnEnd.TYPED:
            self._report("text", self._typed, ended_ms=self._line.now_ms)
            return Utterance((Hypothesis(self._typed),))
        if end is TurnEnd.NO_INPUT:
            self._report("silence", "", ended_ms=ended_ms)
            return NoInput()
        started = time.perf_counter()
        utterance = await self._finish()
        if self._proof:
            if not self._proof.given_by(utterance.text, self._ears.count_digits(utterance.text)):
                self._go_on()
                return None
            self._proof = None
            self._line.playback.interrupt()
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
            stream.accept(rest)
            self._hear_code(rest)
        code, self._code = self._code, None
        as_code = code.finish() if code else None
        utterance = await asyncio.wrap_future(stream.finish())
        if as_code and self._ears.count_digits(utterance.text) >= DIGITS_OF_A_CODE:
            return await asyncio.wrap_future(as_code)
        return utterance

    def _hear_code(self, audio: Audio) -> None:
        """A code that is said to the menu, which knows few digits, is heard as a code too, from its beginning."""
        if self._expect is not Expect.MENU:
            return
        self._said += audio.pcm
        if self._code:
            self._code.accept(audio)
        elif self._ears.count_digits(self._words) >= DIGITS_OF_A_CODE:
            self._code = self._ears.hearing.open(Expect.CODE)
            self._code.accept(Audio(bytes(self._said)))

    def _report_stop(self, stopped: Stopped) -> None:
        at, prompt_id, played_ms = self._line.now_ms, stopped.prompt_id, stopped.played_ms
        self._events.emit(Kind.BARGE_IN, at, prompt_id=prompt_id, played_ms=played_ms)

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
        quick_words=reply.expect is Expect.YES_NO,
    )
