"""The page “Reports”: evaluations listed with their figures, opened, and what went wrong in them listened to."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from bot.evaluate.page import number, percent, span
from bot.web.pages import page
from bot.web.report_folders import EvaluationReport, report, reports
from bot.web.report_texts import REPORTS

MOST_FAILURES: Final = 100
# An evaluation's page holds its own styles, scripts, pictures and sounds. In the sandbox it has an origin of its own:
# it reaches nothing of the studio's.
OWN_PAGE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; media-src data:; sandbox allow-scripts; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
}
WITH_FRAME: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def report_routes(folder: Path) -> list[BaseRoute]:
    """`GET /reports` and all below it, of the reports in `folder`."""

    def show_all(request: Request) -> Response:
        return page(request, "reports.html", REPORTS, folder=folder, reports=reports(folder), percent=percent)

    def show_one(request: Request) -> Response:
        found = report(folder, request.path_params["name"])
        if not found:
            return page(request, "missing.html", status_code=404)
        failures = list(islice(found.failures(), MOST_FAILURES + 1))
        shown = page(
            request,
            "report.html",
            REPORTS,
            report=found,
            failures=failures[:MOST_FAILURES],
            more=len(failures) > MOST_FAILURES,
            percent=percent,
            span=span,
            number=number,
        )
        shown.headers["Content-Security-Policy"] = WITH_FRAME
        return shown

    def show_page(request: Request) -> Response:
        found = _asked(request)
        if not found or not found.page:
            return page(request, "missing.html", status_code=404)
        return FileResponse(found.page, media_type="text/html", headers=OWN_PAGE)

    def play(request: Request) -> Response:
        found = _asked(request)
        sound = found.sound(request.query_params.get("sound", "")) if found else None
        if not sound:
            return page(request, "missing.html", status_code=404)
        return FileResponse(sound, media_type="audio/wav")

    def _asked(request: Request) -> EvaluationReport | None:
        return report(folder, request.query_params.get("of", ""))

    return [
        Route("/reports", show_all),
        Route("/reports/of/{name:path}", show_one),
        Route("/reports/page", show_page),
        Route("/reports/sound", play),
    ]
