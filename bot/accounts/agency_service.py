"""JSON over HTTP to a service of the agency: each try within its time, tried again where that can do no harm."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from bot.accounts.circuit_breaker import CircuitBreaker
from bot.errors import AccountsBusy, AccountsError

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

MOST_ANSWER_BYTES: Final = 65_536
FIRST_PAUSE_S: Final = 0.1  # between tries, doubled each time
LONGEST_PAUSE_S: Final = 2.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_TRY_AGAIN: Final = frozenset({408, 425, 429})  # besides 5xx


class NoAnswer(Exception):
    """A try had no answer, or one that another try may better; it may have been carried out all the same."""


class AgencyService:
    """The service behind a URL, for many threads.

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
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self._patience_s = patience_ms / 1000
        self._breaker = CircuitBreaker(failures=failures, pause_s=pause_s)
        self._session: aiohttp.ClientSession | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="agency", daemon=True)
        self._thread.start()

    def ask(self, method: str, path: str, body: Json | None = None, *, key: str) -> Json:
        """The answer's body, empty where there is none; blocks. `key` is the request's, however often it is asked.

        Raises:
            AccountsBusy: no answer in time, or the service is known to be down.
            AccountsError: the service refuses the request, or answers something else than JSON.
        """
        give_up_at, pause_s = time.monotonic() + self._patience_s, FIRST_PAUSE_S
        while True:
            if not self._breaker.admits():
                raise AccountsBusy("Dịch vụ tài khoản của cơ quan đang không trả lời. Thử lại sau ít giây.")
            try:
                answer = self._try(method, path, body, key)
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
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def close(self) -> None:
        """Close the connections; harmless twice."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _try(self, method: str, path: str, body: Json | None, key: str) -> Json:
        future = asyncio.run_coroutine_threadsafe(self._send(method, path, body, key), self._loop)
        status, text = future.result()
        if status >= 500 or status in _TRY_AGAIN:
            raise NoAnswer(f"HTTP {status}")
        if not 200 <= status < 300:
            self._breaker.succeeded()  # it answers
            raise AccountsError(
                f"Dịch vụ tài khoản của cơ quan từ chối yêu cầu (HTTP {status}). "
                "Kiểm tra địa chỉ trong config.yml và token trong NHANH8_AGENCY_TOKEN."
            )
        return _json(text) if text else {}

    async def _send(self, method: str, path: str, body: Json | None, key: str) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, headers=self._headers)
        try:
            async with self._session.request(
                method, self._url + path, json=body, headers={"Idempotency-Key": key}, allow_redirects=False
            ) as response:
                text = await response.content.read(MOST_ANSWER_BYTES + 1)
                while not response.content.at_eof() and len(text) <= MOST_ANSWER_BYTES:
                    text += await response.content.read(MOST_ANSWER_BYTES + 1)
                if len(text) > MOST_ANSWER_BYTES:
                    raise NoAnswer("answer too long")
                return response.status, text
        except asyncio.TimeoutError:
            raise NoAnswer("timeout") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None

    async def _end(self) -> None:
        if self._session:
            await self._session.close()


def rfc3339(at: datetime) -> str:
    """A time with a zone, as the agency's services read it: in UTC."""
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def _json(text: bytes) -> Json:
    try:
        body = json.loads(text)
    except ValueError:
        raise NoAnswer("no JSON") from None
    if not isinstance(body, dict):
        raise NoAnswer("no JSON object")
    return body


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host = None, None
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not host or not secure or parts.query or parts.fragment or parts.username or port == 0:
        raise AccountsError(
            "Địa chỉ dịch vụ của cơ quan không dùng được. Ghi dạng https://máy/đường/dẫn, không có tên đăng nhập; "
            "http:// chỉ dùng cho máy này (127.0.0.1)."
        )
    return url.rstrip("/")
