"""`nhanh8 evaluate calls`: scripted and recorded callers through the whole bot, and a report of how it went."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import bot
from bot.accounts.account import Person
from bot.accounts.roster import write_roster
from bot.app import Bot, account_register, dialogue_sources
from bot.cli.bench import with_own_accounts
from bot.cli.context import err, out, progress
from bot.cli.conversation import OUTCOMES
from bot.cli.evaluate_callers import CallTask, read_callers
from bot.evaluate.call_journal import CallJournal
from bot.evaluate.calls import CallLog, CodeWatch, HeldCall
from bot.evaluate.calls_report import write_calls_report
from bot.evaluate.cluster import on_cluster
from bot.evaluate.extra import extra
from bot.evaluate.holding import hold_calls
from bot.evaluate.journal import digest_of, state_of
from bot.evaluate.report import open_folder
from bot.evaluate.workers import Crew, on_this_machine
from bot.log import configure_logging
from bot.settings import Settings
from bot.vietnamese.masking import mask_numbers


def calls(
    context: typer.Context,
    folder: Path = typer.Argument(
        ...,
        help="Thư mục kịch bản cuộc gọi (.yml), như tests/calls, hoặc các WAV cùng một CSV; cột file, caller (số gọi, "
        "trống là ẩn số), outcome (phải kết thúc thế nào), có thể thêm code (mã số được nói).",
    ),
    report: Path = typer.Option(
        Path("report"), "--out", help="Thư mục báo cáo: index.html, result.json, junit.xml, events/."
    ),
    jobs: int | None = typer.Option(
        None, min=1, help="Bao nhiêu cuộc gọi cùng lúc; bỏ trống: mỗi lõi một; 1 để đo thời gian chờ."
    ),
    cluster: str | None = typer.Option(
        None, help="Gọi trên cụm máy Dask có bộ điều phối ở địa chỉ này, như tcp://10.0.0.5:8786, thay cho --jobs."
    ),
    as_json: bool = typer.Option(False, "--json", help="In result.json thay cho bảng."),
) -> None:
    """Gọi mọi kịch bản và bản thu qua toàn bộ trợ lý: bao nhiêu cuộc đi đúng, bao lâu, bao nhiêu tiền, chờ bao lâu.

    Dữ liệu mẫu riêng: không mật khẩu nào bị đổi. Ctrl-C thì dừng; chạy lại đúng lệnh ấy thì gọi tiếp phần còn lại.
    """
    settings: Settings = context.obj.settings
    for library in ("matplotlib", "jinja2", "soundfile"):
        extra(library)  # what is missing is told before minutes of work
    jobs = jobs or len(os.sched_getaffinity(0))
    crew = on_cluster(cluster) if cluster else on_this_machine(jobs)
    open_folder(report)
    progress("Đọc kịch bản, bản thu và tổng hợp lời người gọi")
    tasks = read_callers(settings, folder)
    with CallJournal(report, digest_of(_identity(settings, tasks))) as journal:
        held = _hold_all(settings, tasks, crew, journal)
        progress("Viết báo cáo")
        recordings = sum(task.recorded for task in tasks)
        made_of = {
            "scripts": len(tasks) - recordings,
            "recordings": recordings,
            "jobs": None if cluster else jobs,
        }
        figures = write_calls_report(report, held, OUTCOMES, made_of)
        journal.discard()
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _show(figures)
    out.print(f"Xem: {report / 'index.html'}; số liệu: {report / 'result.json'}")
    out.print(f"Cuộc gọi đi những nhánh nào: nhanh8 design graph --calls {report / 'events'}")


class BotAtWork:
    """A loaded bot over accounts of its own: the demo's, and `accounts` (number and code)."""

    def __init__(self, settings: Settings, accounts: Iterable[tuple[str, str]]) -> None:
        configure_logging(settings.log.level)
        self._folder = tempfile.TemporaryDirectory()
        own = with_own_accounts(settings, Path(self._folder.name))
        roster = Path(self._folder.name, "roster.csv")
        write_roster(
            roster, (Person(code=code, phone=number, name="Người gọi", email=None) for number, code in accounts)
        )
        register = account_register(own)
        register.import_csv(roster)
        register.close()
        self.bot = Bot(own, lambda _: None)
        atexit.register(self.close)

    def close(self) -> None:
        """Harmless twice."""
        self.bot.close()
        self._folder.cleanup()


