"""RTP of one telephone call: A-law and keys out, what is heard in."""

from __future__ import annotations

import asyncio
import audioop
import random
import struct
from collections import deque
from itertools import cycle
from typing import cast

import numpy as np

from bot.audio import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, RATE_HZ, SILENT_FRAME, Audio
from bot.transports.phone_line import PhoneLine

ALAW, KEYS = 8, 96  # payload types: RFC 3551, and what scenarios/call.xml gives to RFC 4733 (SIPp's own keys have it)
KEY_NAMES = "0123456789*#ABCD"
KEY_MS, PAUSE_MS = 120, 60
GAP_MS, LATE_MS = 60, 300  # without a packet; one that follows on the last may only be late
LOUD = 200  # mean of a frame's size, in steps of 16 bit


class RtpLine(asyncio.DatagramProtocol):
    """Sends a frame every 20 ms, the line's faint noise when there is nothing to say, and keeps what arrives.

    With `mute`, nothing at all is sent until there is something to say.
    """

    def __init__(self, mute: bool = False) -> None:
        self.arrivals: list[float] = []
        self._mute = mute
        self._idle = cycle(PhoneLine().idle_frames())
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes | KeyPress] = deque()
        self._drained = asyncio.Event()
        self._heard = bytearray()
        self._next_stamp = 0  # of the packet that follows on the last one
        self._numbers = [random.getrandbits(16), random.getrandbits(32), random.getrandbits(32)]
        self._transport: asyncio.DatagramTransport | None = None
        self._sender: asyncio.Task[None] | None = None
        self._address: tuple[str, int] | None = None

    @classmethod
    async def open(cls, host: str, mute: bool = False) -> RtpLine:
        _, line = await asyncio.get_running_loop().create_datagram_endpoint(lambda: cls(mute), (host, 0))
        return line

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def heard(self) -> Audio:
        """From the first packet on; where none came, silence."""
        return Audio(bytes(self._heard))

    @property
    def now_ms(self) -> int:
        """Where in `heard` it is now."""
        return self.heard.duration_ms + self._quiet_ms

    @property
    def _quiet_ms(self) -> int:
        """How long no packet has come."""
        return int((self._loop.time() - self.arrivals[-1]) * 1000) if self.arrivals else 0

    def send_to(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._sender = asyncio.create_task(self._send(self._address), name="rtp sender")

    def send_packet(self, packet: bytes) -> None:
        """As it is, at once, from this line's own port."""
        assert self._transport is not None
        self._transport.sendto(packet, self._address)

    async def say(self, audio: Audio) -> None:
        """Return when the last frame is on its way."""
        await self._play([*audio.frames()])

    async def press(self, keys: str) -> None:
        presses: list[bytes | KeyPress] = []
        for key in keys:
            presses += [KeyPress(KEY_NAMES.index(key), ms) for ms in range(FRAME_MS, KEY_MS + 1, FRAME_MS)]
            presses += [SILENT_FRAME] * (PAUSE_MS // FRAME_MS)
        await self._play(presses)

    async def voice(self, timeout_s: float = 10) -> None:
        """Wait until the far end makes a sound."""
        await asyncio.wait_for(self._until(lambda: self._loudness(1) > LOUD), timeout_s)

    async def quiet(self, for_ms: int = 500, timeout_s: float = 30) -> None:
        """Wait until the far end has been silent for so long."""
        await asyncio.wait_for(self._until(lambda: self._loudness(for_ms // FRAME_MS) <= LOUD), timeout_s)

    async def close(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= 12 or data[1] & 0x7F != ALAW:
            return
        now = self._loop.time()
        (stamp,) = struct.unpack_from("!I", data, 4)
        gap_ms = int((now - self.arrivals[-1]) * 1000) if self.arrivals else 0
        if gap_ms > (LATE_MS if stamp == self._next_stamp else GAP_MS):
            self._heard += bytes(2 * RATE_HZ * (gap_ms - FRAME_MS) // 1000)
        self.arrivals.append(now)
        self._heard += audioop.alaw2lin(data[12:], 2)
        self._next_stamp = (stamp + len(data) - 12) % 2**32

    async def _play(self, what: list[bytes | KeyPress]) -> None:
        self._drained.clear()
        self._waiting.extend(what)
        await self._drained.wait()

    async def _until(self, true: object) -> None:
        assert callable(true)
        while not true():
            await asyncio.sleep(FRAME_MS / 1000)

    def _loudness(self, frames: int) -> float:
        """The loudest of the last frames; a line that sends nothing is silent."""
        missing = self._quiet_ms // FRAME_MS
        recent = self._heard[-max(0, frames - missing) * FRAME_BYTES or len(self._heard) :]
        whole = np.frombuffer(recent[: len(recent) // FRAME_BYTES * FRAME_BYTES], dtype="<i2")
        sizes = np.abs(whole.astype(np.int32)).reshape(-1, FRAME_SAMPLES).mean(axis=1)
        return float(sizes.max()) if len(sizes) else 0.0

    async def _send(self, address: tuple[str, int]) -> None:
        start, count = self._loop.time(), 0
        while True:
            frame = self._waiting.popleft() if self._waiting else None
            if not self._waiting:
                self._drained.set()
            if frame is not None or not self._mute:
                self._send_frame(frame or next(self._idle), address)
            count += 1
            self._numbers[1] = (self._numbers[1] + FRAME_SAMPLES) % 2**32
            await asyncio.sleep(max(0.0, start + count * FRAME_MS / 1000 - self._loop.time()))

    def _send_frame(self, frame: bytes | KeyPress, address: tuple[str, int]) -> None:
        assert self._transport is not None
        if isinstance(frame, bytes):
            self._transport.sendto(self._header(ALAW) + audioop.lin2alaw(frame, 2), address)
            return
        for again in range(3 if frame.ends else 1):  # RFC 4733, 2.5.1.4: the end is sent three times
            header = self._header(KEYS, first=frame.begins and not again, since_samples=frame.samples - FRAME_SAMPLES)
            self._transport.sendto(header + frame.payload, address)

    def _header(self, kind: int, first: bool = False, since_samples: int = 0) -> bytes:
        number, time, source = self._numbers
        self._numbers[0] = (number + 1) % 2**16
        return struct.pack("!BBHII", 0x80, kind | 0x80 * first, number, (time - since_samples) % 2**32, source)


class KeyPress:
    """One packet of a key held for `held_ms` so far (RFC 4733)."""

    def __init__(self, event: int, held_ms: int) -> None:
        self.samples = held_ms * RATE_HZ // 1000
        self.begins = held_ms == FRAME_MS
        self.ends = held_ms >= KEY_MS
        self.payload = struct.pack("!BBH", event, 0x80 * self.ends | 10, self.samples)
