"""`nhanh8 evaluate`: how well engines hear people; figures, never verdicts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

import bot
from bot.app import recognizer, recognizer_names
from bot.asr.voice_detectors import DETECTORS, installed, voice_detector
from bot.cli.context import err, out, progress
from bot.cli.evaluate_calls import calls
from bot.cli.evaluate_compare import compare as compare_reports
from bot.errors import ModelError
from bot.evaluate.channels import CHANNEL_NAMES, CHANNELS, is_channel
from bot.evaluate.cluster import on_cluster
from bot.evaluate.digits import compare, seconds_to_hear
from bot.evaluate.extra import extra
from bot.evaluate.journal import Journal, run_name, state_of
from bot.evaluate.material import Material, from_clips, from_recordings
from bot.evaluate.recordings import read_clips, read_recordings
from bot.evaluate.report import open_folder, write_audio, write_report
from bot.evaluate.voice_activity import measure
from bot.evaluate.voice_scene import voice_scene
from bot.evaluate.workers import Crew, on_this_machine
from bot.ports import Recognizer
from bot.settings import Settings

app = typer.Typer(
    help="Đánh giá bằng lời người thật: nghe chữ số đúng bao nhiêu, dò tiếng nói đúng bao nhiêu.", no_args_is_help=True
)
app.command("compare")(compare_reports)
app.command("calls")(calls)


@app.command()
def digits(
    context: typer.Context,
    segments: Path | None = typer.Option(None, help="Bảng các đoạn thu (segments.tsv) cạnh các gói âm thanh."),
    recordings: Path | None = typer.Option(
        None,
        "--csv",
        help="CSV cạnh các WAV, hoặc thư mục của chúng; cột file, code hoặc text (điều được nói), speaker, dialect.",
    ),
    split: str = typer.Option("dev", help="Phần nào của segments.tsv."),
    engine: list[str] = typer.Option(
        [], help="Máy nghe nào, dùng được nhiều lần; TÊN=THƯ_MỤC cho mô hình Vosk khác. Bỏ trống: mọi máy có ở đây."
    ),
    channel: list[str] = typer.Option([], help=f"Đường truyền: {CHANNEL_NAMES}; nhiều lần được. Mặc định g711."),
    codes: int = typer.Option(200, min=1, help="Ghép bao nhiêu mã số."),
    clips: int = typer.Option(150, min=0, help="Nghe nhiều nhất bao nhiêu đoạn thuộc mỗi loại khác."),
    seed: int = typer.Option(8, help="Cùng số này thì cùng mã số, cùng đường truyền."),
    jobs: int | None = typer.Option(
        None, min=1, help="Bao nhiêu tiến trình nghe cùng lúc; bỏ trống: mỗi lõi một; 1 để đo độ trễ."
    ),
    cluster: str | None = typer.Option(
        None, help="Nghe trên cụm máy Dask có bộ điều phối ở địa chỉ này, như tcp://10.0.0.5:8786, thay cho --jobs."
    ),
    save_audio: bool = typer.Option(False, "--save-audio", help="Ghi các mã số như máy đã nghe vào report/audio/."),
    folder: Path = typer.Option(
        Path("report"), "--out", help="Thư mục báo cáo: index.html, result.json, strings.tsv, heard.jsonl, junit.xml."
    ),
    as_json: bool = typer.Option(False, "--json", help="In result.json thay cho bảng."),
) -> None:
    """Cho mọi máy nghe cùng những mã số qua cùng đường điện thoại, rồi so sánh.

    Ctrl-C thì dừng; chạy lại đúng lệnh ấy thì nghe tiếp phần còn lại.
    """
    settings: Settings = context.obj.settings
    channels = _channels(channel) or ["g711"]
    engines = _engines(settings, engine)
    jobs = jobs or len(os.sched_getaffinity(0))
    crew = on_cluster(cluster) if cluster else on_this_machine(jobs)
    for library in ("jiwer", "matplotlib", "jinja2", "soundfile"):
        extra(library)  # what is missing is told before minutes of work
    open_folder(folder)
    if segments and not recordings:
        progress("Đọc bảng và ghép mã số")
        material = from_clips(read_clips(segments, split=split), codes=codes, most=clips, seed=seed)
    elif recordings and not segments:
        material = from_recordings(read_recordings(recordings, settings.code.lengths))
    else:
        raise typer.BadParameter("cần đúng một trong --segments và --csv.")
    run = run_name(material, channels, seed, _identity(settings, engines))
    with Journal(folder, run) as journal:
        figures, outcomes = _compare(engines, material, channels, journal, settings, seed=seed, crew=crew)
        result = {
            "channel": channels[0],
            "made_of": f"pasted clips, split {split}" if segments else "recorded codes",
            "split": split if segments else None,
            "seed": seed,
            "jobs": None if cluster else jobs,
            "engines": figures[channels[0]]["engines"],
            "channels": figures,
        }
        progress("Viết báo cáo")
        if save_audio:
            write_audio(folder, material, channels, seed)
        write_report(folder, result, outcomes, material, audio=save_audio)
        journal.discard()
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _show(figures)
    out.print(f"Xem: {folder / 'index.html'}; số liệu: {folder / 'result.json'}, từng mã số: {folder / 'strings.tsv'}")


@app.command("voice-activity")
def voice_activity(
    segments: Path = typer.Option(..., help="Bảng các đoạn thu (segments.tsv) cạnh các gói âm thanh."),
    split: str = typer.Option("dev", help="Phần nào của segments.tsv."),
    source: list[str] = typer.Option([], help="Chỉ các nguồn này, như s25; dùng được nhiều lần."),
    channel: list[str] = typer.Option([], help=f"Đường truyền: {CHANNEL_NAMES}. Mặc định: {', '.join(CHANNELS[1:])}."),
    detector: list[str] = typer.Option(
        [], help="LOẠI-MỨC+RMS~MS, hoặc hai bộ nối bằng &; nhiều lần được. Mặc định mọi bộ dò đã cài."
    ),
    clips: int = typer.Option(40, min=1, help="Bao nhiêu câu nói mỗi loại."),
    windows: int = typer.Option(6, min=1, help="Bao nhiêu đoạn 10 giây cho mỗi thứ tiếng ồn."),
    seed: int = typer.Option(8, help="Cùng số này thì cùng câu nói, cùng đường truyền."),
    as_json: bool = typer.Option(False, "--json", help="In JSON thay cho bảng."),
) -> None:
    """So sánh các bộ dò tiếng nói: nghe thấy người nói lúc nào, khi nào coi là nói xong, tiếng ồn có bị nhầm không."""
    names = list(dict.fromkeys(detector)) or [name for name in DETECTORS if installed(name)]
    loads = {name: partial(voice_detector, name) for name in names}
    for load in loads.values():
        load()  # a wrong name is told before minutes of work
    channels = _channels(channel) or [name for name in CHANNELS if name != "clean"]
    progress("Đọc bảng và ghép câu nói")
    spoken = [clip for clip in read_clips(segments, split=split) if not source or clip.source in source]
    scene = voice_scene(spoken, most=clips, windows=windows, seed=seed)
    figures = {}
    for name, load in loads.items():
        progress(name)
        figures[name] = measure(load, scene, channels, seed=seed)
    if as_json:
        made = {"split": split, "seed": seed, "utterances": len(scene.spoken), "unclear": scene.unclear}
        print(json.dumps({**made, "detectors": figures}, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _show_voice_activity(figures)
    out.print("Tiếng ho, sập cửa, gõ, xì là tiếng tổng hợp. Đầu và cuối lời nói: theo năng lượng của bản thu sạch.")


def _channels(asked: list[str]) -> list[str]:
    if unknown := [name for name in asked if not is_channel(name)]:
        raise typer.BadParameter(f"không có đường truyền {', '.join(unknown)}; chọn trong {CHANNEL_NAMES}.")
    return list(dict.fromkeys(asked))


def _engines(settings: Settings, asked: list[str]) -> dict[str, partial[Recognizer]]:
    here = recognizer_names(settings)
    loads: dict[str, partial[Recognizer]] = {}
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


def _identity(settings: Settings, engines: Mapping[str, partial[Recognizer]]) -> object:
    """All that an answer depends on besides the audio: settings, the files of the models, and our own code."""
    models = {load.args[0].model_dir for load in engines.values()}
    folders = [*sorted(models), settings.root / "models" / "vietasr-digits", Path(bot.__file__).parent]
    return [(name, load.args) for name, load in engines.items()], state_of(folders)


def _compare(
    engines: Mapping[str, partial[Recognizer]],
    material: Material,
    channels: list[str],
    journal: Journal,
    settings: Settings,
    *,
    seed: int,
    crew: Crew,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """With a progress bar in seconds of audio; Ctrl-C says how far it came."""
    if len(journal):
        progress(f"Nghe tiếp lần chạy dở: đã nghe {len(journal)} lần (xóa {journal.path} thì nghe lại từ đầu)")
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
                engines,
                material,
                channels,
                journal,
                lengths=settings.code.lengths,
                seed=seed,
                crew=crew,
                progress=advance,
            )
        except KeyboardInterrupt:
            bar.stop()
            err.print(f"Dừng sau {heard_s:.0f} trên {total:.0f} giây âm thanh. Chạy lại đúng lệnh này để nghe tiếp.")
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


def _show_voice_activity(figures: Mapping[str, Any]) -> None:
    first = Column("Bộ dò", no_wrap=True)
    speech = Table(
        *("Đường", first, "Thấy ≤ 100/200/300 ms", "Sót", "Nghe được", "Mất trong lỗ", "Cắt lời"), title="Người nói"
    )
    ends = Table(
        *("Đường", first, "Hết lời p50/p95", "Không dứt", "Ngắt trợ lý 200/400 ms", "Nhầm khi im"),
        title="Người nói xong",
    )
    for name, channel, row in _rows(figures, "channels"):
        speech.add_row(
            *(channel, name, _percents(row, "onset_100", "onset_200", "onset_300"), _percent(row["missed"])),
            *(_percent(row["found"]), _percent(row["cut"]), _percent(row["cut_off"])),
        )
        end = row["end_ms"]
        ends.add_row(
            *(channel, name, f"{_number(end['p50'], '.0f')}/{_number(end['p95'], '.0f')} ms"),
            *(_percent(row["never_ends"]), _percents(row, "stops_200", "stops_400"), _percent(row["idle"])),
        )
    noise = Table("Tiếng", first, "Khung nhầm", "Ngắt trợ lý 200/400 ms", title="Không ai nói với trợ lý, mỗi 10 giây")
    for name, kind, row in _rows(figures, "without_speech"):
        noise.add_row(kind, name, _percent(row["frames"]), _percents(row, "stops_200", "stops_400"))
    sounds = Table(
        "Tiếng", first, "Nhầm là nói", "Coi là bắt đầu nói", "Ngắt trợ lý 200/400 ms", title="Tiếng động ngắn"
    )
    for name, kind, row in _rows(figures, "sounds"):
        voiced = _number(row["voiced_ms"], ".0f", " ms")
        sounds.add_row(kind, name, voiced, _percent(row["begins"]), _percents(row, "stops_200", "stops_400"))
    cost = Table(first, "Mỗi khung 20 ms", "Bộ nhớ", title="Giá")
    for name, row in figures.items():
        cost.add_row(name, _number(row["frame_us"], ".0f", " µs"), _number(row["rss_mb"], ".0f", " MB"))
    for table in (speech, ends, noise, sounds, cost):
        out.print(table)


def _rows(figures: Mapping[str, Any], part: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """(detector, kind, row), the detectors of one kind together."""
    kinds = next(iter(figures.values()))[part]
    return [(name, kind, of[part][kind]) for kind in kinds for name, of in figures.items()]


def _percents(row: Mapping[str, Any], *names: str) -> str:
    return "/".join("-" if row[name] is None else f"{row[name]:.0%}" for name in names)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "-" if value is None else f"{value:{form}}{unit}"


def _times(times: Mapping[str, Any]) -> str:
    return f"{times['p50']:.0f}/{times['p95']:.0f} ms" if times["n"] else "-"