def hold(at_work: BotAtWork, task: CallTask) -> HeldCall:
    """Hold one call to its end."""
    return asyncio.run(_hold(at_work.bot, task))


async def _hold(bot: Bot, task: CallTask) -> HeldCall:
    caller = task.caller()
    watch = CodeWatch(task.code, caller.surprises) if task.code else None
    log = CallLog(mask_numbers, caller.surprises)
    sinks = (caller, watch, log) if watch else (caller, log)
    finished = await bot.take(task.number, caller, *sinks)
    return HeldCall(
        name=task.name,
        title=task.title,
        digest=task.digest,
        outcome=finished.outcome.value,
        duration_ms=finished.record.duration_ms,
        fee_vnd=finished.record.fee_vnd,
        turns=finished.record.turns,
        reprompts=log.reprompts,
        corrections=log.corrections,
        times=log.times,
        surprises=tuple(caller.surprises),
        lines=tuple(log.lines),
        code_heard=watch.heard if watch else None,
        wrong_at_ms=log.wrong_at_ms,
        slots=log.slots,
        events=tuple(log.events),
        sides=(finished.recording.caller, finished.recording.bot) if caller.surprises else None,
    )


def _identity(settings: Settings, tasks: Sequence[CallTask]) -> object:
    """All that a call depends on: who calls, settings, models, prompts, the dialogue, and our own code."""
    code = Path(bot.__file__).parent
    folders = [settings.root / "models", settings.model_dir, settings.nlu_dir, settings.prompts_dir, code]
    return [(task.name, task.digest) for task in tasks], settings, dialogue_sources(settings).model, state_of(folders)


def _hold_all(settings: Settings, tasks: Sequence[CallTask], crew: Crew, journal: CallJournal) -> list[HeldCall]:
    """With a progress bar; Ctrl-C says how far it came."""
    done = len(journal.held)
    if done:
        progress(f"Gọi tiếp lần chạy dở: đã gọi {done} cuộc (xóa {journal.path} thì gọi lại từ đầu)")
    make = partial(BotAtWork, settings, [task.account for task in tasks if task.account])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        shown = bar.add_task("Nạp trợ lý", total=len(tasks), completed=done)

        def advance(call: HeldCall) -> None:
            bar.update(shown, advance=1, description=f"Gọi · {call.name}")

        try:
            return hold_calls(tasks, make, hold, journal, crew=crew, progress=advance)
        except KeyboardInterrupt:
            bar.stop()
            held = len(journal.held)
            err.print(f"Dừng sau {held} trên {len(tasks)} cuộc gọi. Chạy lại đúng lệnh này để gọi tiếp.")
            raise typer.Exit(130) from None


def _show(figures: dict[str, Any]) -> None:
    table = Table("Cuộc gọi", "Kết quả", "Lượt", "Hỏi lại", "Sửa", "Dài", "Phí", "Như phải đi")
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
    out.print(
        f"Đi đúng như phải đi {_share(figures, 'completed', 'calls', 'completion')}; "
        f"dứt lời → tiếng đầu: p50 {_ms(figures, 'p50')}, p95 {_ms(figures, 'p95')}."
    )
    if figures["codes"]:
        right = round(figures["code_accuracy"] * figures["codes"])
        out.print(f"Mã số được hiểu đúng {_share({**figures, 'right': right}, 'right', 'codes', 'code_accuracy')}.")
    if figures["scripts"]:
        out.print("Người gọi theo kịch bản là giọng tổng hợp: không cho biết người thật được hiểu đến đâu.")


def _share(figures: dict[str, Any], part: str, whole: str, share: str) -> str:
    low, high = figures[f"{share}_interval"]
    return f"{figures[part]} / {figures[whole]} ({figures[share]:.0%}, 95 %: {low:.0%} đến {high:.0%})"


def _ms(figures: dict[str, Any], name: str) -> str:
    value = figures["latency_ms"][name]
    return "-" if value is None else f"{value:.0f} ms"
