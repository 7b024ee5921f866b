"""Pictures of figures, as SVG to put into a page."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.evaluate.calibration import surest_first
from bot.evaluate.extra import extra

# Okabe and Ito's colours, told apart by colour-blind people too.
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444")

_STYLE: Final[Mapping[str, Any]] = {
    "svg.fonttype": "none",  # text stays text, in the page's font
    "svg.hashsalt": "nhanh8",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a94a0",
    "axes.labelcolor": "#3c4650",
    "xtick.color": "#3c4650",
    "ytick.color": "#3c4650",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e9ed",
    "legend.frameon": False,
}
_MISSING: Final = "∅"
_IN_A_ROW: Final = 4  # names of a legend


def shares(rows: Mapping[str, Mapping[str, Mapping[str, Any]]], label: str, title: str = "") -> str:
    """A dot and its interval for each row and series: `{row: {series: {"share", "interval", "n"}}}`, none empty."""
    series = list(dict.fromkeys(name for of in rows.values() for name in of))
    apart = 0.8 / max(len(series), 1)

    def draw(axes: Any) -> None:
        for at, name in enumerate(series):
            points = [(row, of[name]) for row, of in enumerate(rows.values()) if name in of]
            places = [row + (at - (len(series) - 1) / 2) * apart for row, _ in points]
            middle = [100 * each["share"] for _, each in points]
            below = [max(100 * (each["share"] - each["interval"][0]), 0) for _, each in points]
            above = [max(100 * (each["interval"][1] - each["share"]), 0) for _, each in points]
            axes.errorbar(
                middle, places, xerr=[below, above], fmt="o", ms=5, lw=1.6, color=_colour(at), label=name, capsize=0
            )
        axes.set_yticks(range(len(rows)), [f"{name} (n = {_most(of)})" for name, of in rows.items()])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-2, 102)
        axes.set_xlabel(label)
        axes.grid(axis="y", visible=False)
        for edge in range(len(rows) - 1):
            axes.axhline(edge + 0.5, color="#d5dae0", lw=0.8)
        _heading(axes, title, len(series))

    return _drawn(draw, 5.2, 0.9 + len(rows) * max(0.22 * len(series), 0.34))


def confusion(matrix: Mapping[str, Mapping[str, int]], title: str) -> str:
    """Digits said in rows, heard in columns: right ones in green, wrong ones in red by their share of the row."""
    names = [*"0123456789", ""]
    counts = [[matrix.get(said, {}).get(heard, 0) for heard in names] for said in names]

    def draw(axes: Any) -> None:
        for row, cells in enumerate(counts):
            whole = sum(cells) or 1
            for column, count in enumerate(cells):
                if count:
                    share = count / whole
                    strength = 0.12 + 0.6 * share if row == column else min(0.15 + 1.6 * share, 0.95)
                    colour = "#009e73" if row == column else "#c62828"
                    axes.add_patch(_rectangle((column - 0.5, row - 0.5), facecolor=colour, alpha=strength))
                    ink = "#ffffff" if strength > 0.6 else "#1c2329"
                    axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=8)
        axes.set_xticks(range(11), [*names[:-1], _MISSING])
        axes.set_yticks(range(11), [*names[:-1], "thừa"])
        axes.set_xlim(-0.5, 10.5)
        axes.set_ylim(10.5, -0.5)
        axes.set_aspect("equal")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.set_xlabel(f"nghe ({_MISSING}: không nghe thấy)")
        axes.set_ylabel("nói")
        _heading(axes, title)

    return _drawn(draw, 3.5, 3.7)


def distributions(values: Mapping[str, Sequence[float]], label: str, *, logarithmic: bool = False) -> str:
    """For each series the share of its values up to x, with a mark at 95 %."""

    def draw(axes: Any) -> None:
        for at, (name, unordered) in enumerate(values.items()):
            ordered = sorted(unordered)
            steps = [100 * (place + 1) / len(ordered) for place in range(len(ordered))]
            axes.step([ordered[0], *ordered], [0, *steps], where="post", color=_colour(at), lw=1.8, label=name)
            late = math.ceil(0.95 * len(ordered)) - 1
            axes.plot(ordered[late], steps[late], "o", color=_colour(at), ms=5)
        if logarithmic:
            ticker = extra("matplotlib.ticker")
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.xaxis.set_minor_formatter(ticker.NullFormatter())
        axes.set_ylim(0, 103)
        axes.set_ylabel("% số lần, chấm: 95 %")
        axes.set_xlabel(label)
        _heading(axes, "", len(values))

    return _drawn(draw, 5.2, 3.2)


def reliability(bins: Mapping[str, Sequence[Mapping[str, Any]]], title: str) -> str:
    """Mean confidence against the share that was right, by bin; dots grow with the bin's number."""

    def draw(axes: Any) -> None:
        axes.plot([0, 100], [0, 100], ls="--", lw=1, color="#8a94a0")
        for at, (name, of) in enumerate(bins.items()):
            confidence = [100 * each["confidence"] for each in of]
            right = [100 * each["right"] for each in of]
            sizes = [14 + 90 * math.sqrt(each["n"] / sum(one["n"] for one in of)) for each in of]
            axes.plot(confidence, right, lw=1.4, color=_colour(at), label=name)
            axes.scatter(confidence, right, s=sizes, color=_colour(at), alpha=0.75, linewidths=0)
        axes.set_xlim(-3, 103)
        axes.set_ylim(-3, 103)
        axes.set_xlabel("máy tin chừng này (%)")
        axes.set_ylabel("đúng chừng này (%)")
        _heading(axes, title, len(bins))

    return _drawn(draw, 4.2, 4.0)


