"""The thread that does what has to follow a reset: it looks into the outbox, and tries again what failed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from bot.accounts.outbox import Outbox
from bot.errors import AccountsError, ErrandRefused
from bot.ports import Clock, Errand, ErrandKind, ErrandRunner

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)  # longer than any errand takes
LOOKS_EVERY_S: Final = 2.0
_MOST_DOUBLINGS: Final = 20


class ErrandWorker:
    """Does errands at least once, those of one kind for one account in order.

    A failed one is tried again after `first_wait_s`, doubled by each further failure up to `longest_wait_s`, for ever;
    one that can never be done is given up, and what waits behind it goes on. An operator sees both in
    `nhanh8 accounts outbox`. Several workers, of several programs, may share an outbox.
    """

    def __init__(
        self,
        outbox: Outbox,
        runners: Mapping[ErrandKind, ErrandRunner],
        clock: Clock,
        *,
        first_wait_s: int = 5,
        longest_wait_s: int = 3600,
    ) -> None:
        self._outbox = outbox
        self._runners = runners
        self._clock = clock
        self._first_wait_s = first_wait_s
        self._longest_wait = timedelta(seconds=longest_wait_s)
        self._closing = Event()
        self._thread = Thread(target=self._work, name="errands", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Finish the errand in hand, if any, and close the runners; harmless twice."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for runner in self._runners.values():
            runner.close()

    def run_due(self) -> int:
        """Do all that is due now; how many were done.

        Raises:
            AccountsError: the database cannot be used.
        """
        done = 0
        while not self._closing.is_set():
            errand = self._outbox.take(self._clock.now(), LEASE, longest_wait=self._longest_wait)
            if errand is None:
                break
            done += self._run(errand)
        return done

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                self.run_due()
            except Exception as error:  # noqa: BLE001 - the boundary of a worker thread
                log.error("outbox cannot be used", extra={"error": _name(error)})
            self._closing.wait(LOOKS_EVERY_S)

    def _run(self, errand: Errand) -> bool:
        try:
            self._runners[errand.kind].run(errand)
        except ErrandRefused as refusal:
            self._outbox.done(errand, self._clock.now(), trouble=refusal.code)
            log.warning("errand given up", extra={"kind": errand.kind.value, "error": refusal.code})
            return False
        except Exception as error:  # noqa: BLE001 - the boundary of one errand: the agency's own runner may raise anything
            wait = min(
                timedelta(seconds=self._first_wait_s * 2 ** min(errand.tries, _MOST_DOUBLINGS)), self._longest_wait
            )
            self._outbox.failed(errand, _name(error), self._clock.now() + wait)
            log.warning(
                "errand not done",
                extra={"kind": errand.kind.value, "error": _name(error), "tries": errand.tries + 1},
            )
            return False
        self._outbox.done(errand, self._clock.now())
        return True


def _name(error: Exception) -> str:
    """What an error is called, without its text: that may hold whom it is about."""
    return error.code if isinstance(error, AccountsError) else type(error).__name__
