"""Bot processes that hold one call and are killed at a named point of the reset's protocol, or run out of disk.

Run as a program it imports the bot once and forks a process for each order that it reads, so that each dies for real
and none costs a start. A process drives the real session, line, reset service, vault and database; what is scripted is
what does not write: ears (the caller presses keys), dialogue and voice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import event

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.passwords import Argon2Hasher
from bot.audio import FRAME_MS
from bot.errors import AccountsError
from bot.events import Event, Kind
from bot.ports import AttemptLimits, Caller, CallRecord, ResetRequest, Segment, Verdict
from bot.replies import Expect, Heard, HungUp, Keys, Outcome, Reply, Say, SecretRef
from bot.reset import service as service_module
from bot.reset.password import PasswordPolicy
from bot.reset.secret import Secret
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretVault
from tests.contract.calls import (
    APOLOGIES,
    PROMPT_MS,
    SECRET_LEVEL,
    SECRET_MS,
    FixedSpeaker,
    ScriptedCall,
    ScriptedDialogue,
    ask,
    farewell,
    level,
    press,
    quiet,
    say,
)
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS
from tests.unit.call.holding import CALLER, hold

ROOT = Path(__file__).parents[2]
CODE, WRONG, PHONE = "0123456789", "9999999999", str(CALLER.number)
OLD, NEW = "11112222", "40718263"
HALF_MS = SECRET_MS // 2
STEPS = {"refusal": "INSERT INTO attempts", "issue": "UPDATE accounts", "active": "UPDATE accounts"}
MOMENTS = ("asked", "written", "committing", "committed")

# Every point of a call that is refused once, then matches, hears the password twice, and once more; in their order.
POINTS = (
    *(f"refusal: {moment}" for moment in MOMENTS),
    *(f"issue: {moment}" for moment in MOMENTS),
    "rendered",
    "first reading: half",
    *(f"active: {moment}" for moment in MOMENTS),
    "active: known",
    "second reading: half",
    "read again",
    "over",
)
# And of one whose caller hangs up in the first reading.
HANG_UP_POINTS = ("hung up", *(f"discard: {moment}" for moment in MOMENTS), "over")


def hasher() -> Argon2Hasher:
    return Argon2Hasher(memory_kib=64, iterations=1)


@dataclass(frozen=True)
class Order:
    """What a process is to do: hold a call over the database at `url`, be killed at the point `dies`."""

    url: str
    dies: str | None = None
    hangs_up: bool = False
    most_bytes: int | None = None  # of any file that it writes


@dataclass(frozen=True)
class Life:
    """What was seen of a process: how it ended, and what it passed, in order."""

    killed: bool
    passed: list[str]


class Mortals:
    """The program, asked from a test."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def live(self, order: Order) -> Life:
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.write(json.dumps(asdict(order)) + "\n")
        self._program.stdin.flush()
        return Life(**json.loads(self._program.stdout.readline()))


@contextmanager
def mortals() -> Iterator[Mortals]:
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        yield Mortals(program)


