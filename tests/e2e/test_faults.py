"""Each part of the real bot dies, hangs or is slow while people call over AudioSocket in real time: they hear words,
not silence, and the operator sees it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from bot.accounts.database import Database
from bot.app import prompt_catalog
from bot.asr.nursery import FORGET
from bot.audio import Audio
from bot.cli.bench_soak import Soak, read_callers
from bot.errors import SpeechError
from bot.events import Event, Kind, Sink
from bot.monitor import Monitor
from bot.operations.metrics import Metrics
from bot.serving import Keep, TelephoneService
from bot.transports.phone_line import PhoneLine
from bot.transports.wire_caller import WireCaller
from bot.tts.library import PromptLibrary
from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer
from bot.tts.speaker import PromptSpeaker
from bot.tts.voices import espeak
from tests.e2e.conftest import ROOT, LoadedBot
from tests.e2e.leaks import children

CODE, NUMBER = "0123456789", "0912345678"
TOKEN = "a-token-of-the-tests"  # noqa: S105 - nobody's
WITHIN_S = 60.0  # for whatever happens on a machine with much else to do
DEPLOY = ROOT / "deploy"


@dataclass
class Caller:
    """Somebody on the line, and what the bot does in their call."""

    wire: WireCaller
    events: list[Event] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, event: Event) -> None:
        self.events.append(event)
        self.news.set()

    async def until(self, kind: Kind, **fields: str) -> Event:
        """The next such event; those before it are forgotten."""
        async with in_time():
            while True:
                while self.events:
                    event = self.events.pop(0)
                    if event.kind is kind and all(event.fields.get(name) == value for name, value in fields.items()):
                        return event
                self.news.clear()
                await self.news.wait()

    async def prompt(self) -> str:
        """The next one that begins."""
        return str((await self.until(Kind.PROMPT)).fields["prompt_id"])

    async def press(self, keys: str) -> None:
        for key in keys:
            self.wire.press(key)
            await asyncio.sleep(0.02)

    async def hears_speech(self, since: float) -> float:
        """How long after `since` the first of it came over the wire."""
        async with in_time():
            while (at := self.wire.hearing.first_loud(since)) is None:
                await asyncio.sleep(0.02)
        return at - since


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Python 3.10 has no asyncio.timeout."""
    task = asyncio.current_task()
    assert task
    timer = asyncio.get_running_loop().call_later(WITHIN_S, task.cancel)
    try:
        yield
    finally:
        timer.cancel()


