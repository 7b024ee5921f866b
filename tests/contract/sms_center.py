"""The SMS centre of `sms_center_process` for a test, in the clear or behind TLS."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.mail_server import Certificate, served

PROGRAM = Path(__file__).with_name("sms_center_process.py")


@dataclass
class SmsRoom:
    """What the centre got, and what it shall answer."""

    port: int
    process: subprocess.Popen[str]

    def answer(self, *answers: str) -> None:
        """To the next messages, one each: an SMPP status, `silent` or `cut`."""
        for answer in answers:
            assert self.process.stdin
            print(answer, file=self.process.stdin, flush=True)
            assert self._next() == {"ordered": answer}

    def arrived(self, count: int) -> list[dict[str, Any]]:
        """The next messages, accepted or refused, as the centre took them apart."""
        return [self._next() for _ in range(count)]

    def _next(self) -> dict[str, Any]:
        assert self.process.stdout
        event = json.loads(self.process.stdout.readline())
        assert isinstance(event, dict)
        return event


@contextmanager
def sms_room() -> Iterator[SmsRoom]:
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield SmsRoom(json.loads(process.stdout.readline())["port"], process)
        assert process.stdin
        process.stdin.close()  # ends it


@contextmanager
def behind_tls(port: int, certificate: Certificate) -> Iterator[int]:
    """A port where TLS ends, before a server that has none."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer), return_exceptions=True)

    async def start() -> asyncio.AbstractServer:
        return await asyncio.start_server(connected, "127.0.0.1", 0, ssl=certificate.context())

    with served(start) as outer:
        yield outer
