"""A real Asterisk on the loopback, in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.e2e.telephone.configuration import LIBRARIES, BotAddress, write_configuration
from tests.e2e.telephone.ports import free_port, free_range

ROOT = Path(__file__).parents[3]
STARTING_S = 30.0
CALLS = 100


def asterisk_root() -> Path | None:
    """The tree that `scripts/asterisk` unpacked, if it is there."""
    root = Path(os.environ.get("NHANH8_ASTERISK", ROOT / "var" / "asterisk")) / "root"
    return root if (root / "usr/sbin/asterisk").is_file() else None


class Asterisk:
    """One Asterisk process between SIP callers and the bot at `bot`.

    It runs with the C library beside it, so nothing of Debian sid is installed and no root is needed.
    """

    def __init__(self, bot: BotAddress) -> None:
        root = asterisk_root()
        if root is None:
            raise FileNotFoundError("no Asterisk; run scripts/asterisk")
        self.root: Path = root
        self.bot = bot
        self.folder = Path(tempfile.mkdtemp(prefix="nhanh8-asterisk-"))
        self.sip_port = free_port(socket.SOCK_DGRAM)
        first = free_range(2 * CALLS)
        self._rtp_ports = range(first, first + 2 * CALLS)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Notices, warnings, errors, what the dialplan executed and every key, since the first start."""
        path = self.folder / "log" / "full"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def security_log(self) -> list[str]:
        """Every request that was refused, since the first start."""
        return (self.folder / "log" / "security.log").read_text(encoding="utf-8", errors="replace").splitlines()

    @property
    def pid(self) -> int | None:
        """Of its process; None when it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def files(self) -> list[Path]:
        """What it wrote, and its configuration."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Call id and NHANH8_OUTCOME of every caller that the dialplan got back, in order."""
        return re.findall(r"app_verbose\.c: OUTCOME ([0-9a-f-]{36}) (\w+)", self.log)

    def calls_of(self, number: str) -> list[str]:
        """The bot's ids of the calls from this trusted number, in order; `number` is empty for calls without one."""
        numbers: dict[str, str] = {}
        calls = []
        for channel, name, value in re.findall(r'Set\("(PJSIP/[^"]+)", "NHANH8_(NUMBER|UUID)=([^"]*)"\)', self.log):
            if name == "NUMBER":
                numbers[channel] = value
            elif numbers[channel] == number:
                calls.append(value)
        return calls

    def start(self) -> None:
        """Start it and wait until it takes calls.

        Raises:
            RuntimeError: it ended, or was not ready in time.
        """
        write_configuration(self.folder, self.root, self.sip_port, self._rtp_ports, self.bot)
        (self.folder / "run" / "asterisk.ctl").unlink(missing_ok=True)
        with (self.folder / "log" / "console").open("ab") as console:
            self._process = subprocess.Popen(
                [*self._command(), "-f", "-n"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        deadline = time.monotonic() + STARTING_S
        while "fully booted" not in self._try_rx("core waitfullybooted"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    (self.folder / "log" / "console").read_text(errors="replace")[-2000:] + self.log[-2000:]
                )
            time.sleep(0.05)

    def rx(self, command: str) -> str:
        """What the command line of Asterisk answers."""
        return subprocess.run(
            [*self._command(), "-n", "-r", "-x", command], capture_output=True, text=True, timeout=20, check=True
        ).stdout

    def route_through(self, transport: str) -> None:
        """Hand later calls over by `audiosocket` or by `websocket`."""
        self.bot = self.bot.over(transport)
        self.rx(f"dialplan set global NHANH8_TRANSPORT {transport}")

    def kill(self) -> None:
        """End it as a crash would: no goodbye to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it, its calls too, and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _try_rx(self, command: str) -> str:
        try:
            return self.rx(command)
        except subprocess.SubprocessError:
            return ""

    def _command(self) -> list[str]:
        loader = self.root / "usr/lib64/ld-linux-x86-64.so.2"
        asterisk = self.root / "usr/sbin/asterisk"
        settings = self.folder / "etc" / "asterisk.conf"
        return [str(loader), "--library-path", str(self.root / LIBRARIES), str(asterisk), "-C", str(settings)]