class Exchange:
    """A PBX for the bot, and the operator beside it."""

    def __init__(self, loaded: LoadedBot, folder: Path) -> None:
        self.loaded, self.folder = loaded, folder
        self.callers: dict[str, Caller] = {}
        self.metrics = Metrics()
        self.service = TelephoneService(
            loaded.bot,
            TOKEN,
            Keep(events=folder, recordings=folder),
            self._follow,
            self.metrics.follow,
        )
        self.monitor = Monitor(loaded.bot, self.service, self.metrics)

    async def start(self) -> None:
        self.port = (await self.service.start())["AudioSocket"]
        self.address = f"http://127.0.0.1:{await self.monitor.start()}"

    async def stop(self) -> None:
        await self.service.stop()
        await self.monitor.stop()

    @asynccontextmanager
    async def call(self, number: str | None = NUMBER, call: UUID | None = None) -> AsyncIterator[Caller]:
        call = call or uuid4()
        if number:
            self.service.switchboard.announce(str(call), number)
        wire = await WireCaller.ring("127.0.0.1", self.port, call, PhoneLine().idle_frames())
        caller = self.callers[str(call)] = Caller(wire)
        running = asyncio.ensure_future(wire.run())
        try:
            yield caller
        finally:
            wire.hang_up()
            await running
            async with in_time():
                while self.service.switchboard.calls:
                    await asyncio.sleep(0.02)

    @asynccontextmanager
    async def call_at_yes_no(self, number: str = NUMBER, code: str = CODE) -> AsyncIterator[Caller]:
        """The bot is about to ask whether the code is right; 1 makes it check the account."""
        async with self.call(number) as caller:
            await caller.until(Kind.PROMPT)
            await caller.press("8")
            await caller.until(Kind.DECIDED, expect="code")
            await caller.until(Kind.PROMPT)
            await caller.press(code)
            await caller.until(Kind.DECIDED, expect="yes_no")
            await caller.until(Kind.PROMPT)
            yield caller

    async def ask(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.address + path) as answer:
            return answer.status, await answer.text()

    async def seen(self) -> dict[str, float]:
        """Every series that `/metrics` shows, by name and labels."""
        families = text_string_to_metric_families((await self.ask("/metrics"))[1])
        return {
            sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    def _follow(self, call: str) -> Sink:
        return self.callers[call].note


@pytest_asyncio.fixture
async def exchange(loaded_bot: LoadedBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Exchange]:
    settings = loaded_bot.settings
    telephone = replace(settings.telephone, http_port=0, audiosocket_port=0)
    settings = replace(settings, telephone=telephone, monitor=replace(settings.monitor, port=0))
    monkeypatch.setattr(loaded_bot.bot, "settings", settings)
    made = Exchange(loaded_bot, tmp_path)
    await made.start()
    yield made
    await made.stop()


# The recogniser.


async def expects_code(caller: Caller) -> None:
    """The bot has asked for the code and listens."""
    await caller.until(Kind.PROMPT)
    await caller.press("8")
    await caller.until(Kind.DECIDED, expect="code")
    await caller.until(Kind.SILENT)


async def asked_again(caller: Caller, since: float) -> tuple[float, float]:
    """How long after `since` the turn was given up, and words were heard: "I have not heard any number..."."""
    await caller.until(Kind.HEARD, how="speech")
    given_up_at = time.monotonic()
    assert await caller.prompt() == "utter_ask_reset_form_bhxh_code.2"
    return given_up_at - since, given_up_at - since + await caller.hears_speech(given_up_at)


async def true(condition: Callable[[], bool]) -> None:
    async with in_time():
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_recogniser_that_hangs_is_replaced_and_the_caller_is_asked_again(exchange: Exchange) -> None:
    """The same where it is killed or crashes, all in the same moment; who is heard by another one notices nothing."""
    hearing, faults = exchange.loaded.bot.hearing, [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP]
    replaced = hearing.replaced
    async with AsyncExitStack() as lines:
        callers = [await lines.enter_async_context(exchange.call()) for _ in range(hearing.count)]
        await asyncio.gather(*map(expects_code, callers))
        await true(lambda: all(len(worker.streams) == 1 for worker in hearing._workers))
        since = time.monotonic()
        for pid, fault in zip(hearing.pids, faults, strict=False):
            os.kill(pid, fault)
        again = {asyncio.ensure_future(asked_again(caller, since)): caller for caller in callers}
        waiting = {*again}
        while len(waiting) > len(callers) - len(faults):
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in again.keys() - waiting:
            given_up_s, words_s = task.result()
            print(f"turn given up after {given_up_s:.3f} s, words after {words_s:.3f} s")
        for task in waiting:
            task.cancel()
        await asyncio.gather(*(caller.press(CODE) for caller in callers))
        for task, caller in again.items():
            if task in waiting:
                assert (await caller.until(Kind.HEARD)).fields["how"] == "keys"
            await caller.until(Kind.DECIDED, expect="yes_no")
        for caller in callers:
            caller.wire.hang_up()
    assert len(waiting) == hearing.count - len(faults)
    await true(lambda: len(hearing.pids) == hearing.count and not any(each.streams for each in hearing._workers))
    assert (await exchange.seen())["nhanh8_recogniser_replaced_total"] == hearing.replaced == replaced + len(faults)
    states = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] for pid in children()]
    assert "Z" not in states


async def test_without_any_recogniser_the_caller_is_asked_again_and_goes_on_with_keys(exchange: Exchange) -> None:
    hearing = exchange.loaded.bot.hearing
    async with exchange.call() as caller:
        await expects_code(caller)
        await true(lambda: any(worker.streams for worker in hearing._workers))
        since = time.monotonic()
        for pid in (hearing.nursery_pid, *hearing.pids):
            os.kill(pid, signal.SIGKILL)
        print("all lost: turn given up after {:.3f} s, words after {:.3f} s".format(*await asked_again(caller, since)))
        await caller.press(CODE)
        await caller.until(Kind.DECIDED, expect="yes_no")
    await true(lambda: len(hearing.pids) == hearing.count)
    print(f"all lost: there again after {time.monotonic() - since:.1f} s")


async def test_a_recogniser_that_fails_ends_the_call_with_an_apology_and_the_next_call_is_heard(
    exchange: Exchange,
) -> None:
    hearing = exchange.loaded.bot.hearing
    async with exchange.call() as caller:
        await expects_code(caller)
        await true(lambda: any(worker.streams for worker in hearing._workers))
        for worker in hearing._workers:
            for number in worker.streams:
                hearing.ask(worker, FORGET, number)  # it will know nothing of that turn
        await caller.until(Kind.TROUBLE, trouble="fault")
        assert await caller.prompt() == "utter_lost"
    async with exchange.call_at_yes_no():
        pass
    assert (await exchange.seen())["nhanh8_troubles_total[fault]"] == 1


