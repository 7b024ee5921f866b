"""`nhanh8 bench refusals`: whether the time of a refusal tells its cause."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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

NOBODYS: Final = "9999999999"
_NAME: Final = "Người Thử"
_CALLS = count()


def refusals(
    context: typer.Context,
    repeats: int = typer.Option(100, min=10, help="Mỗi lý do bao nhiêu lần."),
    seed: int = typer.Option(8),
    as_json: bool = JSON,
) -> None:
    """Qua thời gian chờ có đoán được vì sao bị từ chối không: so phân bố của từng lý do (Kolmogorov-Smirnov)."""
    with tempfile.TemporaryDirectory() as folder, _hall(context.obj.settings, Path(folder), repeats) as service:
        progress(f"Từ chối {repeats} lần cho mỗi lý do")
        told = figures(measure(_causes(service, repeats), repeats, seed))
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
        limits=LimitSettings(per_caller=3, first_wait_s=3600),
    )
    migrate(own.accounts_url, key_file=own.data_key_file)
    register = account_register(own)
    for number in range(repeats + 1):
        register.add(code=_code(number), phone=_phone(number), name=_NAME)
        register.add(code=_disabled_code(number), phone=_disabled_phone(number), name=_NAME)
        register.set_disabled(_disabled_code(number), True)
    register.close()
    directory = account_directory(own)
    service = reset_service(own, directory, SecretVault(SystemClock(), own.password.speak_within_s))
    for _ in range(own.limits.per_caller):  # the owner who has to wait
        _refuse(service, _phone(repeats), NOBODYS)
    try:
        yield service
    finally:
        directory.close()


def _causes(service: ResetService, repeats: int) -> dict[str, Ask]:
    """Each cause's requests; all but those of the owner who waits are from numbers that have not failed."""
    for number in range(repeats):
        _refuse(service, _stranger(5, number), NOBODYS, call=_spent(number))
    return {
        "số lạ, mã số có thật": lambda number: _refuse(service, _stranger(1, number), _code(number)),
        "số đã đăng ký, mã số lạ": lambda number: _refuse(service, _phone(number), NOBODYS),
        "số và mã số của hai người": lambda number: _refuse(service, _disabled_phone(number), _code(number)),
        "số lạ, mã số lạ": lambda number: _refuse(service, _stranger(2, number), NOBODYS),
        "đang phải chờ": lambda _: _refuse(service, _phone(repeats), _code(repeats)),
        "tài khoản đã ngừng": lambda number: _refuse(service, _disabled_phone(number), _disabled_code(number)),
        "hết lượt trong cuộc gọi": lambda number: _refuse(
            service, _stranger(5, number), _code(number), call=_spent(number)
        ),
    }


def _refuse(service: ResetService, phone: str, code: str, call: str | None = None) -> None:
    if service.request(Caller(call or f"bench {next(_CALLS)}", phone, "bench"), code).outcome is ResetOutcome.ISSUED:
        raise Nhanh8Error("Một lượt lẽ ra bị từ chối đã được cấp mật khẩu: phép đo không dùng được.")


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
