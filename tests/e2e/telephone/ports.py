"""Ports of the loopback that nobody uses."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM, host: str = LOOPBACK) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((host, 0))
        return int(taken.getsockname()[1])


def free_range(size: int) -> int:
    """The first of `size` neighbouring free UDP ports, an even one as RTP wants it."""
    while True:
        first = free_port() & ~1
        try:
            held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(size)]
            for offset, each in enumerate(held):
                each.bind((LOOPBACK, first + offset))
        except (OSError, OverflowError):
            continue
        else:
            return first
        finally:
            for each in held:
                each.close()
