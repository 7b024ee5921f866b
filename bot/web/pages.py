"""Pages from templates, in the reader's language, which a cookie keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.templating import Jinja2Templates

from bot.web.texts import LANGUAGES, SHARED, Texts, Words

HERE: Final = Path(__file__).parent
LANGUAGE_COOKIE: Final = "nhanh8_language"
YEAR_S: Final = 31_536_000

_templates = Jinja2Templates(
    env=Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
)


def words_for(request: Request, *texts: Texts) -> Words:
    """The words of the language that `?lang=` or the cookie asks for, else Vietnamese."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return Words(asked if asked in LANGUAGES else LANGUAGES[0], SHARED, *texts)


def page(request: Request, template: str, *texts: Texts, status_code: int = 200, **values: object) -> HTMLResponse:
    """`template` filled with `values`; in it, `t("key")` gives the words of `texts` and of all pages."""
    words = words_for(request, *texts)
    response = _templates.TemplateResponse(request, template, {"t": words, **values}, status_code=status_code)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, words.language, max_age=YEAR_S, samesite="strict", httponly=True)
    return response
