"""The studio as one web application."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.web.calls import call_routes
from bot.web.dialogue import dialogue_routes
from bot.web.guard import Guard
from bot.web.pages import HERE, page
from bot.web.reports import report_routes
from bot.web.workshop import Workshop


def studio_app(
    workshop: Workshop, reports: Path, *, demo: bool, token: str | None = None, name: str | None = None
) -> Starlette:
    """The pages for `workshop` and for the reports in the folder `reports`.

    `demo`: the accounts are people who do not exist. `token` and `name` are `Guard`'s.
    """
    return Starlette(
        routes=[
            *call_routes(workshop, demo=demo),
            *dialogue_routes(workshop),
            *report_routes(reports),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(Guard, token=token, name=name)],
        exception_handlers={404: _missing},
    )


async def _missing(request: Request, _: Exception) -> Response:
    return page(request, "missing.html", status_code=404)
