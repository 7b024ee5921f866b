"""`nhanh8 prompts import`: a folder of a voice artist's WAVs, each checked before any is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Column, Table

from bot.app import prompt_catalog, prompt_library
from bot.audio import WIDE_BAND_HZ
from bot.cli.context import err, out, progress
from bot.cli.prompt_check import PromptCheck
from bot.errors import AudioError, PromptError
from bot.settings import Settings
from bot.tts.finishing import Finished, comma
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.originals import Originals
from bot.tts.prompts import Piece
from bot.tts.raw_sound import read_sound

ORIGINALS = typer.Option(None, help="Giữ cả bản gốc chưa cắt gọt trong thư mục này, ngoài dự án. Bỏ trống: không giữ.")


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, and what it would become."""

    file: Path
    piece: Piece
    finished: Finished


@dataclass(frozen=True, slots=True)
class Refused:
    """A file of which nothing can become, and why."""

    file: Path
    why: str


def import_command(
    context: typer.Context,
    folder: Path = typer.Argument(exists=True, file_okay=False, help="Thư mục các tệp <đoạn>.wav, từ 16 kHz."),
    accept: list[str] = typer.Option(
        [], help="Vẫn lấy đoạn này dù có điều chê, vì đã nghe và thấy tốt; nhiều lần được."
    ),
    originals: Path | None = ORIGINALS,
    dry_run: bool = typer.Option(False, "--dry-run", help="Chỉ kiểm tra, không ghi gì."),
) -> None:
    """Kiểm tra, cắt gọt, chỉnh độ to và đưa cả thư mục bản thu vào audio_prompts/.

    Tên tệp là mã của đoạn (nhanh8 prompts list). Đoạn nào bị chê thì không ghi, trừ khi --accept; mã thoát là 1 nếu
    còn tệp chưa lấy.
    """
    settings: Settings = context.obj.settings
    library = prompt_library(settings)
    pieces = {piece.id: piece for piece in prompt_catalog(settings).recordable}
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".wav")
    if not files:
        raise AudioError(f"Không có tệp WAV nào trong {folder}. Xuất các bản thu thành <đoạn>.wav.")
    if unknown := set(accept) - {file.stem for file in files}:
        raise typer.BadParameter(f"--accept: trong {folder} không có {', '.join(sorted(unknown))}.")
    kept_in = outside(originals, settings)
    with closing(PromptCheck(settings, library, progress)) as check, Progress(console=err, transient=True) as bar:
        twice = {name for name, count in Counter(file.stem for file in files).items() if count > 1}
        judged = [
            _judge(file, pieces, check, twice=file.stem in twice) for file in bar.track(files, description="Kiểm tra")
        ]
    checked = [each for each in judged if isinstance(each, Checked)]
    good = [each for each in checked if each.finished.good or each.piece.id in accept]
    new = [each for each in good if not _is_there(library, each)]
    out.print(_table(judged, good, new, library))
    if not dry_run:
        for each in new:
            if kept_in:
                kept_in.copy(each.piece, each.file)
            library.keep(each.piece, each.finished.audio)
    verb = "Sẽ lấy" if dry_run else "Đã lấy"
    out.print(f"{verb} {len(new)} tệp, {len(good) - len(new)} tệp có từ trước, {len(judged) - len(good)} tệp bị chê.")
    if len(good) < len(judged):
        out.print("Thu lại những tệp bị chê; đoạn nào nghe vẫn tốt thì thêm --accept và mã của nó.")
        raise typer.Exit(1)


def outside(originals: Path | None, settings: Settings) -> Originals | None:
    """Not among what is played. Raises BadParameter."""
    if originals and originals.resolve().is_relative_to(settings.prompts_dir.resolve()):
        raise typer.BadParameter(f"--originals phải ở ngoài {settings.prompts_dir}.")
    return Originals(originals) if originals else None


def nearest(name: str, known: Iterable[str]) -> str:
    """Advice about a name that is none."""
    close = get_close_matches(name, list(known), 1)
    return f"không có đoạn {name}" + (f", hay là {close[0]}?" if close else ": xem nhanh8 prompts list")


def _judge(file: Path, pieces: dict[str, Piece], check: PromptCheck, *, twice: bool) -> Checked | Refused:
    piece = pieces.get(file.stem)
    if piece is None:
        return Refused(file, nearest(file.stem, pieces))
    if twice:
        return Refused(file, "hai tệp cùng tên, chỉ khác chữ hoa ở đuôi")
    try:
        return Checked(file, piece, check.finish(piece, read_sound(file)))
    except AudioError as error:
        return Refused(file, str(error))


def _is_there(library: PromptLibrary, checked: Checked) -> bool:
    """From the same import before."""
    if library.state(checked.piece) is not PieceState.RECORDED:
        return False
    try:
        return library.audio(checked.piece, WIDE_BAND_HZ) == checked.finished.audio
    except PromptError:
        return False  # broken


def _table(
    judged: Sequence[Checked | Refused], good: Sequence[Checked], new: Sequence[Checked], library: PromptLibrary
) -> Table:
    table = Table(Column("Tệp", no_wrap=True), "Giây", "LUFS", "Nền, dB", "Kết quả")
    for each in judged:
        if isinstance(each, Refused):
            table.add_row(each.file.name, "", "", "", f"[red]không dùng được:[/] {escape(each.why)}")
            continue
        mark = _mark(each, good, new, library)
        findings = "\n".join([mark, *(escape(f"· {finding.message}") for finding in each.finished.findings)])
        table.add_row(each.file.name, *figures(each.finished), findings)
    return table


def _mark(each: Checked, good: Sequence[Checked], new: Sequence[Checked], library: PromptLibrary) -> str:
    if each not in good:
        return "[yellow]bị chê[/]"
    if each not in new:
        return "có từ trước"
    over = ", thay bản người thu cũ" if library.state(each.piece) is PieceState.RECORDED else ""
    return f"[green]{'tốt' if each.finished.good else 'vẫn lấy'}{over}[/]"


def figures(finished: Finished) -> tuple[str, str, str]:
    """Seconds, loudness, and how far noise lies under the speech."""
    noise = "-" if finished.snr_db is None else f"−{finished.snr_db:.0f}"
    return comma(finished.audio.duration_ms / 1000, 1), comma(finished.lufs, 1), noise