def skipping(judged: Mapping[str, Sequence[tuple[float, bool]]], strings: Mapping[str, int], title: str) -> str:
    """The share of codes taken unasked, the surest first, against the share of those that is wrong."""

    def draw(axes: Any) -> None:
        axes.axhline(1, ls="--", lw=1, color="#8a94a0")
        for at, (name, of) in enumerate(judged.items()):
            steps = list(surest_first(of))
            taken = [100 * count / strings[name] for _, count, _ in steps]
            rates = [100 * wrong / count for _, count, wrong in steps]
            axes.plot(taken, rates, ".-", lw=1.8, ms=5, color=_colour(at), label=name)
        axes.set_xlim(0, 100)
        axes.set_ylim(bottom=-0.5)
        axes.set_xlabel("% mã số không phải đọc lại")
        axes.set_ylabel("% sai trong số đó")
        _heading(axes, title, len(judged))

    return _drawn(draw, 4.6, 4.0)


def counts(bars: Mapping[str, int], label: str) -> str:
    """Horizontal bars."""

    def draw(axes: Any) -> None:
        drawn = axes.barh(range(len(bars)), list(bars.values()), color=COLOURS[0], height=0.6)
        axes.bar_label(drawn, padding=3)
        axes.set_yticks(range(len(bars)), list(bars))
        axes.set_ylim(len(bars) - 0.5, -0.5)
        axes.set_xlabel(label)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_locator(extra("matplotlib.ticker").MaxNLocator(integer=True))

    return _drawn(draw, 5.2, 0.8 + 0.32 * len(bars))


def _drawn(draw: Callable[[Any], None], width_in: float, height_in: float) -> str:
    with extra("matplotlib").rc_context(dict(_STYLE)):
        figure = extra("matplotlib.figure").Figure(figsize=(width_in, height_in))
        draw(figure.add_subplot())
        file = io.StringIO()
        figure.savefig(file, format="svg", bbox_inches="tight", pad_inches=0.05, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r' id="[\w.]+_\d+"', "", svg)  # names that several pictures on one page would share


def _heading(axes: Any, title: str, series: int = 1) -> None:
    """The title, and under it the names of several series."""
    rows = math.ceil(series / _IN_A_ROW) if series > 1 else 0
    axes.set_title(title, fontsize=10, fontweight="bold", loc="left", pad=6 + 15 * rows)
    if rows:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncol=_IN_A_ROW,
            borderaxespad=0.2,
            handlelength=1.2,
            columnspacing=1.2,
        )


def _rectangle(corner: tuple[float, float], **look: Any) -> Any:
    return extra("matplotlib.patches").Rectangle(corner, 1, 1, linewidth=0, **look)


def _colour(at: int) -> str:
    return COLOURS[at % len(COLOURS)]


def _most(of: Mapping[str, Mapping[str, Any]]) -> int:
    return max(int(each["n"]) for each in of.values())
