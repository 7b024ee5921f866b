"""One page of HTML with everything in it: opens anywhere, needs no network."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from bot.errors import AudioError
from bot.evaluate.extra import extra


def write_page(path: Path, template: str, **values: Any) -> None:
    """Fill `templates/TEMPLATE`. Raises AudioError: the page cannot be written, jinja2 is not installed."""
    jinja2 = extra("jinja2")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.evaluate"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(percent=percent, span=span, number=number, clock=clock)
    page = environment.get_template(template).render(**values)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise AudioError(f"Không ghi được {path}: {error.strerror}.") from None


def percent(share: float | None, digits: int = 1) -> str:
    """`93,5 %`, and – where nothing was measured."""
    return "–" if share is None else f"{_vietnamese(f'{100 * share:.{digits}f}')} %"


def span(interval: tuple[float, float] | None) -> str:
    """`90–96`: percent, without its sign."""
    return "" if interval is None else f"{100 * interval[0]:.0f}–{100 * interval[1]:.0f}"


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """`1.234,5 ms`, and – where nothing was measured."""
    if value is None or math.isnan(value):
        return "–"
    return _vietnamese(f"{value:,.{digits}f}") + (f" {unit}" if unit else "")


def clock(ms: int) -> str:
    """`01:02,3`: minutes, seconds and tenths."""
    return f"{ms // 60000:02}:{ms // 1000 % 60:02},{ms // 100 % 10}"


def _vietnamese(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))
