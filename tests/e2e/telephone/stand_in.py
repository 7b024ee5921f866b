"""The bot's real servers, with a test's own few words in place of the bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.audio import Audio
from bot.ports import AudioFrame, CallTransport, KeyPress
from bot.replies import HungUp, Outcome
from bot.transports.audiosocket import AudioSocketServer
from bot.transports.paced_line import LineLimits
from bot.transports.pbx_http import PbxServer
from bot.transports.switchboard import Calling, Switchboard
from tests.e2e.telephone.configuration import BotAddress
from tests.e2e.telephone.ports import LOOPBACK

Talk = Callable[["Visit"], Awaitable[Outcome]]


class Visit:
    """One call as the bot sees it."""

    def __init__(self, calling: Calling, line: CallTransport) -> None:
        self.number, self.trunk = calling.number, calling.trunk
        self.line = line
        self.keys = ""
        self.heard = Audio(b"")
        self.left = asyncio.Event()

    async def say(self, audio: Audio) -> None:
        for frame in audio.frames():
            await self.line.send(frame)
        await self.line.played()

    async def listen(self) -> None:
        async for event in self.line.events():
            if isinstance(event, KeyPress):
                self.keys += event.key
            elif isinstance(event, AudioFrame):
                self.heard = Audio(self.heard.pcm + event.pcm)
            elif isinstance(event, HungUp):
                self.left.set()


class StandIn:
    """Listens where `address` says; each call is given to `talk`, whose result is the call's outcome."""

    def __init__(self, address: BotAddress, talk: Talk, most_calls: int = 20) -> None:
        self.visits: list[Visit] = []
        self.switchboard = Switchboard(most_calls=most_calls, clock=time.monotonic)
        self._address = address
        self._talk = talk
        limits = LineLimits(lost_peer_s=30, call_s=60)
        self._audiosocket = AudioSocketServer(self._answer, limits)
        self._pbx = PbxServer(self.switchboard, self._answer, limits, token=address.token)

    async def __aenter__(self) -> StandIn:
        await self._audiosocket.start(LOOPBACK, self._address.audiosocket_port)
        await self._pbx.start(LOOPBACK, self._address.http_port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._audiosocket.stop()
        await self._pbx.stop()

    async def _answer(self, call: str, line: CallTransport) -> None:
        with self.switchboard.connect(call) as calling:
            visit = Visit(calling, line)
            self.visits.append(visit)
            listening = asyncio.create_task(visit.listen(), name="stand-in listens")
            try:
                self.switchboard.ended(call, await self._talk(visit))
                await line.hang_up()
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