# The voice.


@pytest.fixture
def unrecorded(loaded_bot: LoadedBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pyttsx3Synthesizer]:
    """No sentence is recorded but those for trouble: a worker process with a spare reads all."""
    bot = loaded_bot.bot
    voice = Pyttsx3Synthesizer(espeak(), timeout_s=30)
    library = PromptLibrary(tmp_path / "nothing", prompt_catalog(loaded_bot.settings))
    speaker = PromptSpeaker(library, voice, bot._speaker._resolve)
    speaker._fixed.update({piece: audio for piece, audio in bot._speaker._fixed.items() if piece.id == "utter_lost"})
    assert speaker._fixed
    monkeypatch.setattr(bot, "_speaker", speaker)
    monkeypatch.setattr(bot, "voice", voice)
    voice.synthesize("xin chào")
    voice.keep_spare()
    yield voice
    voice.close()


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=["is killed", "hangs"])
async def test_a_voice_that_is_lost_is_replaced_before_the_caller_notices(
    exchange: Exchange, unrecorded: Pyttsx3Synthesizer, fault: signal.Signals
) -> None:
    assert unrecorded._spare is not None
    await asyncio.wrap_future(unrecorded._spare)
    async with exchange.call() as caller:
        await caller.until(Kind.PROMPT)
        assert unrecorded.worker_pid is not None
        os.kill(unrecorded.worker_pid, fault)
        lost_at = time.monotonic()
        await caller.press("8")
        assert await caller.prompt() == "utter_ask_reset_form_bhxh_code"
        print(f"voice after {fault.name}: words again after {time.monotonic() - lost_at:.3f} s")
    assert unrecorded.replaced == 1
    assert not any(event.kind is Kind.TROUBLE for event in caller.events)


