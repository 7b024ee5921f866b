"""What systemd hears, and whether the unit is one that it takes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.operations import systemd

UNIT = Path(__file__).parents[3] / "deploy/systemd/nhanh8.service"


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def test_it_is_told_that_the_bot_is_ready(listening: socket.socket) -> None:
    systemd.tell(systemd.READY)
    assert listening.recv(99) == b"READY=1"


async def test_it_is_told_again_and_again_that_the_bot_moves(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    alive = asyncio.create_task(systemd.stay_alive())
    loop = asyncio.get_running_loop()
    listening.setblocking(False)
    assert [await asyncio.wait_for(loop.sock_recv(listening, 99), 10) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    alive.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await alive


async def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    systemd.tell(systemd.READY)
    await asyncio.wait_for(systemd.stay_alive(), 10)


def test_memory_is_kept_from_core_files_and_from_others() -> None:
    code = (
        "from bot.operations.memory import keep_memory_private\n"
        "import ctypes, resource\n"
        "keep_memory_private()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "(0, 0) 0\n"


def test_the_unit_restarts_the_bot_and_keeps_its_memory_to_itself() -> None:
    unit = UNIT.read_text(encoding="utf-8")
    for line in ("Type=notify", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict", "LimitCORE=0"):
        assert f"\n{line}\n" in unit
    assert re.search(r"\nWatchdogSec=\d+\n", unit)


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/nhanh8/.venv/bin/nhanh8", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
