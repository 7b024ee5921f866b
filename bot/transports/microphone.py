"""The machine's own microphone and loudspeaker as a telephone; keys are typed, then Enter."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from bot.audio import FRAME_MS, FRAME_SAMPLES, RATE_HZ, SILENT_FRAME
from bot.errors import DeviceError
from bot.ports import AudioFrame, KeyPress, LineEvent
from bot.replies import HungUp

BUFFERED_FRAMES = 500  # 10 s of the caller; older frames are dropped and counted
KEYS = frozenset("0123456789*#")


class Microphone:
    """A CallTransport on the default sound devices.

    Raises:
        DeviceError: PortAudio is not installed, or there is no device that can do 8 kHz mono.
    """

    def __init__(self) -> None:
        self.dropped_frames = 0
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._incoming: asyncio.Queue[LineEvent] = asyncio.Queue(BUFFERED_FRAMES)
        self._outgoing: deque[bytes] = deque()
        self._stream = self._open()

    async def events(self) -> AsyncIterator[LineEvent]:
        self._start()
        while not self._ended:
            event = await self._incoming.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def send(self, frame: bytes) -> None:
        self._outgoing.append(frame)

    async def played(self) -> bool:
        await asyncio.sleep(len(self._outgoing) * FRAME_MS / 1000)
        return not self._ended

    async def clear(self) -> None:
        self._outgoing.clear()

    async def hang_up(self) -> None:
        """Ends the call once the bot's last words are out."""
        if self._ended:
            return
        self._ended = True
        self._stop_typing()
        try:
            await self.played()
        finally:
            self._stream.close()

    def _open(self) -> Any:
        try:
            import sounddevice  # noqa: PLC0415 - raises OSError where PortAudio is not installed
        except (OSError, ImportError):
            raise DeviceError("Không có thư viện PortAudio. Cài: sudo apt install libportaudio2") from None
        try:
            return sounddevice.RawStream(
                samplerate=RATE_HZ,
                blocksize=FRAME_SAMPLES,
                channels=1,
                dtype="int16",
                callback=self._sound,
                finished_callback=self._unplugged,
            )
        except (sounddevice.PortAudioError, ValueError) as error:
            raise _no_device(error) from None

    def _start(self) -> None:
        import sounddevice  # noqa: PLC0415 - loaded by now

        try:
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise _no_device(error) from None
        # Without a terminal there are no keys: a file cannot be waited for, a closed stdin has no number.
        with suppress(OSError, ValueError):
            self._loop.add_reader(sys.stdin, self._typed)

    def _stop_typing(self) -> None:
        with suppress(OSError, ValueError):
            self._loop.remove_reader(sys.stdin)

    def _sound(self, incoming: Any, outgoing: Any, _frames: int, _time: Any, _status: Any) -> None:
        outgoing[:] = self._outgoing.popleft() if self._outgoing else SILENT_FRAME
        self._loop.call_soon_threadsafe(self._put, AudioFrame(bytes(incoming)))

    def _unplugged(self) -> None:
        """The stream has stopped: it was closed, or the device is gone."""
        with suppress(RuntimeError):  # the loop is closed: the call is over
            self._loop.call_soon_threadsafe(self._put, HungUp())

    def _put(self, event: LineEvent) -> None:
        if self._incoming.full():
            self._incoming.get_nowait()
            self.dropped_frames += 1
        self._incoming.put_nowait(event)

    def _typed(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self._stop_typing()
            self._put(HungUp())
            return
        for key in line.strip():
            if key in KEYS:
                self._put(KeyPress(key))


def _no_device(error: Exception) -> DeviceError:
    return DeviceError(f"Không mở được micrô và loa ({error}). Kiểm tra thiết bị: python -m sounddevice")
