"""`nhanh8 bench`: figures, never verdicts."""

from __future__ import annotations

import asyncio
import json
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from bot.accounts.migrate import migrate
from bot.app import Bot, account_register, scripted_caller
from bot.cli.context import out, progress
from bot.errors import ScriptError
from bot.evaluate.percentile import percentile
from bot.evaluate.turn_times import TurnTimes
from bot.settings import AccountSettings, LimitSettings, Settings

app = typer.Typer(help="Đo: thời gian chờ của người gọi, giọng đọc có dễ hiểu không.", no_args_is_help=True)

JSON = typer.Option(False, "--json", help="In JSON thay cho bảng.")


@app.command()
def turn(
    context: typer.Context,
    calls: Path = typer.Option(Path("tests/calls"), help="Thư mục kịch bản cuộc gọi."),
    repeats: int = typer.Option(3, min=1, help="Gọi mỗi kịch bản mấy lần."),
    as_json: bool = JSON,
) -> None:
    """Khởi động, thời gian Rasa mỗi lượt, từ lúc người gọi dứt lời đến tiếng đầu của trợ lý, bộ nhớ."""
    scripts = sorted(calls.glob("*.yml"))
    if not scripts:
        raise ScriptError(f"Không có kịch bản (.yml) nào trong {calls}. Chọn thư mục khác bằng --calls.")
    with tempfile.TemporaryDirectory() as folder:
        settings = with_own_accounts(context.obj.settings, Path(folder))
        started = time.perf_counter()
        bot = Bot(settings, progress)
        load_s = time.perf_counter() - started
        times = TurnTimes()
        try:
            spoken = asyncio.run(_hold_calls(bot, settings, scripts, repeats, times))
        finally:
            bot.close()
    figures = _turn_figures(load_s, times, spoken)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    table = Table("Đo", "p50", "p95", "số lượt", title="Thời gian chờ (ms)")
    for name, row in figures["turns"].items():
        table.add_row(name, f"{row['p50']:.0f}", f"{row['p95']:.0f}", str(row["n"]))
    out.print(table)
    out.print(f"Khởi động đến lúc nghe được: {load_s:.1f} s. Bộ nhớ cao nhất: {figures['memory_mb']} MB.")
    out.print(f"{figures['calls']} cuộc gọi, {figures['speed']:.0f} lần nhanh hơn thời gian thật. Người gọi tổng hợp.")


def with_own_accounts(settings: Settings, folder: Path) -> Settings:
    """The same settings over a fresh demo directory without limits, so that measuring changes nobody's password."""
    own = replace(
        settings,
        accounts=AccountSettings(url=f"sqlite:///{folder}/bench.db"),
        limits=LimitSettings(per_caller=1000, per_code=1000, per_trunk=1_000_000),
    )
    migrate(own.accounts_url, key_file=own.data_key_file)
    register = account_register(own)
    register.seed_demo()
    register.close()
    return own


async def _hold_calls(
    bot: Bot, settings: Settings, scripts: list[Path], repeats: int, times: TurnTimes
) -> tuple[int, float]:
    """How many calls were held, and how many times faster than real time."""
    audio_s = took_s = 0.0
    for path in scripts * repeats:
        script, caller = scripted_caller(settings, path)
        started = time.perf_counter()
        finished = await bot.take(script.caller, caller, times, caller)
        took_s += time.perf_counter() - started
        audio_s += finished.record.duration_ms / 1000
    return len(scripts) * repeats, audio_s / took_s if took_s else 0.0


def _turn_figures(load_s: float, times: TurnTimes, held: tuple[int, float]) -> dict[str, Any]:
    rows = {"Rasa mỗi lượt": times.decide_ms, "dứt lời → tiếng đầu": [turn.gap_ms for turn in times.turns]}
    for expected in dict.fromkeys(turn.expected for turn in times.turns):
        rows[f"dứt lời → tiếng đầu, {expected}"] = [t.gap_ms for t in times.turns if t.expected == expected]
    rows["trong đó tính toán"] = [turn.gap_ms - turn.endpoint_ms for turn in times.turns]
    return {
        "load_s": round(load_s, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "calls": held[0],
        "speed": round(held[1], 1),
        "turns": {
            name: {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "n": len(values)}
            for name, values in rows.items()
        },
    }
