"""`nhanh8 design`: what conversation designers check and look at before anybody calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.markup import escape

from bot.app import bot_voice, dialogue_sources, prompt_library, wide_band_ears
from bot.cli.context import err, out, progress
from bot.design.calls import count_calls, read_calls
from bot.design.checks import Recordings, check_design
from bot.design.findings import Finding, Severity
from bot.design.graph import conversation
from bot.design.picture import svg
from bot.design.prompts import MOST_S, Voice
from bot.design.sources import read_design
from bot.dialogue.training import DialogueSources
from bot.errors import DialogueError
from bot.ports import Synthesizer
from bot.settings import Settings

app = typer.Typer(help="Thiết kế hội thoại: kiểm tra nlu_data/, vẽ thành sơ đồ, chạy ca thử.", no_args_is_help=True)

MARKS = {Severity.ERROR: "[red]lỗi[/]", Severity.WARNING: "[yellow]nên xem[/]"}


@app.command()
def check(
    context: typer.Context,
    most_s: float = typer.Option(
        MOST_S, "--max-seconds", min=1, help="Câu dài hơn thì nhắc; không tính số đọc vào chỗ {...}."
    ),
    heard: bool = typer.Option(False, "--heard", help="Cho máy (viet-asr) nghe lại các bản thu của người."),
    as_json: bool = typer.Option(False, "--json", help="In JSON cho máy đọc."),
) -> None:
    """Kiểm tra mọi thứ trong nlu_data/ và bản thu, kèm tệp và dòng; mã thoát 1 nếu có lỗi, 0 nếu chỉ có điều nên xem.

    Không dò được: từ bị nghe sót, luật bị not_intent hay ignored_intents chặn, thứ tự sự kiện giữa nhiều luật.
    """
    settings: Settings = context.obj.settings
    with _lazy_voice(settings) as voice:
        recordings = Recordings(
            folder=near(settings.prompts_dir),
            library=lambda: prompt_library(settings),
            voice=voice,
            recognizer=wide_band_ears() if heard else None,
            most_s=most_s,
        )
        with err.status("Đang kiểm tra…"):
            findings = check_design(near_sources(settings), recordings, progress)
    if as_json:
        print(_as_json(findings))  # noqa: T201 - for machines
    else:
        _show(findings)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)


@app.command()
def graph(
    context: typer.Context,
    file: Path = typer.Option(Path("conversation.svg"), "--out", help="Tệp SVG; mở bằng trình duyệt."),
    calls: Path | None = typer.Option(
        None, "--calls", help="Tệp hoặc thư mục .jsonl do --events ghi: ghi lên sơ đồ bao nhiêu cuộc gọi đi lối nào."
    ),
) -> None:
    """Vẽ hội thoại từ luật, truyện và biểu mẫu: trợ lý nói gì, người gọi có thể nói gì, rồi đi đâu."""
    progress("Đọc nlu_data/")
    drawn = conversation(read_design(near_sources(context.obj.settings)))
    counts = None
    if calls:
        held = read_calls(calls)
        progress(f"Dò đường đi của {len(held)} cuộc gọi")
        counts = count_calls(drawn, held)
    progress("Vẽ")
    picture = svg(drawn, counts)
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise DialogueError(f"Không ghi được {file}: {error.strerror}. Chọn chỗ khác bằng --out.") from None
    out.print(f"{file}: {len(drawn.nodes)} nút, {len(drawn.edges)} lối đi. Mở bằng trình duyệt.")


def _show(findings: Iterable[Finding]) -> None:
    count: Counter[Severity] = Counter()
    for finding in findings:
        count[finding.severity] += 1
        out.print(f"{escape(str(finding.at))}: {MARKS[finding.severity]}: {escape(finding.message)}")
    if not count:
        out.print("[green]✓[/] Không có gì phải sửa.")
        return
    out.print(f"{count[Severity.ERROR]} lỗi, {count[Severity.WARNING]} điều nên xem.")


def _as_json(findings: list[Finding]) -> str:
    count = Counter(finding.severity for finding in findings)
    figures = {"errors": count[Severity.ERROR], "warnings": count[Severity.WARNING]}
    return json.dumps({**figures, "findings": [each.as_json() for each in findings]}, ensure_ascii=False, indent=2)


@contextmanager
def _lazy_voice(settings: Settings) -> Iterator[Voice]:
    """The bot's voice, opened when something has no recording to measure."""
    opened: list[Synthesizer] = []

    def voice() -> Synthesizer:
        if not opened:
            opened.append(bot_voice(settings))
        return opened[0]

    try:
        yield voice
    finally:
        for each in opened:
            each.close()


def near_sources(settings: Settings) -> DialogueSources:
    """What the dialogue is trained from, with paths as seen from here."""
    sources = dialogue_sources(settings)
    return DialogueSources(near(sources.config), near(sources.nlu_dir), near(sources.models_dir))


def near(path: Path) -> Path:
    """As seen from here, so that editors and terminals can open what is printed."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
