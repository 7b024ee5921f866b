"""Nobody waits for a service that is known to be down."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class CircuitBreaker:
    """Opens after `failures` in a row; `pause_s` later one trial is let through, and decides. For many threads.

    pybreaker, the library for this, holds its lock while the service is asked: calls would wait for one another.
    """

    def __init__(self, *, failures: int, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pause_s, self._clock = failures, pause_s, clock
        self._failures = 0
        self._shut_until = 0.0
        self._lock = Lock()

    def admits(self) -> bool:
        """Whether the service may be asked. Who is admitted tells how it went: `succeeded` or `failed`."""
        with self._lock:
            if self._failures < self._most:
                return True
            now = self._clock()
            if now < self._shut_until:
                return False
            self._shut_until = now + self._pause_s  # of those who come now, one tries
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._shut_until = self._clock() + self._pause_s
