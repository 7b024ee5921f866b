"""`nhanh8 models`: the recogniser's models, and Vosk's own to download."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Column, Table

from bot.asr.model_store import OFFICIAL, Fetched, fetch, official
from bot.asr.vosk_files import look_at
from bot.audio import RATE_HZ
from bot.cli.context import err, out, progress
from bot.errors import ModelError
from bot.settings import Settings

app = typer.Typer(help="Mô hình nhận dạng: liệt kê, tải mô hình Vosk tiếng Việt.", no_args_is_help=True)

INTERRUPTED = 130


@app.command("list")
def list_command(context: typer.Context) -> None:
    """Mô hình Vosk có sẵn, và những mô hình tải được từ alphacephei.com."""
    settings: Settings = context.obj.settings
    table = Table(Column("Mô hình", no_wrap=True), "Tình trạng", "Tải về", "SHA-256 để so")
    sizes = {model.name: model.size for model in OFFICIAL}
    for folder in _installed(_models_dir(settings)):
        used = folder.resolve() == settings.model_dir.resolve()
        table.add_row(folder.name, "[green]đang dùng[/]" if used else "có sẵn", sizes.pop(folder.name, ""), "")
    for model in OFFICIAL:
        if model.name in sizes:
            table.add_row(model.name, "chưa tải", model.size, "có" if model.sha256 else "chưa ai công bố")
    out.print(table)


@app.command("fetch")
def fetch_command(
    context: typer.Context,
    name: str = typer.Argument(help="Tên mô hình, xem: nhanh8 models list."),
    url: str | None = typer.Option(None, help="Địa chỉ khác của cùng tệp zip."),
    sha256: str | None = typer.Option(None, help="SHA-256 của tệp zip; thay cho tổng đã ghi sẵn."),
    into: Path | None = typer.Option(None, help="Thư mục chứa các mô hình, bình thường là models/."),
) -> None:
    """Tải, kiểm tra và giải nén một mô hình; đứt giữa chừng thì chạy lại để tải tiếp, có rồi thì thôi."""
    settings: Settings = context.obj.settings
    model, folder = official(name), into or _models_dir(settings)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task(f"Tải {name}", total=None)
            fetched = fetch(
                model,
                folder,
                url=url,
                sha256=sha256,
                report=progress,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except KeyboardInterrupt:
        err.print("Đã dừng. Chạy lại lệnh này để tải tiếp.")
        raise typer.Exit(INTERRUPTED) from None
    _tell(settings, fetched)


def _tell(settings: Settings, fetched: Fetched) -> None:
    if fetched.sha256 is None:
        out.print(f"{fetched.folder} đã có sẵn, không tải lại.")
    elif fetched.compared:
        out.print(f"Đã tải {fetched.folder}, SHA-256 khớp.")
    else:
        out.print(f"Đã tải {fetched.folder}.")
        out.print(
            f"[yellow]Chưa ai công bố SHA-256 của mô hình này nên không có gì để so. Tệp vừa tải: {fetched.sha256}[/]"
        )
    files = look_at(fetched.folder)
    if files.rate_hz > RATE_HZ:
        out.print(
            f"Mô hình này nghe ở {files.rate_hz} Hz; tiếng điện thoại {RATE_HZ} Hz được đổi lên cho vừa, "
            "nhưng có thể nghe kém hơn một mô hình cho điện thoại. Hãy thử trước khi đổi."
        )
    if not files.takes_grammar:
        out.print("Mô hình này không giới hạn được từ theo từng câu hỏi.")
    out.print("Để dùng, trong config.yml, dưới bot: và recogniser:, ghi dòng")
    out.print(f"    model: {_for_settings(settings, fetched.folder)}")
    out.print("rồi chạy nhanh8 check.")


def _models_dir(settings: Settings) -> Path:
    return settings.root / "models"


def _installed(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("[!.]*")) if _is_model(path)]


def _is_model(path: Path) -> bool:
    try:
        look_at(path)
    except ModelError:
        return False
    return True


def _for_settings(settings: Settings, folder: Path) -> Path:
    """The folder as config.yml names it: from its own folder where it lies inside."""
    whole = folder.resolve()
    return whole.relative_to(settings.root) if whole.is_relative_to(settings.root) else whole