async def test_without_any_voice_the_caller_still_hears_the_recorded_apology(
    exchange: Exchange, unrecorded: Pyttsx3Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_voice(text: str) -> Audio:
        raise SpeechError("không có giọng")

    async with exchange.call() as caller:
        await caller.until(Kind.PROMPT)
        monkeypatch.setattr(unrecorded, "synthesize", no_voice)
        await caller.press("8")
        await caller.until(Kind.TROUBLE, trouble="fault")
        since = time.monotonic()
        assert await caller.prompt() == "utter_lost"
        await caller.hears_speech(since)


# The dialogue.


async def test_a_dialogue_that_is_slow_by_5_s_lets_the_caller_be_asked_to_wait(exchange: Exchange) -> None:
    async with exchange.call() as caller:
        await caller.until(Kind.PROMPT)
        exchange.loaded.bot.dialogue._loop.call_soon_threadsafe(time.sleep, 5)
        since = time.monotonic()
        await caller.press("8")
        await caller.until(Kind.DELAY)
        assert await caller.prompt() == "utter_please_wait"
        print(f"asked to wait after {await caller.hears_speech(since + 0.5):.3f} s + 0.5 s")
        assert (await caller.until(Kind.DECIDED)).fields["expect"] == "code"
        assert await caller.prompt() == "utter_ask_reset_form_bhxh_code"


# The database.


async def test_a_database_that_is_away_for_10_s_costs_the_calls_meanwhile_an_apology_and_no_password(
    exchange: Exchange,
) -> None:
    errors = "nhanh8_database_errors_total[accounts_busy]"
    with sqlite3.connect(exchange.loaded.database, isolation_level=None) as other:
        before = other.execute("select password_hash from accounts order by id").fetchall()
        async with exchange.call_at_yes_no() as caller:
            other.execute("begin immediate")
            gone_at = time.monotonic()
            await caller.press("1")
            await caller.until(Kind.DELAY)
            assert await caller.prompt() == "utter_please_wait"
            assert await caller.prompt() == "utter_unavailable"
            assert (await caller.until(Kind.CALL_ENDED)).fields["outcome"] == "unavailable"
        await asyncio.sleep(max(0.0, gone_at + 10 - time.monotonic()))
        other.execute("rollback")
        assert other.execute("select password_hash from accounts order by id").fetchall() == before
    assert (await exchange.seen())[errors] > 0
    async with exchange.call_at_yes_no() as caller:
        await caller.press("1")
        assert (await caller.until(Kind.DECIDED)).fields["expect"] == "closing"


async def test_a_database_that_cannot_be_read_makes_the_bot_not_ready(exchange: Exchange) -> None:
    database, engine = exchange.loaded.database, exchange.loaded.bot.directory.database.engine  # type: ignore[attr-defined]
    assert (await exchange.ask("/readyz"))[0] == 200
    engine.dispose()
    kept = [(path, path.with_name("kept" + path.name)) for path in database.parent.glob("accounts.db*")]
    for path, away in kept:
        path.rename(away)
    try:
        async with in_time():
            while (await exchange.ask("/readyz"))[0] == 200:  # an answer counts for a second
                await asyncio.sleep(0.1)
        status, text = await exchange.ask("/readyz")
        assert (status, json.loads(text)["database"]) == (503, False)
        assert await exchange.ask("/healthz") == (200, "ok")
    finally:
        engine.dispose()
        for path in database.parent.glob("accounts.db*"):
            path.unlink()
        for path, away in kept:
            away.rename(path)


# The disk.


async def test_a_full_disk_costs_the_files_of_a_call_and_not_the_call(exchange: Exchange) -> None:
    call = uuid4()
    for suffix in ("jsonl", "wav"):
        (exchange.folder / f"{call}.{suffix}").symlink_to("/dev/full")
    async with exchange.call(call=call) as caller:
        await caller.until(Kind.PROMPT)
        await caller.press("8")
        assert (await caller.until(Kind.DECIDED)).fields["expect"] == "code"
        caller.wire.hang_up()
        assert (await caller.until(Kind.CALL_ENDED)).fields["outcome"] == "hung_up"
    async with exchange.call(call=(after := uuid4())) as caller:
        await caller.until(Kind.PROMPT)
    assert (exchange.folder / f"{after}.jsonl").stat().st_size
    assert (exchange.folder / f"{after}.wav").stat().st_size


# The operator.


async def test_who_drains_the_bot_sees_so_at_once_and_the_call_goes_on(exchange: Exchange) -> None:
    async with exchange.call() as caller:
        await caller.until(Kind.PROMPT)
        draining = asyncio.ensure_future(exchange.service.finish_calls())
        await asyncio.sleep(0)
        status, text = await exchange.ask("/readyz")
        assert (status, json.loads(text)["taking_calls"]) == (503, False)
        assert (await exchange.seen())["nhanh8_calls_now"] == 1
        await caller.press("8")
        assert (await caller.until(Kind.DECIDED)).fields["expect"] == "code"
        assert not draining.done()
    async with in_time():
        await draining


async def test_without_a_free_line_the_bot_is_not_ready(exchange: Exchange) -> None:
    exchange.service.switchboard.most_calls = 1
    async with exchange.call() as caller:
        await caller.until(Kind.PROMPT)
        assert json.loads((await exchange.ask("/readyz"))[1])["line_free"] is False
    assert (await exchange.ask("/readyz"))[0] == 200


def test_a_soak_counts_what_calls_leave_behind(loaded_bot: LoadedBot, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/calls/withheld.yml", tmp_path)
    bot, database = loaded_bot.bot, Database(loaded_bot.settings.accounts_url)
    figures = asyncio.run(Soak(bot, read_callers(loaded_bot.settings, tmp_path), database).hold(4, at_once=2))
    database.close()
    assert (figures["calls"], figures["outcomes"], figures["off_script"]) == (4, {"withheld": 4}, 0)
    grown = figures["growth"]
    assert grown["rows_calls"]["last"] - grown["rows_calls"]["first"] == 4
    assert grown["rows_calls"]["per_100_calls"] == pytest.approx(100)
    assert grown["tasks"]["per_100_calls"] == grown["rows_accounts"]["per_100_calls"] == 0
    assert grown["memory_mb"]["first"] > 100


def expressions() -> Iterator[str]:
    """Every query of the alert rules and the dashboard."""
    rules = YAML(typ="safe").load((DEPLOY / "prometheus/nhanh8_rules.yml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        yield rule["expr"]
    dashboard = json.loads((DEPLOY / "grafana/nhanh8.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


async def test_every_series_of_the_alerts_and_the_dashboard_is_there_and_tells_nobody(exchange: Exchange) -> None:
    async with exchange.call_at_yes_no():
        pass
    _, text = await exchange.ask("/metrics")
    shown = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    asked = [set(re.findall(r"\b(?:nhanh8|process)_\w+", query)) for query in expressions()]
    assert len(asked) > 30
    assert set().union(*asked) - shown == set()
    ours = {name for name in shown if re.fullmatch(r"nhanh8_\w+(?<!_created)(?<!_sum)(?<!_count)", name)}
    assert ours - set().union(*asked) == set()
    for leak in (CODE, NUMBER, *exchange.callers):
        assert leak not in text


def test_prometheus_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here")
    rules: list[Any] = [promtool, "check", "rules", DEPLOY / "prometheus/nhanh8_rules.yml"]
    done = subprocess.run(rules, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
