"""`nhanh8 prompts`: what the bot says, and the recordings it says it with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer
from rich.progress import Progress
from rich.table import Column, Table

from bot.app import bot_voice, prompt_catalog, prompt_library, recognizer, wide_band_ears
from bot.audio import WIDE_BAND_HZ, Audio
from bot.cli import prompts_import, prompts_record
from bot.cli.context import err, out, progress
from bot.evaluate.voice import HeardText, hear_back, in_the_room, on_the_line
from bot.settings import Settings
from bot.tts.library import PieceState
from bot.tts.prompts import Piece
from bot.vietnamese.speech import spoken

app = typer.Typer(help="Lời thoại: liệt kê, thu âm, và tạo sẵn bản đọc vào audio_prompts/.", no_args_is_help=True)
app.command("record")(prompts_record.record)
app.command("import")(prompts_import.import_command)

STATES = {
    PieceState.RECORDED: "[green]người thu[/]",
    PieceState.AVERAGED: "[green]giọng trung bình[/]",
    PieceState.RENDERED: "máy đọc",
    PieceState.STALE: "[yellow]cũ, lời đã đổi[/]",
    PieceState.MISSING: "[red]chưa có[/]",
}


@app.command("list")
def list_command(
    context: typer.Context,
    heard: bool = typer.Option(
        False,
        "--heard",
        help="Cho viet-asr nghe lại từng đoạn, ở 16 kHz và qua G.711; đoạn khó nghe nhất lên đầu. Mất độ nửa thời gian "
        "của mọi đoạn cộng lại.",
    ),
) -> None:
    """Mọi câu, mã của từng đoạn (cũng là tên tệp WAV) và tình trạng bản thu."""
    settings = context.obj.settings
    library = prompt_library(settings)
    status = library.status()
    audio = {piece: found for piece in status if (found := library.audio(piece, WIDE_BAND_HZ))}
    listened = _listen(settings, audio) if heard else {}
    table = Table(Column("Tệp WAV", no_wrap=True), "Lời", "Bản thu", "Giây")
    if heard:
        table.add_column("Từ nghe được, 16 kHz / G.711", no_wrap=True)
    for piece in sorted(status, key=lambda piece: _share_on_the_line(listened.get(piece))):
        seconds = f"{audio[piece].duration_ms / 1000:.1f}" if piece in audio else ""
        shares = " / ".join(f"{each.word_share:.0%}" for each in listened.get(piece, ()))
        cells = [f"{piece.id}.wav", piece.text, STATES[status[piece]], seconds, *([shares or "-"] if heard else [])]
        table.add_row(*cells)
    out.print(table)
    out.print(_summary(list(status.values()), list(audio.values())))
    if listened:
        out.print(f"viet-asr nghe được {_mean_shares(list(listened.values()))} số từ.")


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


def _listen(settings: Settings, audio: Mapping[Piece, Audio]) -> dict[Piece, tuple[HeardText, HeardText]]:
    """Each piece at 16 kHz and after G.711."""
    progress("Nạp viet-asr")
    wide, line = wide_band_ears(), recognizer(settings, "vietasr")
    listened = {}
    with Progress(console=err, transient=True) as bar:
        for piece, said in bar.track(list(audio.items()), description="Nghe lại"):
            words = spoken(piece.text)
            listened[piece] = (
                hear_back(words, said, wide, carry=in_the_room),
                hear_back(words, said, line, carry=on_the_line),
            )
    return listened


def _share_on_the_line(heard: tuple[HeardText, HeardText] | None) -> float:
    """What nobody can hear comes first."""
    return heard[1].word_share if heard else -1.0


def _summary(states: Sequence[PieceState], audio: Sequence[Audio]) -> str:
    counts = ", ".join(f"{states.count(state)} {name}" for state, name in STATES.items() if state in states)
    return f"{len(states)} đoạn, {sum(each.duration_ms for each in audio) / 1000:.0f} giây: {counts}."


def _mean_shares(listened: Sequence[tuple[HeardText, HeardText]]) -> str:
    """Over all words, so that a long piece counts for more."""
    words = sum(len(wide.said) for wide, _ in listened)
    return " / ".join(f"{sum(each.words_heard for each in band) / words:.1%}" for band in zip(*listened, strict=True))
