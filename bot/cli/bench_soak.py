"""`nhanh8 bench soak`: hours of calls in minutes, and what they leave behind in this process and its database."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table

from bot.accounts.database import Database
from bot.accounts.watching import count_rows
from bot.app import Bot, caller_voice, prompt_catalog
from bot.cli.bench import JSON, with_own_accounts
from bot.cli.context import out, progress
from bot.errors import ScriptError
from bot.evaluate.growth import Growth
from bot.settings import Settings
from bot.transports.call_script import CallScript, read_script
from bot.transports.scripted_caller import ScriptedCaller, Step

SAMPLES: Final = 20
NAMES: Final = {
    "memory_mb": "bộ nhớ (MB)",
    "voice_memory_mb": "bộ nhớ của bộ đọc (MB)",
    "files": "tệp và kết nối đang mở",
    "threads": "luồng",
    "tasks": "việc asyncio",
    "objects": "đối tượng Python",
}


def soak(
    context: typer.Context,
    scripts: Path = typer.Option(Path("tests/calls"), help="Thư mục kịch bản cuộc gọi."),
    calls: int = typer.Option(400, min=1, help="Bao nhiêu cuộc."),
    at_once: int = typer.Option(4, min=1, help="Bao nhiêu cuộc cùng lúc."),
    minutes: float = typer.Option(0, min=0, help="Thôi gọi sau chừng này phút dù chưa đủ số cuộc; 0: gọi đủ."),
    as_json: bool = JSON,
) -> None:
    """Gọi liên tục, nhanh hơn thời gian thật: mỗi 100 cuộc thêm bao nhiêu bộ nhớ, tệp mở, luồng, dòng dữ liệu."""
    with tempfile.TemporaryDirectory() as folder:
        settings = with_own_accounts(context.obj.settings, Path(folder))
        callers = read_callers(settings, scripts)
        bot, database = Bot(settings, progress), Database(settings.accounts_url)
        try:
            figures = asyncio.run(Soak(bot, callers, database).hold(calls, at_once, minutes))
        finally:
            bot.close()
            database.close()
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _print(figures)


def _print(figures: dict[str, Any]) -> None:
    table = Table("Đếm", "lúc đầu", "lúc cuối", "thêm mỗi 100 cuộc", title=f"Sau {figures['calls']} cuộc gọi")
    for name, row in figures["growth"].items():
        shown = NAMES.get(name) or f"dòng của bảng {name.removeprefix('rows_')}"
        table.add_row(shown, f"{row['first']:.0f}", f"{row['last']:.0f}", f"{row['per_100_calls']:+.2f}")
    out.print(table)
    out.print(
        f"{figures['line_hours']:.2f} giờ đường dây trong {figures['took_s'] / 60:.1f} phút "
        f"({figures['speed']:.0f} lần nhanh hơn thời gian thật). Kết quả: {figures['outcomes']}, "
        f"{figures['off_script']} cuộc đi khác kịch bản."
    )
    replaced = figures["replaced"]
    out.print(f"Bộ phận bị thay: {replaced['recogniser']} tiến trình nghe, {replaced['voice']} bộ đọc.")


def read_callers(settings: Settings, folder: Path) -> list[tuple[CallScript, list[Step]]]:
    """Each script with its steps, what is said in them synthesised once for the whole run."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise ScriptError(f"Không có kịch bản (.yml) nào trong {folder}. Chọn thư mục khác bằng --scripts.")
    progress("Tạo tiếng nói của người gọi")
    prompts = prompt_catalog(settings).responses
    return [(script, _steps(script)) for script in (read_script(path, prompts) for path in paths)]


def _steps(script: CallScript) -> list[Step]:
    """In a voice of its own: espeak-ng says a text a little otherwise after others."""
    voice = caller_voice()
    try:
        return script.steps(voice.synthesize)
    finally:
        voice.close()


@dataclass(slots=True)
class Soak:
    """Holds calls on a loaded bot, each script in its turn, and counts between them."""

    bot: Bot
    callers: list[tuple[CallScript, list[Step]]]
    database: Database
    growth: Growth = field(default_factory=Growth)
    outcomes: Counter[str] = field(default_factory=Counter)
    line_ms: int = 0
    off_script: int = 0

    async def hold(self, calls: int, at_once: int, minutes: float = 0.0) -> dict[str, Any]:
        """Counts are taken while no call is on: before the first, and about twenty times until the last."""
        began = time.monotonic()
        numbers, done = iter(range(calls)), 0
        self._count(0)
        while done < calls and not (minutes and time.monotonic() - began > 60 * minutes):
            batch = list(islice(numbers, max(at_once, calls // SAMPLES)))
            await self._hold(iter(batch), at_once)
            done += len(batch)
            self._count(done)
            progress(f"{done} cuộc")
        took_s = time.monotonic() - began
        return {
            "calls": done,
            "at_once": at_once,
            "line_hours": round(self.line_ms / 3_600_000, 3),
            "took_s": round(took_s, 1),
            "speed": round(self.line_ms / 1000 / took_s, 1),
            "outcomes": dict(self.outcomes),
            "off_script": self.off_script,
            "replaced": {"recogniser": self.bot.hearing.replaced, "voice": self.bot.voice.replaced},
            "growth": self.growth.figures(),
        }

    async def _hold(self, numbers: Iterator[int], at_once: int) -> None:
        async def lane() -> None:
            for number in numbers:
                script, steps = self.callers[number % len(self.callers)]
                caller = ScriptedCaller(list(steps), script.line.idle_frames(), outcome=script.outcome)
                finished = await self.bot.take(script.caller, caller, caller, recorded=False)
                self.outcomes[finished.outcome.value] += 1
                self.line_ms += finished.record.duration_ms
                self.off_script += bool(caller.surprises)

        await asyncio.gather(*(lane() for _ in range(at_once)))

    def _count(self, calls: int) -> None:
        gc.collect()
        pid, voice = os.getpid(), self.bot.voice.worker_pid
        self.growth.add(
            calls,
            {
                "memory_mb": _resident_mb(pid),
                "voice_memory_mb": _resident_mb(voice) if voice else 0.0,
                "files": len(os.listdir("/proc/self/fd")),
                "threads": len(os.listdir("/proc/self/task")),
                "tasks": len(asyncio.all_tasks()),
                "objects": len(gc.get_objects()),
                **{f"rows_{name}": rows for name, rows in count_rows(self.database).items()},
            },
        )


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
