"""`nhanh8 bench line`: recorded people call the bot over AudioSocket in real time, alone or many at once."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp
import typer
from rich.table import Table

from bot.app import Bot, account_register
from bot.audio import FRAME_MS, Audio
from bot.cli.bench import JSON, with_own_accounts
from bot.cli.context import out, progress
from bot.errors import AudioError, Nhanh8Error
from bot.evaluate.channels import carry
from bot.evaluate.codes import MARGIN_MS
from bot.evaluate.line_times import LineTimes
from bot.evaluate.material import from_clips
from bot.evaluate.recordings import read_clips
from bot.evaluate.speech_marks import speech_marks
from bot.evaluate.trials import NO, YES
from bot.evaluate.trials import Kind as TrialKind
from bot.events import Event, Kind
from bot.log import configure_logging
from bot.serving import Keep, TelephoneService
from bot.settings import Settings
from bot.transports.phone_line import PhoneLine
from bot.transports.wire_caller import WireCaller

TOKEN: Final = "a-token-of-the-bench"  # noqa: S105 - of a server that lives as long as this command
REACTION_S: Final = (0.4, 0.9)  # a person's, drawn
OVER_THE_GREETING_S: Final = 4.0  # where a caller who does not wait has heard which key to press
OVER_THE_QUESTION_S: Final = 1.0  # where a caller who does not wait begins to say the code
BEFORE_S, AFTER_S = 0.3, 0.5  # of the line around what is said
STOPPED_S: Final = 0.3  # silence for so long: the bot has stopped
MOST_AGAIN: Final = 2
LONGEST_CALL_S: Final = 120
MEMORY_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """Speech, and where in it it begins and ends, in seconds."""

    audio: Audio = field(repr=False)
    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True)
class Person:
    """Who calls: a number, a code, and how they say it, yes and no."""

    number: str
    code: str
    says_code: Said
    says_yes: Said
    says_no: Said


def line(
    context: typer.Context,
    segments: Path = typer.Option(..., help="Bảng các đoạn ghi âm (segments.tsv)."),
    split: str = typer.Option("dev", help="Phần của bảng."),
    calls: int = typer.Option(20, min=1, help="Bao nhiêu cuộc gọi, khi gọi lần lượt."),
    at_once: int = typer.Option(1, min=1, help="Bao nhiêu cuộc gọi cùng lúc."),
    minutes: float = typer.Option(0, min=0, help="Gọi liên tục chừng này phút; 0: gọi đủ số cuộc thì thôi."),
    seed: int = typer.Option(8),
    as_json: bool = JSON,
) -> None:
    """Người thật đã ghi âm gọi qua AudioSocket đúng tốc độ thật: chờ bao lâu, nói đè thì bao lâu im, khung trễ."""
    people = _people(segments, split, calls if not minutes else 10 * at_once, seed)
    with tempfile.TemporaryDirectory() as folder:
        settings = with_own_accounts(context.obj.settings, Path(folder))
        telephone = replace(settings.telephone, http_port=0, audiosocket_port=0, max_calls=2 * at_once)
        settings = replace(settings, telephone=telephone)
        _register(settings, people)
        with _Server(settings) as server:
            progress(f"{at_once} cuộc cùng lúc")
            times = asyncio.run(_hold_calls(server, people, calls, at_once, minutes, seed))
    figures = {**times.figures(), "memory_mb": server.memory()}
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _print(figures, at_once)


def _print(figures: dict[str, Any], at_once: int) -> None:
    table = Table("Đo", "p50", "p95", "số lần", title=f"Trên đường dây, {at_once} cuộc cùng lúc")
    names = {
        "code_gap_ms": "dứt chữ số cuối → tiếng đầu của trợ lý (ms)",
        "yes_gap_ms": "dứt “đúng” → tiếng đầu của trợ lý (ms)",
        "stop_ms": "người gọi nói đè → trợ lý im (ms)",
        "call_s": "cuộc gọi thành công (giây)",
    }
    for key, name in names.items():
        row, digits = figures[key], 1 if key == "call_s" else 0
        table.add_row(name, f"{row['p50']:.{digits}f}", f"{row['p95']:.{digits}f}", str(row["n"]))
    out.print(table)
    late = figures["frames_late_share"]
    out.print(f"Khung trễ quá 40 ms: {late:.3%} của {figures['frames']}; trễ nhất {figures['frame_latest_ms']:.0f} ms.")
    memory = figures["memory_mb"]
    out.print(f"Bộ nhớ (MB): lúc đầu {memory['first']}, giữa {memory['middle']}, cuối {memory['last']}.")
    out.print(f"Kết quả: {figures['outcomes']}")


def _people(segments: Path, split: str, count: int, seed: int) -> list[Person]:
    clips = read_clips(segments, split=split)
    codes = [
        trial for trial in from_clips(clips, codes=count, most=1, seed=seed).trials if trial.kind is TrialKind.CODE
    ]
    answers = {
        text: [said for clip in clips if clip.telephone and clip.text == text and (said := _said(clip.audio))]
        for text in (YES, NO)
    }
    if not all(answers.values()):
        raise AudioError(f"{segments} không có “đúng” và “không” của người gọi điện thoại trong phần {split}.")
    people = []
    for at, trial in enumerate(codes):
        said = _said(
            carry(trial.audio, "g711", seed=trial.seed(seed), babble=None),
            ends_s=(trial.ends_ms[-1] - MARGIN_MS) / 1000,
        )
        if said:
            yes, no = (answers[text][at % len(answers[text])] for text in (YES, NO))
            people.append(Person(f"04{at:08}", trial.said, said, yes, no))
    return people


def _said(audio: Audio, ends_s: float | None = None) -> Said | None:
    """With a little of what was around it; reactions are drawn, not recorded. None where speech does not stand out."""
    frames = audio.frames()
    marks = speech_marks(Audio(b"".join(frames)))
    if marks is None:
        return None
    begins_s, stop_s = marks.start * FRAME_MS / 1000, marks.stop * FRAME_MS / 1000
    first = max(0, marks.start - round(BEFORE_S * 1000 / FRAME_MS))
    last = marks.stop + round(AFTER_S * 1000 / FRAME_MS)
    cut_s = first * FRAME_MS / 1000
    return Said(Audio(b"".join(frames[first:last])), begins_s - cut_s, (ends_s or stop_s) - cut_s)


def _register(settings: Settings, people: list[Person]) -> None:
    register = account_register(settings)
    try:
        for person in people:
            if register.find(person.code) is None:
                register.add(code=person.code, phone=person.number, name="Người Thử")
    finally:
        register.close()


class _Server:
    """The bot in a process of its own, as an operator runs it; what happens in its calls comes back over a pipe."""

    def __init__(self, settings: Settings) -> None:
        mine, its = multiprocessing.Pipe()
        self._pipe = mine
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings, its), daemon=False)
        self._seen: dict[str, asyncio.Queue[Event]] = {}
        self._memory: list[int] = []

    def __enter__(self) -> _Server:
        progress("Nạp trợ lý trong một tiến trình riêng")
        self._process.start()
        ports = self._pipe.recv()
        if isinstance(ports, str):
            raise Nhanh8Error(ports)
        self.ports: dict[str, int] = ports
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send("stop")
        self._process.join(20)
        self._process.kill()

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        threading.Thread(target=self._forward, args=(loop,), daemon=True).start()

    def events_of(self, call: str) -> asyncio.Queue[Event]:
        return self._seen.setdefault(call, asyncio.Queue())

    def remember_memory(self) -> None:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        resident = next(row for row in status.splitlines() if row.startswith("VmRSS"))
        self._memory.append(int(resident.split()[1]) // 1024)

    def memory(self) -> dict[str, int]:
        """Resident, in MB: at the first call, in the middle, at the end."""
        seen = self._memory or [0]
        return {"first": seen[0], "middle": seen[len(seen) // 2], "last": seen[-1]}

    def _forward(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            try:
                call, event = self._pipe.recv()
            except (EOFError, OSError):
                return
            loop.call_soon_threadsafe(self.events_of(call).put_nowait, event)


def _serve(settings: Settings, pipe: Connection) -> None:
    configure_logging("warning")
    logging.getLogger("bot.serving").setLevel(logging.WARNING)
    try:
        bot = Bot(settings, lambda _: None)
    except Nhanh8Error as error:
        pipe.send(str(error))
        return
    try:
        asyncio.run(_listen(bot, pipe))
    finally:
        bot.close()


async def _listen(bot: Bot, pipe: Connection) -> None:
    service = TelephoneService(bot, TOKEN, Keep(), lambda call: lambda event: pipe.send((call, event)))
    pipe.send(await service.start())
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    await service.stop()


async def _hold_calls(
    server: _Server, people: list[Person], calls: int, at_once: int, minutes: float, seed: int
) -> LineTimes:
    times, rng = LineTimes(), random.Random(seed)  # noqa: S311 - reactions
    server.watch(asyncio.get_running_loop())
    until = time.monotonic() + 60 * minutes
    turns = iter(range(10**9 if minutes else calls))
    memory = asyncio.ensure_future(_every(MEMORY_EVERY_S, server.remember_memory))

    async def one_after_the_other(first_after_s: float) -> None:
        await asyncio.sleep(first_after_s)
        for at in turns:
            if minutes and time.monotonic() > until:
                return
            await _Call(server, people[at % len(people)], times, rng, waits=at % 2 == 0).hold()
            progress(f"cuộc {at + 1}: {sum(times.outcomes.values())} đã xong")

    await asyncio.gather(*(one_after_the_other(lane * 20 / at_once) for lane in range(at_once)))
    memory.cancel()
    return times


async def _every(seconds: float, do: Callable[[], None]) -> None:
    while True:
        do()
        await asyncio.sleep(seconds)


class _Call:
    """One person's call. `waits`: they let the bot finish its greeting and its question for the code."""

    def __init__(self, server: _Server, person: Person, times: LineTimes, rng: random.Random, *, waits: bool) -> None:
        self._server, self._person, self._times, self._rng, self._waits = server, person, times, rng, waits
        self._id: UUID = uuid4()
        self._events = server.events_of(str(self._id))

    async def hold(self) -> None:
        form = {"number": self._person.number, "token": TOKEN}
        url = f"http://127.0.0.1:{self._server.ports['HTTP']}/calls/{self._id}"
        async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
            if answer.status != 201:
                self._times.outcomes["busy"] += 1
                return
        idle = PhoneLine(seed=self._id.int % 1000).idle_frames()
        self._caller = await WireCaller.ring("127.0.0.1", self._server.ports["AudioSocket"], self._id, idle)
        running = asyncio.ensure_future(self._caller.run())
        try:
            await asyncio.wait_for(self._talk(), LONGEST_CALL_S)
        except asyncio.TimeoutError:
            self._times.outcomes["stuck"] += 1
        finally:
            self._caller.hang_up()
            await running
            self._times.late_ms += self._caller.hearing.late_ms()

    async def _talk(self) -> None:
        if self._waits:
            await self._silent()
        else:
            await asyncio.sleep(OVER_THE_GREETING_S)
        self._caller.press("8")
        while await self._decided() not in ("code", ""):
            pass  # what was decided before the key
        if self._waits:
            await self._silent()
        else:
            await self._next(Kind.PROMPT)
            await asyncio.sleep(OVER_THE_QUESTION_S)
        code = self._person.says_code
        began = self._begin(code)
        await self._said(code)
        if not self._waits:
            speaks_at = began() + code.begins_s
            stopped_at = self._caller.hearing.last_loud(speaks_at, STOPPED_S)
            if stopped_at is not None:
                self._times.stops.append((stopped_at - speaks_at) * 1000)
        if await self._decided() == "yes_no":
            await self._silent()
            self._times.code_gaps.append(self._gap(began() + code.ends_s))
        elif not await self._says_again(code):
            return self._gives_up("asked again in vain")
        yes = self._person.says_yes
        began = self._begin(yes)
        await self._said(yes)
        if (expected := await self._decided()) not in ("closing", "nothing"):
            return self._gives_up("no match" if expected == "code" else "yes not understood")
        await self._silent()
        self._times.yes_gaps.append(self._gap(began() + yes.ends_s))
        self._begin(self._person.says_no)
        return await self._end()

    async def _says_again(self, code: Said) -> bool:
        """Asked for some digits or all, says all; whether the code was read back in the end."""
        for _ in range(MOST_AGAIN):
            await self._silent()
            self._begin(code)
            await self._said(code)
            if await self._decided() == "yes_no":
                await self._silent()
                return True
        return False

    def _gives_up(self, why: str) -> None:
        self._times.outcomes[why] += 1

    def _begin(self, said: Said) -> Callable[[], float]:
        self._caller.begin_to_say(said.audio)
        return lambda: self._caller.said_from

    async def _said(self, said: Said) -> None:
        """Until the last word is over; what follows is the line's silence."""
        while not self._caller.said_from:
            await asyncio.sleep(0.01)
        await asyncio.sleep(max(0.0, self._caller.said_from + said.ends_s - time.monotonic()))

    def _gap(self, ended_at: float) -> float:
        first = self._caller.hearing.first_loud(ended_at)
        return (first - ended_at) * 1000 if first is not None else float("nan")

    async def _silent(self) -> None:
        """Until the bot has said all it had to say, and a person would react."""
        await self._next(Kind.SILENT)
        await asyncio.sleep(self._rng.uniform(*REACTION_S))

    async def _next(self, kind: Kind) -> Event | None:
        """None when the call ends first."""
        while True:
            event = await self._events.get()
            if event.kind is kind:
                return event
            if event.kind is Kind.CALL_ENDED:
                self._events.put_nowait(event)
                return None

    async def _decided(self) -> str:
        """What the bot expects after its next decision; empty when the call ends first."""
        event = await self._next(Kind.DECIDED)
        return str(event.fields["expect"]) if event else ""

    async def _end(self) -> None:
        while True:
            event = await self._events.get()
            if event.kind is Kind.CALL_ENDED:
                outcome = str(event.fields["outcome"])
                self._times.outcomes[outcome] += 1
                if outcome == "reset":
                    self._times.calls.append(float(str(event.fields["duration_ms"])))
                return
