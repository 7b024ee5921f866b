"""`nhanh8 evaluate`: how well engines hear people; figures, never verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from bot.app import recognizer, recognizer_names
from bot.cli.context import err, out, progress
from bot.errors import ModelError
from bot.evaluate.channels import CHANNELS
from bot.evaluate.digits import compare, seconds_to_hear
from bot.evaluate.listening import Load
from bot.evaluate.material import Material, from_clips, from_recordings
from bot.evaluate.recordings import read_clips, read_codes
from bot.evaluate.report import open_folder, write_audio, write_report
from bot.settings import Settings

app = typer.Typer(help="Đánh giá: máy nghe chữ số của người thật đúng bao nhiêu.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """A group even while it has one command."""


@app.command()
def digits(
    context: typer.Context,
    segments: Path | None = typer.Option(None, help="Bảng các đoạn thu (segments.tsv) cạnh các gói âm thanh."),
    recordings: Path | None = typer.Option(
        None, "--csv", help="Bảng file, code, speaker (cách nhau bằng tab) cạnh các WAV, mỗi WAV trọn một mã số."
    ),
    split: str = typer.Option("dev", help="Phần nào của segments.tsv."),
    engine: list[str] = typer.Option(
        [], help="Máy nghe nào, dùng được nhiều lần; TÊN=THƯ_MỤC cho mô hình Vosk khác. Bỏ trống: mọi máy có ở đây."
    ),
    channel: list[str] = typer.Option([], help=f"Đường truyền: {', '.join(CHANNELS)}; nhiều lần được. Mặc định g711."),
    codes: int = typer.Option(200, min=1, help="Ghép bao nhiêu mã số."),
    clips: int = typer.Option(150, min=0, help="Nghe nhiều nhất bao nhiêu đoạn thuộc mỗi loại khác."),
    seed: int = typer.Option(8, help="Cùng số này thì cùng mã số, cùng đường truyền."),
    jobs: int = typer.Option(1, min=1, help="Bao nhiêu tiến trình nghe cùng lúc."),
    save_audio: bool = typer.Option(False, "--save-audio", help="Ghi các mã số như máy đã nghe vào report/audio/."),
    folder: Path = typer.Option(Path("report"), "--out", help="Thư mục báo cáo: result.json, strings.tsv."),
) -> None:
    """Cho mọi máy nghe cùng những mã số qua cùng đường điện thoại, rồi so sánh."""
    settings: Settings = context.obj.settings
    channels = list(dict.fromkeys(channel)) or ["g711"]
    if unknown := [name for name in channels if name not in CHANNELS]:
        raise typer.BadParameter(f"không có đường truyền {', '.join(unknown)}; chọn trong {', '.join(CHANNELS)}.")
    engines = _engines(settings, engine)
    open_folder(folder)
    if segments and not recordings:
        progress("Đọc bảng và ghép mã số")
        material = from_clips(read_clips(segments, split=split), codes=codes, most=clips, seed=seed)
    elif recordings and not segments:
        material = from_recordings(read_codes(recordings, settings.code.lengths))
    else:
        raise typer.BadParameter("cần đúng một trong --segments và --csv.")
    figures, outcomes = _compare(engines, material, channels, settings, seed=seed, jobs=jobs)
    result = {
        "channel": channels[0],
        "made_of": f"pasted clips, split {split}" if segments else "recorded codes",
        "seed": seed,
        "jobs": jobs,
        "engines": figures[channels[0]]["engines"],
        "channels": figures,
    }
    if save_audio:
        write_audio(folder, material, channels, seed)
    write_report(folder, result, outcomes, audio=save_audio)
    _show(figures)
    out.print(f"Chi tiết: {folder / 'result.json'}, từng mã số: {folder / 'strings.tsv'}")


def _engines(settings: Settings, asked: list[str]) -> dict[str, Load]:
    here = recognizer_names(settings)
    loads: dict[str, Load] = {}
    for each in asked or here:
        name, is_model, model = each.partition("=")
        if is_model:
            other = replace(settings.recogniser, model=str(Path(model).resolve()))
            loads[name] = partial(recognizer, replace(settings, recogniser=other), "vosk")
        elif name in here:
            loads[name] = partial(recognizer, settings, name)
        else:
            raise ModelError(
                f"Không có máy nghe {name!r}. Có: {', '.join(here)}; hoặc viết TÊN=THƯ_MỤC cho một mô hình Vosk khác."
            )
    return loads


def _compare(
    engines: Mapping[str, Load], material: Material, channels: list[str], settings: Settings, *, seed: int, jobs: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """With a progress bar in seconds of audio; Ctrl-C says how far it came and writes nothing."""
    total = seconds_to_hear(material, len(engines), len(channels))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("giây âm thanh, còn"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("Nạp", total=round(total))
        heard_s = 0.0

        def advance(name: str, channel: str, seconds: float) -> None:
            nonlocal heard_s
            heard_s += seconds
            bar.update(task, completed=round(heard_s), description=f"{name} · {channel}")

        try:
            return compare(
                engines, material, channels, lengths=settings.code.lengths, seed=seed, jobs=jobs, progress=advance
            )
        except KeyboardInterrupt:
            bar.stop()
            err.print(f"Dừng sau {heard_s:.0f} trên {total:.0f} giây âm thanh; chưa ghi báo cáo.")
            raise typer.Exit(130) from None


def _show(figures: Mapping[str, Any]) -> None:
    rows = [(channel, name, row) for channel, of in figures.items() for name, row in of["engines"].items()]
    accuracy = Table(
        *("Đường", Column("Máy nghe", no_wrap=True), "Cả mã đúng", "Sai ≤ 1", "Lỗi chữ số", "Chữ số rời", "Bỏ sót"),
        *("Đúng/không", "Nghe lầm ra số"),
        title="Nghe đúng",
    )
    for channel, name, row in rows:
        accuracy.add_row(
            *(channel, name, f"{_percent(row['string_accuracy'])} ({row['strings']})"),
            *(_percent(row["within_one_accuracy"]), _percent(row["digit_error_rate"])),
            *(_percent(row["digit_accuracy"]), _percent(row["false_reject"])),
            *(_percent(row["yes_no_accuracy"]), _percent(row["false_accept"])),
        )
    out.print(accuracy)
    speed = Table(
        *("Đường", Column("Máy nghe", no_wrap=True), "RTF", "Cuộc gọi mỗi lõi"),
        *("Kết quả p50/p95", "Hiện chữ số p50/p95", "Nạp", "Bộ nhớ"),
        title="Tốc độ",
    )
    for channel, name, row in rows:
        speed.add_row(
            *(channel, name, _number(row["rtf"], ".3f"), _number(row["streams_per_core"], ".0f")),
            *(_times(row["finish_ms"]), _times(row["digit_final_ms"])),
            *(_number(row["load_s"], ".1f", " s"), _number(row["rss_mb"], ".0f", " MB")),
        )
    out.print(speed)
    for channel, name, row in rows:
        if pairs := row["confusions"][:5]:
            listed = ", ".join(f"{pair['said'] or '+'}→{pair['heard'] or '∅'} {pair['count']}" for pair in pairs)
            out.print(f"Lẫn nhiều nhất, {name} · {channel}: {listed}")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "-" if value is None else f"{value:{form}}{unit}"


def _times(times: Mapping[str, Any]) -> str:
    return f"{times['p50']:.0f}/{times['p95']:.0f} ms" if times["n"] else "-"
