"""`nhanh8 design test`: Rasa's test stories and e2e cases, as text or spoken; and what they leave untouched."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from bot.app import CALLER_VOICES, caller_voices, trial_accounts
from bot.cli.case_runs import Spoken, Typed, opened, played
from bot.cli.context import out, progress
from bot.cli.design import near_sources
from bot.design.case_files import case_files, read_cases
from bot.design.case_report import CaseResult, junit_suites, transcript
from bot.design.cases import Case, is_named
from bot.design.coverage import Coverage, coverage
from bot.design.rasa_stories import StoryResult, run_stories
from bot.design.sources import read_design
from bot.errors import ScriptError
from bot.evaluate.channels import CHANNEL_NAMES, is_channel
from bot.evaluate.extra import extra
from bot.evaluate.junit import Case as JunitCase
from bot.evaluate.junit import write_junit
from bot.settings import Settings

PLUMBING = (
    "Giọng tổng hợp chỉ cho biết các phần có nối đúng với nhau không, không nói máy nghe người thật giỏi đến đâu; "
    "một ca có thể sai chỉ vì máy nghe nhầm."
)
KINDS = {"wordings": "cách nói", "rules": "luật và truyện", "slots": "slot", "intents": "ý định"}


def run_tests(
    context: typer.Context,
    which: list[str] = typer.Argument(
        None, metavar="[TỆP | TÊN]...", help="Tệp ca thử (.yml), hoặc một phần tên ca; bỏ trống là tất cả."
    ),
    audio: bool = typer.Option(False, "--audio", help=f"Gọi thật, người gọi nói bằng giọng tổng hợp. {PLUMBING}"),
    voices: list[str] = typer.Option(
        None, "--voice", help=f"Giọng người gọi với --audio; lặp lại được. Mặc định: {', '.join(CALLER_VOICES)}."
    ),
    channels: list[str] = typer.Option(
        ["g711"], "--channel", help=f"Đường dây với --audio; lặp lại được: {CHANNEL_NAMES}."
    ),
    junit: Path | None = typer.Option(None, "--junit", help="Ghi kết quả vào tệp XML của JUnit."),
    as_json: bool = typer.Option(False, "--json", help="In JSON cho máy đọc."),
) -> None:
    """Chạy ca thử nlu_data/tests/e2e/*.yml và truyện thử của Rasa; mã thoát 1 nếu có ca nào sai.

    Ca sai được in từng lượt, kèm tệp và dòng. Sau cùng là những câu, luật, slot, ý định chưa ca nào chạm tới. Cách viết
    ca thử: đầu tệp nlu_data/tests/e2e/fixtures.yml. Tài khoản riêng: không mật khẩu nào bị đổi.
    """
    settings: Settings = context.obj.settings
    which = which or []
    _check_channels(channels)
    sources = near_sources(settings)
    progress("Đọc ca thử")
    design = read_design(sources)
    files = [Path(each) for each in which if Path(each).suffix in (".yml", ".yaml")]
    names = [each for each in which if Path(each) not in files]
    written = read_cases(files or case_files(sources.cases_dir), design, settings)
    cases = [case for case in written if is_named(case.name, names)]
    told = [] if audio or files else [story for story in design.tests if is_named(story.name, names)]
    if not cases and not told:
        raise ScriptError(f"Không có ca nào tên chứa “{'”, “'.join(names)}”. Bỏ bớt chữ, hoặc viết ca đó.")
    with ExitStack() as closing_all:
        folder = closing_all.enter_context(tempfile.TemporaryDirectory())
        accounts = closing_all.enter_context(closing(trial_accounts(Path(folder))))
        speaking = opened(settings, voices or caller_voices(settings), closing_all) if audio else {}
        results = played(cases, Spoken(speaking, channels) if audio else Typed(), accounts)
    if told:
        progress("Chạy truyện thử của Rasa")
    stories = run_stories(sources.model, tuple(told))
    covered = coverage(design, (result.played for result in results))
    if junit:
        _write_junit(junit, results, stories)
    if as_json:
        print(_as_json(results, stories, covered))  # noqa: T201 - for machines
    else:
        _show(results, stories, cases)
        if audio:
            _show_voices(results)
        _show_coverage(covered, everything=not which)
    if _failed(results) + _failed(stories):
        raise typer.Exit(1)


def _check_channels(channels: Sequence[str]) -> None:
    """What is missing is told before minutes of work."""
    for channel in channels:
        if not is_channel(channel):
            raise ScriptError(f"Không có đường dây {channel!r}. Có thể dùng: {CHANNEL_NAMES}.")
        if channel == "gsm":
            extra("soundfile")


def _show(results: Sequence[CaseResult], stories: Sequence[StoryResult], cases: Sequence[Case]) -> None:
    for result in results:
        if result.failures:
            out.print(f"[bold red]✗ {escape(result.title)}[/] [dim]{escape(str(result.case.at))}[/]")
            for line in transcript(result):
                out.print(f"    {escape(line)}")
            for failure in result.failures:
                out.print(f"    [red]{escape(f'{failure.at}: {failure.message}')}[/]")
    for story in stories:
        if story.failures:
            out.print(f"[bold red]✗ Truyện thử “{escape(story.name)}”[/] [dim]{escape(str(story.at))}[/]")
            for problem in story.failures:
                out.print(f"    [red]{escape(problem)}[/]")
    skipped = len(cases) - len({id(result.case) for result in results})
    out.print(
        f"Ca thử: {_counted(results)}"
        + (f", bỏ qua {skipped} ca chỉ chạy được ở mức chữ" if skipped else "")
        + (f". Truyện thử của Rasa: {_counted(stories)}" if stories else "")
        + "."
    )


def _counted(results: Sequence[CaseResult] | Sequence[StoryResult]) -> str:
    wrong = _failed(results)
    return f"{len(results) - wrong} đúng, {wrong} sai"


def _failed(results: Sequence[CaseResult] | Sequence[StoryResult]) -> int:
    return sum(bool(result.failures) for result in results)


def _show_voices(results: Sequence[CaseResult]) -> None:
    table = Table("Giọng", "Đường dây", "Đúng", "Ca")
    held = Counter((result.voice, result.channel) for result in results)
    right = Counter((result.voice, result.channel) for result in results if not result.failures)
    for way, count in held.items():
        table.add_row(*way, str(right[way]), str(count))
    out.print(table)
    out.print(PLUMBING)


def _show_coverage(covered: Coverage, *, everything: bool) -> None:
    shares = (f"{KINDS[kind]} {share.touched}/{share.count}" for kind, share in covered.shares.items())
    out.print(f"Đã chạm tới: {', '.join(shares)}{'' if everything else ' (chỉ tính các ca vừa chạy)'}.")
    for kind, share in covered.shares.items() if everything else ():
        for name, at in share.untouched.items():
            out.print(f"[yellow]{escape(str(at))}[/]: chưa ca nào chạm tới {KINDS[kind]} {escape(name)}")


def _as_json(results: Sequence[CaseResult], stories: Sequence[StoryResult], covered: Coverage) -> str:
    figures = {
        "failed": _failed(results) + _failed(stories),
        "cases": [result.as_json() for result in results],
        "stories": [story.as_json() for story in stories],
        "coverage": covered.as_json(),
    }
    return json.dumps(figures, ensure_ascii=False, indent=2)


def _write_junit(file: Path, results: Sequence[CaseResult], stories: Sequence[StoryResult]) -> None:
    suites = junit_suites(results)
    for story in stories:
        failure = "; ".join(story.failures) or None
        suites.setdefault(story.at.file.stem, []).append(JunitCase(name=story.name, seconds=0.0, failure=failure))
    write_junit(file, suites, command="nhanh8 design test")
