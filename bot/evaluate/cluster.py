"""Work shared out among the workers of a Dask cluster, for folders too large for one machine."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from bot.errors import ClusterError
from bot.evaluate.extra import extra
from bot.evaluate.workers import Crew, Item, Make, Result, Tool, Workers

AT_ONCE: Final = 4  # pieces of work handed out for each worker thread: bounds what the scheduler holds
CONNECT_S: Final = 10


def on_cluster(address: str) -> Crew:
    """Crews of all workers of the cluster whose scheduler is at `address` (`tcp://HOST:PORT`).

    The workers need this project, at the same place, and its models. Each makes the tool once and does one piece of
    work at a time, however many threads it has, so that times of computing are its own. What a worker that dies was
    doing is done by another.

    Raises (the crew):
        ClusterError: no such scheduler, no workers, or the same piece of work ended some of them.
        AudioError: Dask distributed is not installed.
    """
    return partial(_on_all, address)


@contextmanager
def _on_all(address: str, make: Make[Tool], _: int) -> Iterator[Workers[Tool]]:
    distributed = extra("distributed", of="cluster")
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"Không nối được với cụm máy {address} ({error}). Ví dụ: tcp://10.0.0.5:8786.") from None
    try:
        if not client.nthreads():
            raise ClusterError(f"Cụm máy {address} chưa có máy nào. Chạy trên mỗi máy: dask-worker {address}")
        yield _Cluster(client, make)
    except distributed.KilledWorker as error:
        raise ClusterError(f"Một việc làm chết nhiều máy của cụm ({error}). Có thể chúng thiếu bộ nhớ.") from None
    except (CancelledError, distributed.comm.CommClosedError) as error:
        raise ClusterError(f"Mất liên lạc với cụm máy {address} ({error}). Chạy lại đúng lệnh này để tiếp.") from None
    finally:
        client.close()


class _Cluster:
    def __init__(self, client: Any, make: Make[Any]) -> None:
        self._client = client
        self._run = uuid.uuid4().hex
        # As a task, not scattered: it is made again when the workers that held it have died.
        self._make = client.submit(_same, make, pure=False)

    def map(self, work: Callable[[Any, Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(self._client.submit(_do, self._run, self._make, work, item, pure=False))
            if len(waiting) >= AT_ONCE * max(sum(self._client.nthreads().values()), 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _same(make: Make[Any]) -> list[Make[Any]]:
    return [make]  # in a list: Dask would call it


# What a worker keeps between its pieces of work: the tool of the run that it works for.
_made: dict[str, Any] = {}
_one_at_a_time = threading.Lock()


def _do(run: str, make: list[Make[Any]], work: Callable[[Any, Item], Result], item: Item) -> Result:
    with _one_at_a_time:
        if run not in _made:
            for tool in _made.values():
                getattr(tool, "close", lambda: None)()
            _made.clear()
            _made[run] = make[0]()
        return work(_made[run], item)
