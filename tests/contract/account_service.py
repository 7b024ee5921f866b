"""An agency's account service: a real HTTP server over accounts in memory, held to deploy/openapi/accounts.yaml.

It can fail on purpose. What nhanh8 asks, and what it is answered, is checked against the contract's schemas.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot.ports import AttemptLimits, CallRecord, ResetRequest
from tests.contract.directories import InMemoryDirectory

CONTRACT = Path(__file__).parents[2] / "deploy" / "openapi" / "accounts.yaml"
TOKEN = "an-agency's-token"  # noqa: S105 - nobody's
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(Enum):
    """How one request fails."""

    SILENT = "no answer at all"
    ERROR = "500"
    BUSY = "429"
    CUT_BEFORE = "the connection is cut, and nothing is done"
    CUT_AFTER = "it is done, and the connection is cut"
    DRIPS = "it is done, and its answer comes byte by byte without end"
    BABBLES = "it is done, and its answer is no JSON"
    FLOODS = "it is done, and its answer is too long"


DOES_NOTHING = (Fault.SILENT, Fault.ERROR, Fault.BUSY, Fault.CUT_BEFORE)


@cache
def contract() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe").load(CONTRACT.read_text(encoding="utf-8"))
    return document


def check(instance: Any, schema: str) -> None:
    """`instance` is what `schema` of the contract says, or an error tells where it is not."""
    Draft202012Validator({**contract(), "$ref": f"#/components/schemas/{schema}"}).validate(instance)


class AccountService:
    """Its next requests fail by `faults`, one by one.

    `keys` keeps the Idempotency-Key of each request.
    """

    def __init__(self, directory: InMemoryDirectory) -> None:
        self.directory = directory
        self.faults: deque[Fault] = deque()
        self.keys: list[str] = []
        self.errands: list[dict[str, Any]] = []  # that it was sent
        self.arrived = threading.Semaphore(0)  # once for each
        self.problems: list[str] = []  # of requests that are out of contract
        self.url = ""
        self._ending = asyncio.Event()

    async def run(self, ready: threading.Event, over: threading.Event) -> None:
        app = web.Application(middlewares=[self._guarded])
        app.add_routes(
            [
                web.get("/v1/health", self._health),
                web.post("/v1/resets", self._request),
                web.delete("/v1/resets/{reset_id}", self._discard),
                web.post("/v1/resets/{reset_id}/activation", self._activate),
                web.put("/v1/calls/{call_id}", self._record),
                web.post("/v1/end_logins", self._end_logins),
                web.post("/v1/tell_owner", self._tell_owner),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        ready.set()
        await asyncio.get_running_loop().run_in_executor(None, over.wait)
        self._ending.set()
        await runner.cleanup()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        self.keys.append(request.headers["Idempotency-Key"])
        fault = self.faults.popleft() if self.faults else None
        if fault in DOES_NOTHING:
            return await self._refused(request, fault)
        try:
            answer = await handler(request)
        except Exception as error:
            self.problems.append(repr(error))
            raise
        return answer if fault is None else await self._spoilt(request, fault)

    async def _refused(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault is Fault.SILENT:
            await self._ending.wait()
        if fault is Fault.CUT_BEFORE:
            self._cut(request)
        return web.Response(status=429 if fault is Fault.BUSY else 500)

    async def _spoilt(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault is Fault.DRIPS:
            return await self._drip(request)
        if fault is Fault.CUT_AFTER:
            self._cut(request)
        return web.Response(text="<html>" if fault is Fault.BABBLES else " " * 200_000)

    def _cut(self, request: web.Request) -> None:
        assert request.transport
        request.transport.abort()

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while not self._ending.is_set():
            await answer.write(b" ")
            await asyncio.sleep(0.02)
        return answer

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({})

    async def _request(self, request: web.Request) -> web.Response:
        body = await request.json()
        check(body, "ResetRequest")
        times = {name: _time(body[name]) for name in ("now", "pending_until")}
        limits = AttemptLimits(**body.pop("limits"))
        verdict = self.directory.request_reset(ResetRequest(**{**body, **times}), limits)
        return _answer({"verdict": verdict.value}, "ResetVerdict")

    async def _activate(self, request: web.Request) -> web.Response:
        body = await request.json()
        check(body, "Activation")
        times = {name: _time(value) for name, value in body.items()}
        active = self.directory.activate_reset(request.match_info["reset_id"], **times)
        return _answer({"active": active}, "ActivationResult")

    async def _discard(self, request: web.Request) -> web.Response:
        self.directory.discard_reset(request.match_info["reset_id"])
        return web.json_response({})

    async def _record(self, request: web.Request) -> web.Response:
        body = await request.json()
        check(body, "CallRecord")
        call_id, started_at = request.match_info["call_id"], _time(body.pop("started_at"))
        self.directory.record_call(CallRecord(call_id=call_id, started_at=started_at, **body))
        return web.json_response({})

    async def _end_logins(self, request: web.Request) -> web.Response:
        return await self._errand(request, "EndLogins")

    async def _tell_owner(self, request: web.Request) -> web.Response:
        return await self._errand(request, "TellOwner")

    async def _errand(self, request: web.Request, schema: str) -> web.Response:
        body = await request.json()
        check(body, schema)
        assert request.headers["Idempotency-Key"] == body["id"]
        self.errands.append(body)
        self.arrived.release()
        return web.Response(status=204)


def _answer(body: dict[str, Any], schema: str) -> web.Response:
    check(body, schema)
    return web.json_response(body)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@contextmanager
def account_service(directory: InMemoryDirectory) -> Iterator[AccountService]:
    """A running one; it asserts at its end that all it was asked was in the contract."""
    ready, over = threading.Event(), threading.Event()
    service: list[AccountService] = []

    async def serve() -> None:
        service.append(AccountService(directory))
        await service[0].run(ready, over)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="account service")
    thread.start()
    ready.wait()
    try:
        yield service[0]
    finally:
        over.set()
        thread.join()
    assert service[0].problems == []
