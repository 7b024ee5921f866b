"""JSON over HTTP to a service of the agency: each try within its time, tried again where that can do no harm."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from datetime import datetime, timezone
from functools import partial
from threading import Event, Thread
from typing import Any, Final, NoReturn, TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp.client_proto import ResponseHandler

from bot.accounts.circuit_breaker import CircuitBreaker
from bot.errors import AccountsBusy, AccountsError
from bot.settings import LOOPBACK

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
T = TypeVar("T")

MOST_ANSWER_BYTES: Final = 65_536  # as it comes over the wire, headers and all
FIRST_PAUSE_S: Final = 0.1  # between tries, doubled each time
LONGEST_PAUSE_S: Final = 2.0
_TRY_AGAIN: Final = frozenset({408, 425, 429})  # besides 5xx


class NoAnswer(Exception):
    """A try had no answer, or one that another try may better; it may have been carried out all the same."""


class AgencyService:
    """The service behind a URL, for many threads.

    Each try has a connection of its own, so that nothing which comes late can be taken for another request's answer.
    Every request carries the same `Idempotency-Key` in all its tries, so that one whose answer was lost is not carried
    out twice. A try takes `timeout_ms` at most, slow bodies included; tries are repeated for `patience_ms`.
    After `failures` tries in a row without an answer nobody waits for it during `pause_s`.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None,
        timeout_ms: int,
        patience_ms: int,
        failures: int = 5,
        pause_s: float = 10.0,
    ) -> None:
        """`token` is sent as `Authorization: Bearer`.

        Raises:
            AccountsError: the address is none, or would send personal data in the clear to another machine.
        """
        self._url = _checked(url)
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", **authorization}
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self._patience_s = patience_ms / 1000
        self._breaker = CircuitBreaker(failures=failures, pause_s=pause_s)
        self._session: aiohttp.ClientSession | None = None
        self._loop = asyncio.new_event_loop()
        self._closing = Event()
        self._thread = Thread(target=self._loop.run_forever, name="agency", daemon=True)
        self._thread.start()

    def ask(self, method: str, path: str, body: Json | None = None, *, key: str) -> Json:
        """The JSON object that the answer, a 200, holds; blocks. `key` is the request's, however often it is asked.

        Raises:
            AccountsBusy: no answer in time, or the service is known to be down.
            AccountsError: the service refuses the request.
        """
        return self._patiently(lambda: self._answer(method, path, body, key))

    def tell(self, method: str, path: str, body: Json, *, key: str) -> None:
        """As `ask`, where any 2xx means that it is done, and nothing is asked."""
        self._patiently(lambda: self._try(method, path, body, key, range(200, 300)))

    def _patiently(self, once: Callable[[], T]) -> T:
        give_up_at, pause_s = time.monotonic() + self._patience_s, FIRST_PAUSE_S
        while True:
            if not self._breaker.admits():
                raise AccountsBusy("Dịch vụ tài khoản của cơ quan đang không trả lời. Thử lại sau ít giây.")
            try:
                answer = once()
            except NoAnswer as trouble:
                self._breaker.failed()
                log.warning("no answer from the agency's service", extra={"reason": str(trouble)})
                if time.monotonic() + pause_s >= give_up_at:
                    raise AccountsBusy(
                        f"Dịch vụ tài khoản của cơ quan không trả lời ({trouble}). Kiểm tra dịch vụ rồi thử lại."
                    ) from None
            else:
                self._breaker.succeeded()
                return answer
            if self._closing.wait(pause_s):
                raise _closed()
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Close the connections; who waits for an answer gets AccountsBusy. Harmless twice."""
        self._closing.set()
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _answer(self, method: str, path: str, body: Json | None, key: str) -> Json:
        kind, text = self._try(method, path, body, key, range(200, 201))
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise NoAnswer("no JSON")
        return _json(text)

    def _try(self, method: str, path: str, body: Json | None, key: str, done: range) -> tuple[str, bytes]:
        future = asyncio.run_coroutine_threadsafe(self._send(method, path, body, key), self._loop)
        try:
            status, kind, text = future.result()
        except CancelledError:
            raise _closed() from None
        if status >= 500 or status in _TRY_AGAIN:
            raise NoAnswer(f"HTTP {status}")
        if status not in done:
            self._breaker.succeeded()  # it answers
            raise AccountsError(
                f"Dịch vụ tài khoản của cơ quan từ chối yêu cầu (HTTP {status}). "
                "Kiểm tra địa chỉ trong config.yml và token trong NHANH8_AGENCY_TOKEN."
            )
        return kind, text

    async def _send(self, method: str, path: str, body: Json | None, key: str) -> tuple[int, str, bytes]:
        """The answer's status, type and body."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                headers=self._headers,
                auto_decompress=False,
            )
        try:
            async with self._session.request(
                method, self._url + path, json=body, headers={"Idempotency-Key": key}, allow_redirects=False
            ) as response:
                if "Content-Encoding" in response.headers:  # nobody asked for that
                    raise NoAnswer("compressed")
                return response.status, response.headers.get("Content-Type", ""), await response.read()
        except asyncio.TimeoutError:
            raise NoAnswer("timeout") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None

    async def _end(self) -> None:
        asked = asyncio.all_tasks() - {asyncio.current_task()}
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        if self._session:
            await self._session.close()


class _Answer(ResponseHandler):
    """What comes over one connection, up to a length: the library bounds a header's lines, but not their number."""

    left_bytes = MOST_ANSWER_BYTES

    def data_received(self, data: bytes) -> None:
        self.left_bytes -= len(data)
        if self.left_bytes >= 0:
            super().data_received(data)
        elif self.transport is not None:
            self.transport.abort()


class _Connector(aiohttp.TCPConnector):
    def __init__(self) -> None:
        super().__init__(force_close=True)
        self._factory = partial(_Answer, loop=self._loop)  # type: ignore[assignment]


def rfc3339(at: datetime) -> str:
    """A time with a zone, as the agency's services read it: in UTC."""
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _json(text: bytes) -> Json:
    try:
        body = json.loads(text.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise NoAnswer("no JSON") from None
    if not isinstance(body, dict):
        raise NoAnswer("no JSON object")
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One that says a thing once: of two verdicts neither is one."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _no_json(constant: str) -> NoReturn:
    """NaN and infinities."""
    raise ValueError


def _closed() -> AccountsBusy:
    return AccountsBusy("Chương trình đang dừng. Chạy lại rồi thử lại.")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        parts, port, host = urlsplit(""), None, None
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not host or not secure or parts.query or parts.fragment or parts.username or port == 0:
        raise AccountsError(
            "Địa chỉ dịch vụ của cơ quan không dùng được. Ghi dạng https://máy/đường/dẫn, không có tên đăng nhập; "
            "http:// chỉ dùng cho máy này (127.0.0.1)."
        )
    return url.rstrip("/")
