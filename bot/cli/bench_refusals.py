"""`nhanh8 bench refusals`: whether the time of a refusal tells its cause."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table

from bot.accounts.migrate import migrate
from bot.app import SystemClock, account_directory, account_register, reset_service
from bot.cli.bench import JSON
from bot.cli.context import out, progress
from bot.errors import Nhanh8Error
from bot.evaluate.refusals import Ask, figures, measure
from bot.ports import Caller
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretVault
from bot.settings import AccountSettings, LimitSettings, Settings

WAITS_AFTER: Final = 3
_NAME: Final = "Người Thử"
_ENDING, _WRONG_ENDING = "2468", "2469"  # of everybody's citizen's number
_CALLS, _CODES = count(), count()


def refusals(
    context: typer.Context,
    repeats: int = typer.Option(100, min=10, help="Mỗi lý do bao nhiêu lần."),
    seed: int = typer.Option(8),
    as_json: bool = JSON,
) -> None:
    """Qua thời gian chờ có đoán được vì sao bị từ chối không: so phân bố của từng lý do (Kolmogorov-Smirnov)."""
    settings = context.obj.settings
    ending = _ENDING if settings.call.second_factor == "citizen_id" else None
    with tempfile.TemporaryDirectory() as folder, _hall(settings, Path(folder), repeats) as service:
        progress(f"Từ chối {repeats} lần cho mỗi lý do")
        told = figures(measure(_causes(service, repeats, ending), repeats, seed))
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _print(told)


def _print(told: dict[str, Any]) -> None:
    table = Table("Lý do", "p50", "p95", "p", "CPU p50", "CPU p95", "p", title="Thời gian từ chối (ms)")
    for cause, row in told["causes"].items():
        times = [f"{row[f'{kind}_{at}_ms']:.1f}" for kind in ("wall", "cpu") for at in ("p50", "p95")]
        table.add_row(cause, *times[:2], f"{row['wall_p']:.3f}", *times[2:], f"{row['cpu_p']:.3f}")
    out.print(table)
    out.print(f"p nhỏ nhất, đã nhân với số phép thử: {told['smallest_p']:.3f}. Dưới 0.05: có lý do phân biệt được.")


@contextmanager
def _hall(settings: Settings, folder: Path, repeats: int) -> Iterator[ResetService]:
    """The real service over a database of its own; in it each repeat has an owner, and one who is disabled."""
    own = replace(
        settings,
        call=replace(settings.call, tries=1),
        accounts=AccountSettings(url=f"sqlite:///{folder}/bench.db"),
        limits=LimitSettings(per_caller=WAITS_AFTER, first_wait_s=3600),
    )
    migrate(own.accounts_url, key_file=own.data_key_file)
    register = account_register(own)
    for number in range(2 * repeats):
        register.add(code=_code(number), phone=_phone(number), name=_NAME, citizen_id=_ENDING)
        register.add(code=_disabled_code(number), phone=_disabled_phone(number), name=_NAME)
        register.set_disabled(_disabled_code(number), True)
    register.close()
    directory = account_directory(own)
    try:
        yield reset_service(own, directory, SecretVault(SystemClock(), own.password.speak_within_s))
    finally:
        directory.close()


def _causes(service: ResetService, repeats: int, ending: str | None) -> dict[str, Ask]:
    """Each cause's requests. Failures are counted by number and code, so each request is about others, and what was
    counted before it is as little as its cause allows.
    """
    refuse = partial(_refuse, service, ending=ending)
    for number in range(repeats):
        refuse(_stranger(5, number), _nobodys(), call=_spent(number))
        for _ in range(WAITS_AFTER):
            refuse(_phone(repeats + number), _nobodys())
    causes: dict[str, Ask] = {
        "số lạ, mã số có thật": lambda number: refuse(_stranger(1, number), _code(number)),
        "số đã đăng ký, mã số lạ": lambda number: refuse(_phone(number), _nobodys()),
        "số và mã số của hai người": lambda number: refuse(_disabled_phone(repeats + number), _code(number)),
        "số lạ, mã số lạ": lambda number: refuse(_stranger(2, number), _nobodys()),
        "đang phải chờ": lambda number: refuse(_phone(repeats + number), _code(repeats + number)),
        "tài khoản đã ngừng": lambda number: refuse(_disabled_phone(number), _disabled_code(number)),
        "hết lượt trong cuộc gọi": lambda number: refuse(_stranger(5, number), _code(number), call=_spent(number)),
    }
    if ending:
        causes["sai số căn cước"] = lambda number: refuse(_phone(number), _code(number), ending=_WRONG_ENDING)
    return causes


def _refuse(
    service: ResetService, phone: str, code: str, *, call: str | None = None, ending: str | None = None
) -> None:
    caller = Caller(call or f"bench {next(_CALLS)}", phone, "bench")
    if service.request(caller, code, ending).outcome is ResetOutcome.ISSUED:
        raise Nhanh8Error("Một lượt lẽ ra bị từ chối đã được cấp mật khẩu: phép đo không dùng được.")


def _nobodys() -> str:
    return f"99{next(_CODES):08}"


def _code(number: int) -> str:
    return f"10{number:08}"


def _phone(number: int) -> str:
    return f"04{number:08}"


def _disabled_code(number: int) -> str:
    return f"20{number:08}"


def _disabled_phone(number: int) -> str:
    return f"06{number:08}"


def _stranger(kind: int, number: int) -> str:
    return f"03{kind}{number:07}"


def _spent(number: int) -> str:
    """A call in which no try is left."""
    return f"spent {number}"
