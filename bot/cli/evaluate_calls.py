"""`nhanh8 evaluate calls`: call scripts through the whole bot, and a report of how they went."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.progress import Progress
from rich.table import Table

from bot.app import Bot, scripted_caller
from bot.cli.bench import with_own_accounts
from bot.cli.context import err, out, progress
from bot.cli.conversation import OUTCOMES
from bot.errors import AudioError, ScriptError
from bot.evaluate.calls import CallLog, HeldCall
from bot.evaluate.calls_report import write_calls_report
from bot.evaluate.extra import extra
from bot.evaluate.report import open_folder
from bot.settings import Settings
from bot.transports.call_script import CallScript
from bot.transports.scripted_caller import ScriptedCaller
from bot.vietnamese.masking import mask_numbers

Callers = Sequence[tuple[CallScript, ScriptedCaller]]


def calls(
    context: typer.Context,
    folder: Path = typer.Argument(..., help="Thư mục kịch bản cuộc gọi (.yml), như tests/calls."),
    report: Path = typer.Option(Path("report"), "--out", help="Thư mục báo cáo: index.html, result.json, junit.xml."),
    as_json: bool = typer.Option(False, "--json", help="In result.json thay cho bảng."),
) -> None:
    """Gọi mọi kịch bản qua toàn bộ trợ lý: bao nhiêu cuộc đi đúng kịch bản, bao lâu, bao nhiêu tiền, chờ bao lâu.

    Dữ liệu mẫu riêng: không mật khẩu nào bị đổi.
    """
    settings: Settings = context.obj.settings
    for library in ("matplotlib", "jinja2", "soundfile"):
        extra(library)  # what is missing is told before minutes of work
    open_folder(report)
    progress("Đọc kịch bản và tổng hợp lời người gọi")
    callers = _callers(settings, folder)
    with tempfile.TemporaryDirectory() as own:
        held = _hold_all(with_own_accounts(settings, Path(own)), callers)
    progress("Viết báo cáo")
    figures = write_calls_report(report, held, OUTCOMES)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _show(figures)
    out.print(f"Xem: {report / 'index.html'}; số liệu: {report / 'result.json'}")


def _callers(settings: Settings, folder: Path) -> Callers:
    """All of them; everything that is wrong with any script is told at once."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise ScriptError(f"Không có kịch bản (.yml) nào trong {folder}. Chọn thư mục khác.")
    callers, faults = [], []
    for path in paths:
        try:
            callers.append(scripted_caller(settings, path))
        except (ScriptError, AudioError) as error:
            faults.append(str(error))
    if faults:
        raise ScriptError("\n".join(faults))
    return callers


def _hold_all(settings: Settings, callers: Callers) -> list[HeldCall]:
    bot = Bot(settings, progress)
    held: list[HeldCall] = []
    try:
        with Progress(console=err) as bar:
            for script, caller in bar.track(callers, description="Gọi"):
                held.append(asyncio.run(_hold(bot, script, caller)))
    except KeyboardInterrupt:
        err.print(f"Dừng sau {len(held)} trên {len(callers)} cuộc gọi; chưa ghi báo cáo.")
        raise typer.Exit(130) from None
    finally:
        bot.close()
    return held


async def _hold(bot: Bot, script: CallScript, caller: ScriptedCaller) -> HeldCall:
    log = CallLog(mask_numbers, caller.surprises)
    finished = await bot.take(script.caller, caller, caller, log)
    return HeldCall(
        name=script.path.stem,
        title=script.title,
        outcome=finished.outcome.value,
        duration_ms=finished.record.duration_ms,
        fee_vnd=finished.record.fee_vnd,
        turns=finished.record.turns,
        reprompts=log.reprompts,
        corrections=log.corrections,
        times=log.times,
        surprises=tuple(caller.surprises),
        lines=tuple(log.lines),
        caller=finished.recording.caller,
        bot=finished.recording.bot,
    )


def _show(figures: dict[str, Any]) -> None:
    table = Table("Cuộc gọi", "Kết quả", "Lượt", "Hỏi lại", "Sửa", "Dài", "Phí", "Đúng kịch bản")
    for row in figures["each"]:
        table.add_row(
            *(
                row["name"],
                OUTCOMES[row["outcome"]],
                *(str(row[name]) for name in ("turns", "reprompts", "corrections")),
            ),
            *(f"{row['duration_ms'] / 1000:.0f} s", str(row["fee_vnd"])),
            "[green]đúng[/]" if row["completed"] else "[red]khác[/]",
        )
    out.print(table)
    low, high = figures["completion_interval"]
    out.print(
        f"Đúng kịch bản {figures['completed']} / {figures['calls']} ({figures['completion']:.0%}, 95 %: {low:.0%} đến "
        f"{high:.0%}); dứt lời → tiếng đầu: p50 {_ms(figures, 'p50')}, p95 {_ms(figures, 'p95')}. Người gọi tổng hợp."
    )


def _ms(figures: dict[str, Any], name: str) -> str:
    value = figures["latency_ms"][name]
    return "-" if value is None else f"{value:.0f} ms"
