"""The page “Try a call”, and the WebSocket of its calls."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.accounts.demo import DEMO_PEOPLE
from bot.events import Event, masked
from bot.reset.phone import national_form
from bot.serving import FAREWELL_S
from bot.transports.browser import BrowserLine, hold
from bot.transports.browser_wire import Start
from bot.transports.paced_line import LineLimits
from bot.vietnamese.masking import mask_numbers
from bot.web.call_texts import CALL
from bot.web.pages import page
from bot.web.workshop import Workshop


def call_routes(workshop: Workshop, *, demo: bool) -> list[BaseRoute]:
    """`GET /`, and the WebSocket `/call`: one call for each connection. `demo`: over people who do not exist."""
    settings = workshop.settings
    limits = LineLimits(
        lost_peer_s=settings.telephone.lost_peer_ms / 1000, call_s=settings.call.max_call_ms / 1000 + FAREWELL_S
    )

    async def show(request: Request) -> Response:
        return page(request, "call.html", CALL, demo=DEMO_PEOPLE[0] if demo else None)

    async def call(socket: WebSocket) -> None:
        await socket.accept()
        await hold(socket, answer, limits)

    async def answer(start: Start, line: BrowserLine) -> None:
        number = national_form(start.number)
        if start.number and number is None:
            await _refuse(line, "number")
        elif workshop.calls >= settings.telephone.max_calls:
            await _refuse(line, "busy")
        else:
            await workshop.take(number, line, line, _Watching(line))

    return [Route("/", show), WebSocketRoute("/call", call)]


class _Watching:
    """A sink that shows the page what happens, masked as in an event file."""

    def __init__(self, line: BrowserLine) -> None:
        self._line = line

    def __call__(self, event: Event) -> None:
        self._line.tell(json.dumps({"type": "event", **masked(event, mask_numbers)}, ensure_ascii=False))


async def _refuse(line: BrowserLine, why: str) -> None:
    line.tell(json.dumps({"type": "refused", "why": why}))
    await line.hang_up()
