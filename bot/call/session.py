"""One call from answer to hang-up: the only owner of its line, its turns and its end."""

from __future__ import annotations

import asyncio
import logging
import math
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from bot.call.line import CallerLeft, CallTooLong, Line
from bot.call.listening import Ears, Listening
from bot.call.work import compute
from bot.errors import AccountsError
from bot.events import EventLog, Kind, Personal
from bot.ports import Caller, CallTransport, Dialogue, Hung, SecretDesk, Segment, Speaker, Trouble
from bot.replies import Outcome, Reply, SecretRef, shown

log = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN_S: Final = 5.0  # a caller who was asked to wait is asked again


class PasswordNotActive(Exception):
    """The caller heard a password that could not be made theirs; the old one still works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who works on a call beside its ears; the same objects serve many calls. Rendering and resets run on `worker`.

    A caller who has waited `patience_s` for any of them hears `please_wait`; a dialogue without an answer after
    `longest_s` is given up: later than any database.
    """

    dialogue: Dialogue
    speaker: Speaker
    desk: SecretDesk
    worker: Executor
    please_wait: Sequence[Segment] = ()
    patience_s: float = 1.5
    longest_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """How a call went; `duration_ms` is audio time from answer to hang-up."""

    outcome: Outcome
    duration_ms: int
    turns: int


class CallSession:
    """Runs one call. Use once."""

    def __init__(
        self,
        *,
        caller: Caller,
        transport: CallTransport,
        staff: Staff,
        ears: Ears,
        events: EventLog,
        max_call_ms: int,
        recorded: bool = True,
    ) -> None:
        self._caller = caller
        self._staff = staff
        self._ears = ears
        self._events = events
        self._turns = 0
        self._password_heard = False
        self.line = Line(transport, events, limit_ms=max_call_ms, recorded=recorded, on_secret_heard=self._activate)

    async def run(self) -> CallResult:
        """Hold the call until one side hangs up. Never raises for what happens inside the call."""
        try:
            outcome = await self._converse_or_apologise()
        finally:
            await self._clean_up()
        if self._password_heard:
            outcome = Outcome.RESET
        return CallResult(outcome=outcome, duration_ms=self.line.now_ms, turns=self._turns)

    async def _converse_or_apologise(self) -> Outcome:
        try:
            return await self._converse()
        except CallerLeft:
            return Outcome.HUNG_UP
        except CallTooLong:
            trouble = Trouble.TIME_UP
        except PasswordNotActive:
            trouble = Trouble.UNAVAILABLE
        except Exception as error:  # noqa: BLE001 - the boundary of one call: the caller hears an apology
            self._log("call failed", error)
            trouble = Trouble.FAULT
        try:
            self._events.emit(Kind.TROUBLE, self.line.now_ms, trouble=trouble.value)
            return await self._apologise(trouble)
        except CallerLeft:
            return Outcome.HUNG_UP
        except Exception as error:  # noqa: BLE001 - the same boundary: not even an apology could be said
            self._log("apology failed", error)
            return Outcome.ERROR

    async def _converse(self) -> Outcome:
        number = Personal(self._caller.number or "")
        self._events.emit(Kind.CALL_STARTED, 0, call_id=self._caller.call_id, caller=number)
        reply = await self._decide(self._staff.dialogue.start(self._caller))
        while True:
            await self._say(reply)
            if reply.hang_up:
                await self.line.drain()
                return reply.outcome or Outcome.ERROR
            heard = await Listening(self._ears, self.line, self._events, reply).hear()
            self._turns += 1
            reply = await self._decide(self._staff.dialogue.reply(self._caller.call_id, heard))

    async def _apologise(self, trouble: Trouble) -> Outcome:
        self.line.limit_ms = None
        await self.line.interrupt()
        reply = await self._staff.dialogue.apologise(self._caller.call_id, trouble)
        await self._say(reply)
        await self.line.drain()
        return reply.outcome or Outcome.ERROR

    async def _decide(self, answer: Awaitable[Reply]) -> Reply:
        started = time.perf_counter()
        reply = await self._patiently(answer, self._staff.longest_s)
        self._events.emit(
            Kind.DECIDED,
            self.line.now_ms,
            intent=reply.intent,
            intent_confidence=reply.intent_confidence,
            expect=reply.expect.value,
            slots=reply.slots,
            decide_ms=_ms_since(started),
        )
        return reply

    async def _say(self, reply: Reply) -> None:
        started = time.perf_counter()
        segments = await self._patiently(compute(self._staff.worker, lambda: self._staff.speaker.render(reply.says)))
        self._events.emit(
            Kind.RENDERED,
            self.line.now_ms,
            text=Personal(
                " ".join(shown(say, digits=True) for say in reply.says),
                masked=" ".join(shown(say, digits=False) for say in reply.says),
            ),
            render_ms=_ms_since(started),
        )
        self.line.say(segments)

    async def _activate(self, ref: SecretRef) -> None:
        try:
            active = await self._patiently(compute(self._staff.worker, lambda: self._staff.desk.heard(ref)))
        except AccountsError as error:
            self._log("password not active", error)
            active = False
        if not active:
            raise PasswordNotActive
        self._password_heard = True
        self._events.emit(Kind.PASSWORD_HEARD, self.line.now_ms)

    async def _patiently(self, answer: Awaitable[T], longest_s: float = math.inf) -> T:
        """What `answer` gives. Where it takes long, the caller is asked to wait, again and again.

        Raises:
            Hung: there is none after `longest_s`. And what `answer` raises.
        """
        clock, task = asyncio.get_running_loop().time, asyncio.ensure_future(answer)
        began, patience_s = clock(), self._staff.patience_s
        try:
            while not (await asyncio.wait({task}, timeout=patience_s))[0]:
                if clock() - began >= longest_s:
                    raise Hung
                self._events.emit(Kind.DELAY, self.line.now_ms)
                await self.line.fill(self._staff.please_wait)
                patience_s = AGAIN_S
            return task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _clean_up(self) -> None:
        """End everything that the call began; one that fails keeps none of the others from it."""
        call_id, staff = self._caller.call_id, self._staff
        endings: dict[str, Callable[[], Awaitable[None]]] = {
            "line not hung up": self.line.hang_up,
            "dialogue not ended": lambda: staff.dialogue.end(call_id),
            "reset not closed": lambda: compute(staff.worker, lambda: staff.desk.end(call_id)),
        }
        for failure, end in endings.items():
            try:
                await end()
            except Exception as error:  # noqa: BLE001 - the boundary of one call
                self._log(failure, error)

    def _log(self, failure: str, error: Exception) -> None:
        """The error's class and place only: its text may hold what the caller said."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        log.error(failure, extra={"call_id": self._caller.call_id, "error": type(error).__name__, "where": where})


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
