"""What an operator sees of a bot at a PBX: its metrics, and whether it is alive and should be given calls."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.watching import count_failures, refused_lately
from bot.app import Bot, SystemClock
from bot.errors import AccountsError, ListenError
from bot.operations.http import OperationsServer
from bot.operations.metrics import Metrics, Reading
from bot.operations.readiness import Readiness
from bot.serving import TelephoneService

LATELY_S: Final = 3600  # refused attempts are counted over the last hour
AWAY_S: Final = 1.0  # a database that failed is not read again


class Monitor:
    """Listens where the settings' section `monitor` says. `metrics` follows the service's calls.

    Whoever has a Bot has loaded its models: that there is an answer says so.

    Refused attempts are read from the database, so that no call's events or time tell why it was refused.
    """

    def __init__(self, bot: Bot, service: TelephoneService, metrics: Metrics) -> None:
        self._settings = bot.settings.monitor
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="monitor")
        board = service.switchboard
        readiness = Readiness(
            {"taking_calls": lambda: board.open, "line_free": lambda: board.calls < board.most_calls},
            {"database": bot.directory.check} if isinstance(bot.directory, SqlAccountDirectory) else {},
            self._worker,
        )
        self._server = OperationsServer(metrics.text, readiness)
        metrics.read(_of_service(service))
        metrics.read(_of_bot(bot))
        if isinstance(bot.directory, SqlAccountDirectory):
            metrics.read(_of_database(bot.directory))
            count_failures(bot.directory.database, lambda code: metrics.database_errors.labels(code).inc())

    async def start(self) -> int:
        """The port it listens on. Raises ListenError."""
        host, port = self._settings.host, self._settings.port
        try:
            return await self._server.start(host, port)
        except OSError as error:
            raise ListenError(
                f"Không nghe được ở {host}:{port} ({error.strerror}). Đổi trong config.yml, mục monitor."
            ) from None

    async def stop(self) -> None:
        await self._server.stop()
        self._worker.shutdown(wait=False)


def _of_service(service: TelephoneService) -> list[Reading]:
    board = service.switchboard
    return [
        Reading("nhanh8_calls_now", "Calls that are on.", "gauge", lambda: board.calls),
        Reading("nhanh8_calls_most", "Calls that there may be at once.", "gauge", lambda: board.most_calls),
        Reading("nhanh8_taking_calls", "1 until the bot is told to stop.", "gauge", lambda: board.open),
        Reading("nhanh8_calls_refused", "Calls that found no line free.", "counter", lambda: board.refused),
        Reading("nhanh8_frames_late", "20 ms frames not sent in time.", "counter", lambda: service.late_frames),
        Reading("nhanh8_frames_dropped", "Frames that were not heard.", "counter", lambda: service.dropped_frames),
    ]


def _of_bot(bot: Bot) -> list[Reading]:
    ears, voice = bot.hearing, bot.voice
    return [
        Reading("nhanh8_recogniser_busy_seconds", "Time that its workers worked.", "counter", lambda: ears.busy_s),
        Reading("nhanh8_recogniser_workers", "How many there are.", "gauge", lambda: ears.count),
        Reading("nhanh8_recogniser_waiting", "Pieces of audio that wait for one.", "gauge", lambda: ears.waiting),
        Reading("nhanh8_recogniser_replaced", "Workers that hung or died.", "counter", lambda: ears.replaced),
        Reading("nhanh8_voice_replaced", "Voice processes that hung or died.", "counter", lambda: voice.replaced),
    ]


def _of_database(directory: SqlAccountDirectory) -> list[Reading]:
    failed_at = -math.inf

    def refused(tested: bool) -> float:
        """Where the database hangs, one look waits for it, and not each reading of the look."""
        nonlocal failed_at
        if time.monotonic() < failed_at + AWAY_S:
            return math.nan
        try:
            return refused_lately(directory.database, SystemClock().now(), within_s=LATELY_S, tested=tested)
        except AccountsError:
            failed_at = time.monotonic()
            return math.nan

    tested: Callable[[], float] = partial(refused, True)
    return [
        Reading("nhanh8_attempts_refused", "Within an hour, compared with the accounts.", "gauge", tested),
        Reading("nhanh8_attempts_limited", "Within an hour, held off by a limit.", "gauge", partial(refused, False)),
    ]
