"""SIPp as the signalling of one or many telephone calls."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.e2e.telephone.configuration import TRUSTED_HOST, UNTRUSTED_HOST
from tests.e2e.telephone.ports import LOOPBACK, free_port

SCENARIO = Path(__file__).parent / "scenarios" / "call.xml"
HOTLINE = "19009068"
POLL_S = 0.02


@dataclass(frozen=True)
class Identity:
    """Who calls, as the INVITE tells it; `asserted` is what the network says, `shown` only what From says.

    A call comes over the trunk that `trusted` says, or from `host`.
    """

    asserted: str | None = None
    shown: str = "anonymous"
    private: bool = False
    trusted: bool = True
    scheme: str = "sip"
    host: str | None = None

    @property
    def source(self) -> str:
        """The address that it comes from."""
        return self.host or (TRUSTED_HOST if self.trusted else UNTRUSTED_HOST)

    @property
    def headers(self) -> str:
        lines = ["User-Agent: SIPp"]
        if self.asserted is not None:
            uri = f"sip:{self.asserted}@carrier.example" if self.scheme == "sip" else f"tel:{self.asserted}"
            lines.append(f"P-Asserted-Identity: <{uri}>")
        if self.private:
            lines.append("Privacy: id")
        return "\n".join(lines)


@dataclass(frozen=True)
class Message:
    """One SIP message as SIPp logged it."""

    received: bool
    text: str

    @property
    def first_line(self) -> str:
        return self.text.split("\n", 1)[0].strip()


class Sipp:
    """One SIPp process that makes one call, or one call of each of `numbers` at once.

    `media` are scenario steps between answer and end. With `numbers`, `identity` says `[field0]` where the number goes.
    """

    def __init__(
        self,
        sip_port: int,
        identity: Identity,
        rtp_port: int | str,
        *,
        media: str = "",
        numbers: list[str] | None = None,
    ) -> None:
        calls = len(numbers) if numbers else 1
        self.folder = Path(tempfile.mkdtemp(prefix="nhanh8-sipp-"))
        self._host = identity.source
        self._port = free_port(socket.SOCK_DGRAM, self._host)
        text = Template(SCENARIO.read_text(encoding="utf-8")).substitute(
            callee=HOTLINE,
            caller=f"<sip:{identity.shown}@{identity.source}>",
            identity=identity.headers,
            rtp_port=rtp_port,
            media=media,
        )
        scenario = self.folder / "call.xml"
        scenario.write_text(text, encoding="utf-8")
        options = [f"{LOOPBACK}:{sip_port}", "-sf", str(scenario), "-i", self._host, "-p", str(self._port)]
        options += ["-m", str(calls), "-l", str(calls), "-r", str(100 * calls), "-mi", self._host, "-nostdin"]
        options += ["-trace_msg", "-message_file", str(self.folder / "messages"), "-cp", str(free_port())]
        if numbers:
            table = self.folder / "numbers.csv"
            table.write_text("SEQUENTIAL\n" + "".join(f"{number}\n" for number in numbers), encoding="utf-8")
            options += ["-inf", str(table)]
        options += ["-trace_err", "-error_file", str(self.folder / "errors")]
        self._process = subprocess.Popen(
            ["sipp", *options], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def messages(self) -> list[Message]:
        path = self.folder / "messages"
        if not path.exists():
            return []
        parts = re.split(r"^-{10,}.*\n", path.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE)
        found = [re.match(r"UDP message (sent|received).*\n\s*", part) for part in parts]
        return [Message(m[1] == "received", m.string[m.end() :]) for m in found if m]

    def received(self, pattern: str) -> re.Match[str] | None:
        """The first message from Asterisk with `pattern` in it."""
        matches = (re.search(pattern, message.text) for message in self.messages if message.received)
        return next((match for match in matches if match), None)

    async def wait_for(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """
        Raises:
            asyncio.TimeoutError: no such message in time, or SIPp ended without one.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while not (match := self.received(pattern)):
            if loop.time() > deadline or not self.running:
                raise asyncio.TimeoutError(f"no {pattern}: {[each.first_line for each in self.messages]}")
            await asyncio.sleep(POLL_S)
        return match

    def hang_up(self) -> None:
        """Make it say BYE: a message of the call's id, which no telephone gets to see, leads the scenario there."""
        call_id = re.search(r"^Call-ID: *(\S+)", self.messages[0].text, re.MULTILINE)
        assert call_id
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as teller:
            teller.bind((self._host, 0))
            via = f"Via: SIP/2.0/UDP {self._host}:{teller.getsockname()[1]};branch=z9hG4bK-test"
            lines = [f"INFO sip:caller@{self._host} SIP/2.0", via, f"Call-ID: {call_id[1]}", "CSeq: 1 INFO"]
            lines += ["From: <sip:test@test>;tag=1", "To: <sip:test@test>;tag=2", "Content-Length: 0", "", ""]
            teller.sendto("\r\n".join(lines).encode(), (self._host, self._port))

    async def wait(self, timeout_s: float = 10) -> int:
        """Wait for its end; 0 when every call went as the scenario says."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self.running and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(POLL_S)
        if self.running:
            self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        if self.running:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
