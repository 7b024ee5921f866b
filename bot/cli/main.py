"""The command line's entry, and what every command shares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from bot import __version__
from bot.cli import (
    accounts,
    bench,
    bench_line,
    bench_refusals,
    bench_soak,
    bench_turn_taking,
    bench_voice,
    calls,
    checks,
    design,
    design_test,
    evaluate,
    models,
    privacy,
    prompts,
    serve,
    studio,
    training,
)
from bot.cli.context import Context
from bot.cli.vietnamese import UsageError, speak_vietnamese, usage_sentence
from bot.errors import Nhanh8Error

HELP = """Trợ lý thoại nhánh 8: cấp lại mật khẩu VssID qua điện thoại, hoàn toàn ngoại tuyến.

Mã thoát của call, talk, chat: 0 đã cấp mật khẩu, 20 không khớp, 21 không nghe được, 22 ẩn số, 23 người gọi hủy,
24 muốn gặp người, 25 người gọi gác máy, 26 quá thời gian, 27 cơ sở dữ liệu bận, 28 lỗi bên trong, 29 khác kịch bản.
Lỗi: 3 cấu hình, 4 tệp âm thanh hoặc kịch bản, 5 mô hình, 6 giọng nói, 7 micrô và loa, 8 hội thoại, 9 cơ sở dữ liệu,
10 cổng mạng, 11 cụm máy Dask."""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command("call")(calls.call)
app.command("talk")(calls.talk)
app.command("chat")(calls.chat)
app.command("serve")(serve.serve)
app.command("studio")(studio.studio)
app.command("train")(training.train)
app.add_typer(prompts.app, name="prompts")
app.add_typer(accounts.app, name="accounts")
app.add_typer(privacy.app, name="privacy")
app.add_typer(models.app, name="models")
app.command("check")(checks.check)
design.app.command("test")(design_test.run_tests)
app.add_typer(design.app, name="design")
bench.app.command("line")(bench_line.line)
bench.app.command("refusals")(bench_refusals.refusals)
bench.app.command("soak")(bench_soak.soak)
bench.app.command("turn-taking")(bench_turn_taking.turn_taking)
bench.app.command("voice")(bench_voice.voice)
app.add_typer(bench.app, name="bench")
app.add_typer(evaluate.app, name="evaluate")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"nhanh8 {__version__}")  # noqa: T201 - what was asked for
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Path = typer.Option(Path("config.yml"), help="Tệp cấu hình; thư mục của nó là thư mục dự án."),
    accounts_url: str | None = typer.Option(None, "--accounts", help="URL cơ sở dữ liệu; thay cho cấu hình."),
    log_level: str | None = typer.Option(None, help="debug, info, warning hoặc error; thay cho cấu hình."),
    _: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="In phiên bản."),
) -> None:
    context.obj = Context(config, accounts_url, log_level)


def main() -> None:
    """Run; an expected failure is one sentence and its exit code, never a traceback."""
    speak_vietnamese()
    try:
        ended = app(standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)  # what typer.Exit said
    except Nhanh8Error as error:
        _tell(str(error), error.exit_code)
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group of commands without one
            error.show()
            sys.exit(error.exit_code)
        _tell(usage_sentence(error), error.exit_code)
    except typer.Abort:
        _tell("Đã dừng.", 1)


def _tell(sentence: str, exit_code: int) -> NoReturn:
    Console(stderr=True).print(f"[bold red]Lỗi:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(exit_code)
