"""What systemd is told of a service of `Type=notify`, as in sd_notify(3): that it is ready, stops, and still moves."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"


def tell(state: str) -> None:
    """Nobody listens where systemd did not start us, or does not wait for it."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.connect("\0" + address[1:] if address[0] == "@" else address)
        notify.send(state.encode())


async def stay_alive() -> None:
    """Tell that the event loop moves, three times in each of systemd's periods, until cancelled."""
    period_s = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    while period_s:
        tell(ALIVE)
        await asyncio.sleep(period_s / 3)
