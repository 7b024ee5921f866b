"""`nhanh8 prompts`: what the bot says, and the recordings it says it with."""

from __future__ import annotations

import typer
from rich.progress import Progress
from rich.table import Column, Table

from bot.app import bot_voice, prompt_catalog, prompt_library
from bot.cli.context import err, out, progress
from bot.tts.library import PieceState

app = typer.Typer(help="Lời thoại: liệt kê, và tạo sẵn bản đọc vào audio_prompts/.", no_args_is_help=True)

STATES = {
    PieceState.RECORDED: "[green]người thu[/]",
    PieceState.AVERAGED: "[green]giọng trung bình[/]",
    PieceState.RENDERED: "máy đọc",
    PieceState.STALE: "[yellow]cũ, lời đã đổi[/]",
    PieceState.MISSING: "[red]chưa có[/]",
}


@app.command("list")
def list_command(context: typer.Context) -> None:
    """Mọi câu, mã của từng đoạn (cũng là tên tệp WAV) và tình trạng bản thu."""
    library = prompt_library(context.obj.settings)
    table = Table(Column("Tệp WAV", no_wrap=True), "Lời", "Bản thu", "Giây")
    for piece, state in library.status().items():
        audio = library.audio(piece)
        seconds = f"{audio.duration_ms / 1000:.1f}" if audio else ""
        table.add_row(f"{piece.id}.wav", piece.text, STATES[state], seconds)
    out.print(table)


@app.command()
def render(context: typer.Context) -> None:
    """Đọc sẵn những đoạn chưa có hoặc đã đổi lời; không bao giờ ghi đè bản người thu."""
    settings = context.obj.settings
    library, voice = prompt_library(settings), bot_voice(settings)
    pieces = len(prompt_catalog(settings).pieces)
    progress(f"Kiểm tra {pieces} đoạn trong {settings.prompts_dir}")
    try:
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task("Đọc lời thoại", total=None)
            rendered = library.render(voice, lambda piece: bar.update(task, advance=1, description=f"Đọc {piece.id}"))
    finally:
        voice.close()
    stale = sum(state is PieceState.STALE for state in library.status().values())
    out.print(f"Đã đọc {len(rendered)} đoạn, {pieces - len(rendered)} đoạn dùng lại.")
    if stale:
        out.print(f"[yellow]{stale} bản người thu đã cũ so với lời; thu lại hoặc xóa tệp WAV đó rồi chạy lại.[/]")