class Passage:
    """Where a process is: what it passes is told at once, and it is killed where the order says."""

    def __init__(self, told: TextIO, dies: str | None) -> None:
        self._told, self._dies = told, dies

    def passes(self, point: str) -> None:
        self._told.write(point + "\n")
        self._told.flush()
        if point == self._dies:
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedDirectory:
    """The real directory; each of its transactions has four points."""

    def __init__(self, url: str, passage: Passage) -> None:
        self._passage = passage
        self._inner = SqlAccountDirectory(url, busy_ms=20_000)
        self._step = ""
        engine = self._inner.database.engine
        event.listen(engine, "after_cursor_execute", self._executed)
        event.listen(engine, "commit", lambda connection: self._passes("committing"))

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        return self._in("refusal" if request.code == WRONG else "issue", self._inner.request_reset, request, limits)

    def activate_reset(self, reset_id: str, **times: Any) -> bool:
        return self._in("active", self._inner.activate_reset, reset_id, **times)

    def discard_reset(self, reset_id: str) -> None:
        self._in("discard", self._inner.discard_reset, reset_id)

    def record_call(self, record: CallRecord) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self._inner.close()

    def _in(self, step: str, work: Callable[..., Any], *args: Any, **times: Any) -> Any:
        self._step = step
        self._passes("asked")
        answer = work(*args, **times)
        self._passes("committed")
        return answer

    def _executed(self, connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith(STEPS.get(self._step, "UPDATE accounts")):
            self._passes("written")

    def _passes(self, moment: str) -> None:
        self._passage.passes(f"{self._step}: {moment}")


class WatchedLine(ScriptedCall):
    """The line; in the middle of each reading there is a point."""

    def __init__(self, passage: Passage, *script: Any) -> None:
        super().__init__(*script)
        self._passage = passage
        self._secret_ms = 0

    async def send(self, frame: bytes) -> None:
        await super().send(frame)
        if frame == level(FRAME_MS, SECRET_LEVEL).pcm:
            self._secret_ms += FRAME_MS
            if self._secret_ms % SECRET_MS == HALF_MS:
                reading = {0: "first", 1: "second"}.get(self._secret_ms // SECRET_MS)
                self._passage.passes(f"{reading} reading: half" if reading else "read again")


class ResolvingSpeaker(FixedSpeaker):
    """A voice that needs the secret to speak it."""

    def __init__(self, vault: SecretVault, passage: Passage) -> None:
        super().__init__()
        self._vault, self._passage = vault, passage

    def render(self, says: Any) -> list[Segment]:
        refs = [value for one in says for value in one.values.values() if isinstance(value, SecretRef)]
        for ref in refs:
            assert self._vault.resolve(ref).reveal() == NEW
            self._passage.passes("rendered")
        return super().render(says)


class ResetDialogue(ScriptedDialogue):
    """Asks for the code by keys until it matches, and reads the password again for key 1."""

    def __init__(self, service: ResetService, passage: Passage) -> None:
        super().__init__(ask("utter_code", Expect.CODE, len(CODE)), apologies=APOLOGIES)
        self._service, self._passage = service, passage

    async def reply(self, call_id: str, heard: Heard) -> Reply:
        keys = heard.keys if isinstance(heard, Keys) else ""
        if len(keys) == len(CODE):
            return await asyncio.to_thread(self._checked, keys)
        ref = self._service.again(call_id) if keys == "1" else None
        return read(ref) if ref else farewell()

    def _checked(self, code: str) -> Reply:
        try:
            result = self._service.request(Caller(CALLER.call_id, PHONE, "t1"), code)
        except AccountsError:
            self._passage.passes("told: unavailable")
            return farewell("utter_unavailable", Outcome.UNAVAILABLE)
        self._passage.passes(f"told: {result.outcome.value}")
        if result.outcome is ResetOutcome.REFUSED_TRY_AGAIN:
            return ask("utter_no_match", Expect.CODE, len(CODE))
        return read(result.secret) if result.secret else farewell("utter_no_match", Outcome.NO_MATCH)


def read(ref: SecretRef) -> Reply:
    secret = Say(prompt_id="utter_password", text="{p}. {p}", values={"p": ref}, interruptible=False)
    return Reply(says=(secret, say("utter_again")), expect=Expect.CLOSING)


def hold_call(order: Order, told: TextIO) -> None:
    """Hold the order's call to its end, if it is let."""
    if order.most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.most_bytes, order.most_bytes))
    passage = Passage(told, order.dies)
    service_module.new_password = lambda policy: Secret(NEW)
    clock = FixedClock()
    vault = SecretVault(clock, ttl_s=60)
    service = ResetService(
        WatchedDirectory(order.url, passage), hasher(), vault, PasswordPolicy(), clock, limits=LIMITS, tries=2
    )
    code = [*quiet(PROMPT_MS), *press(CODE)]
    if order.hangs_up:
        line = WatchedLine(passage, code, quiet(1000 + PROMPT_MS + HALF_MS), [HungUp()])
    else:
        wrong = [*quiet(PROMPT_MS), *press(WRONG), *quiet(1000)]
        after = [*quiet(1000 + 2 * PROMPT_MS + 2 * SECRET_MS), *press("1")]
        line = WatchedLine(passage, wrong, code, after)

    def watch(seen: Event) -> None:
        if seen.kind is Kind.PASSWORD_HEARD:
            passage.passes("active: known")

    class Desk:
        """The service, as the session ends a call."""

        heard = staticmethod(service.heard)

        @staticmethod
        def end(call_id: str) -> None:
            if order.hangs_up:
                passage.passes("hung up")
            service.end(call_id)

    held = asyncio.run(
        hold(
            line,
            dialogue=ResetDialogue(service, passage),
            desk=Desk(),
            speaker=ResolvingSpeaker(vault, passage),
            sinks=(watch,),
        )
    )
    assert held.outcome
    passage.passes("over")
    passage.passes(f"outcome: {held.outcome.value}")


def main() -> None:
    logging.disable()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as told:
                hold_call(order, told)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as told:
            passed = told.read().splitlines()
        status = os.waitpid(child, 0)[1]
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"killed": killed, "passed": passed}), flush=True)


if __name__ == "__main__":
    main()
