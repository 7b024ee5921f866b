"""baresip as a caller: a softphone with its own SIP, RTP and keys, led over its control port."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bot.audio import RATE_HZ, Audio, join, read_wav, silence, write_wav
from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.ports import LOOPBACK, free_port
from tests.e2e.telephone.sipp import HOTLINE

MODULES = "/usr/lib/baresip/modules"
AFTER_SPEECH_MS = 120_000  # baresip hangs up when its audio file ends
KEY_S = 0.2

SETTINGS = """
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
sip_listen {host}:{sip_port}
net_interface {host}
ctrl_tcp_listen {host}:{control_port}
audio_player aubridge,nowhere
audio_source aufile,{quiet}
audio_alert aubridge,nowhere
snd_path {folder}
rtp_timeout 0
"""


class Baresip:
    """One baresip process with one call, dialled as `number` through the test's carrier."""

    def __init__(self, number: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nhanh8-baresip-"))
        self._host = LOOPBACK
        self._control_port = free_port(socket.SOCK_STREAM, self._host)
        self._events: list[dict[str, Any]] = []
        self._said = 0
        settings = SETTINGS.format(
            modules=MODULES,
            host=self._host,
            sip_port=free_port(socket.SOCK_DGRAM, self._host),
            control_port=self._control_port,
            folder=self.folder,
            quiet=self._file(silence(0)),
        )
        account = f"<sip:{number}@{self._host}>;regint=0;audio_codecs=PCMA/8000/1;dtmfmode=rtpevent\n"
        (self.folder / "config").write_text(settings, encoding="utf-8")
        (self.folder / "accounts").write_text(account, encoding="utf-8")
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["baresip", "-f", str(self.folder)], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def dial(cls, asterisk: Asterisk, number: str, timeout_s: float = 15) -> Baresip:
        """Call the hotline and wait until it answers."""
        phone = cls(number)
        try:
            await phone._connect(timeout_s)
            await phone._command("dial", f"sip:{HOTLINE}@{LOOPBACK}:{asterisk.sip_port}")
            await phone._event("CALL_ESTABLISHED", timeout_s)
        except BaseException:
            await phone.close()
            raise
        return phone

    async def __aenter__(self) -> Baresip:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def heard(self) -> Audio:
        """All that was received, from the first packet on; whole only when the call is over."""
        dumps = sorted(self.folder.glob("dump-*-dec.wav"))
        return read_wav(dumps[-1]) if dumps else silence(0)

    async def say(self, what: Audio | Path) -> None:
        """Return when it is said."""
        audio = read_wav(what) if isinstance(what, Path) else what
        await self._command("ausrc", f"aufile,{self._file(audio)}")
        await asyncio.sleep(audio.duration_ms / 1000)

    async def keys(self, keys: str) -> None:
        for key in keys:
            await self._command("sndcode", key)
            await asyncio.sleep(KEY_S)

    async def hang_up(self) -> None:
        await self._command("hangup")
        await self._event("CALL_CLOSED", 5)

    async def ended(self, timeout_s: float) -> None:
        """Wait until the far end hangs up.

        Raises:
            asyncio.TimeoutError: it does not.
        """
        await self._event("CALL_CLOSED", timeout_s)

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, audio: Audio) -> Path:
        path = self.folder / f"say-{self._said}.wav"
        self._said += 1
        write_wav(path, join([audio, silence(AFTER_SPEECH_MS)]).at(RATE_HZ))
        return path

    async def _connect(self, timeout_s: float) -> None:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            try:
                reader, self._writer = await asyncio.open_connection(self._host, self._control_port)
                break
            except ConnectionRefusedError:
                if asyncio.get_running_loop().time() > deadline or self._process.poll() is not None:
                    raise
                await asyncio.sleep(0.05)
        self._reader = asyncio.create_task(self._read(reader), name="baresip events")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Netstrings of JSON: `12:{"event":true},`."""
        while True:
            try:
                length = int((await reader.readuntil(b":"))[:-1])
                self._events.append(json.loads((await reader.readexactly(length + 1))[:-1]))
            except asyncio.IncompleteReadError:
                return

    async def _command(self, command: str, parameters: str = "") -> None:
        assert self._writer is not None
        text = json.dumps({"command": command, "params": parameters}).encode()
        self._writer.write(b"%d:%b," % (len(text), text))
        await self._writer.drain()

    async def _event(self, kind: str, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not any(event.get("type") == kind for event in self._events):
            if loop.time() > deadline:
                raise asyncio.TimeoutError(f"no {kind}: {[event.get('type') for event in self._events]}")
            await asyncio.sleep(0.02)
