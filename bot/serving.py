"""The bot at a PBX: listeners on the network, each call that they bring held by the one loaded bot."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.app import Bot, FinishedCall
from bot.errors import AudioError, ListenError
from bot.events import JsonLinesFile, Sink
from bot.ports import CallTransport
from bot.transports.audiosocket import AudioSocketServer
from bot.transports.paced_line import LineLimits, PacedLine
from bot.transports.pbx_http import PbxServer
from bot.transports.switchboard import Calling, LinesBusy, Switchboard
from bot.vietnamese.masking import mask_numbers

log = logging.getLogger(__name__)

Follow = Callable[[str], Sink]  # a listener to one call's events, by the PBX's id of the call

SWITCH_INTERVAL_S: Final = 0.001  # so that a thread that computes in Python makes no frame late
ASK_S: Final = 2.0  # a PBX asks for a call's outcome right after its end
FAREWELL_S: Final = 30  # beyond the longest call: to say that time is up


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Folders for each call's events and recording, where wanted; files are named by the PBX's id of the call."""

    events: Path | None = None
    recordings: Path | None = None


class TelephoneService:
    """Starts and stops the listeners of the settings' section `telephone`."""

    def __init__(self, bot: Bot, token: str, keep: Keep, *followers: Follow) -> None:
        self.late_frames = self.dropped_frames = 0  # of the calls that have ended
        self._bot = bot
        self._keep = keep
        self._followers = followers
        self._settings = bot.settings.telephone
        call_s = bot.settings.call.max_call_ms / 1000 + FAREWELL_S
        limits = LineLimits(lost_peer_s=self._settings.lost_peer_ms / 1000, call_s=call_s)
        self.switchboard = Switchboard(most_calls=self._settings.max_calls, clock=time.monotonic)
        self._audiosocket = AudioSocketServer(self._answer, limits)
        self._pbx = PbxServer(self.switchboard, self._answer, limits, token=token)
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> dict[str, int]:
        """The port of each listener. Raises ListenError."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.collect()
        gc.freeze()  # what was loaded stays: going through it again and again would stop every call for a while
        host, ports = self._settings.host, {}
        ports["HTTP"] = await self._listen(self._pbx.start, host, self._settings.http_port)
        if self._settings.audiosocket:
            ports["AudioSocket"] = await self._listen(self._audiosocket.start, host, self._settings.audiosocket_port)
        return ports

    async def finish_calls(self) -> None:
        """Take no further calls, and wait until those that are on have ended and the PBX could ask how."""
        self.switchboard.open = False
        await self._audiosocket.stop()
        if self.switchboard.calls:
            await self._idle.wait()
            await asyncio.sleep(ASK_S)

    async def stop(self) -> None:
        self.switchboard.open = False
        await self._audiosocket.stop()
        await self._pbx.stop()

    async def _listen(self, start: Callable[[str, int], Awaitable[int]], host: str, port: int) -> int:
        try:
            return await start(host, port)
        except OSError as error:
            raise ListenError(
                f"Không nghe được ở {host}:{port} ({error.strerror}). Đổi trong config.yml, mục telephone."
            ) from None

    async def _answer(self, call: str, line: CallTransport) -> None:
        try:
            with self.switchboard.connect(call) as calling:
                self._idle.clear()
                finished = await self._hold(call, calling, line)
                self.switchboard.ended(call, finished.outcome.value)
        except LinesBusy:
            log.warning("call refused: no line free", extra={"call_id": call})
            await line.hang_up()
        finally:
            if isinstance(line, PacedLine):
                self.late_frames += line.late_frames
                self.dropped_frames += line.dropped_frames
            if not self.switchboard.calls:
                self._idle.set()

    async def _hold(self, call: str, calling: Calling, line: CallTransport) -> FinishedCall:
        log.info("call begins", extra={"call_id": call, "withheld": calling.number is None, "trunk": calling.trunk})
        with ExitStack() as files:
            sinks, recorded = self._sinks(call, files), self._keep.recordings is not None
            finished = await self._bot.take(
                calling.number, line, *sinks, call_id=call, trunk=calling.trunk, recorded=recorded
            )
        if self._keep.recordings:
            await asyncio.get_running_loop().run_in_executor(None, self._record, call, finished)
        record = finished.record
        figures = {"outcome": record.outcome, "duration_ms": record.duration_ms, "turns": record.turns}
        log.info("call ended", extra={"call_id": call, **figures})
        return finished

    def _sinks(self, call: str, files: ExitStack) -> list[Sink]:
        sinks = [follow(call) for follow in self._followers]
        if self._keep.events is None:
            return sinks
        try:
            file = JsonLinesFile(self._keep.events / f"{call}.jsonl", mask_numbers)
        except AudioError as error:
            log.error("no events kept", extra={"call_id": call, "reason": str(error)})
            return sinks
        files.callback(file.close)
        return [*sinks, file]

    def _record(self, call: str, finished: FinishedCall) -> None:
        assert self._keep.recordings is not None  # noqa: S101 - asked by the only caller
        try:
            finished.recording.save(self._keep.recordings / f"{call}.wav")
        except AudioError as error:
            log.error("recording not kept", extra={"call_id": call, "reason": str(error)})
