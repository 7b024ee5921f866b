"""`nhanh8 privacy`: what is kept about callers, and how it goes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import typer

from bot.app import privacy
from bot.cli.context import out
from bot.errors import AccountsError, SettingsError
from bot.privacy import WHY_ACCOUNT_STAYS, WHY_ATTEMPTS_STAY, Privacy

app = typer.Typer(
    help="Dữ liệu cá nhân (Luật 91/2025/QH15): xóa khi hết hạn, xuất và xóa theo yêu cầu của một người.",
    no_args_is_help=True,
)

NUMBER = typer.Option(None, help="Số điện thoại của người yêu cầu.")
CODE = typer.Option(None, help="Mã số BHXH của người yêu cầu; cả các cuộc gọi từ số đã đăng ký của họ.")
EVENTS = typer.Option(None, help="Thư mục sự kiện của nhanh8 serve --events.")
RECORD = typer.Option(None, help="Thư mục ghi âm của nhanh8 serve --record.")


@contextmanager
def _privacy(context: typer.Context, events: Path | None, record: Path | None) -> Iterator[Privacy]:
    opened = privacy(context.obj.settings, events, record)
    try:
        yield opened
    finally:
        opened.close()


@app.command("purge")
def purge_command(context: typer.Context, events: Path | None = EVENTS, record: Path | None = RECORD) -> None:
    """Xóa những gì đã hết hạn giữ (mục privacy của config.yml); nhanh8 serve tự làm mỗi ngày."""
    with _privacy(context, events, record) as it:
        gone = it.purge(datetime.now(timezone.utc))
    out.print(
        f"Đã xóa {gone.calls} hồ sơ cuộc gọi, {gone.attempts} lượt bị từ chối, {gone.errands} việc đã xong sau khi cấp "
        f"lại, {gone.errand_lines} dòng của after_reset.file, {gone.events} tệp sự kiện, {gone.recordings} bản ghi âm."
    )


@app.command("export")
def export_command(
    context: typer.Context,
    number: str | None = NUMBER,
    code: str | None = CODE,
    events: Path | None = EVENTS,
    record: Path | None = RECORD,
    to: Path | None = typer.Option(None, "--out", help="Ghi vào tệp mà chỉ chủ tệp đọc được; không có thì in ra."),
) -> None:
    """Xuất mọi điều đang lưu về một người ra JSON, để trả lời yêu cầu của họ; hãy xác minh người yêu cầu trước."""
    _one(number, code)
    with _privacy(context, events, record) as it:
        found = it.export(datetime.now(timezone.utc), code=code, number=number)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if to is None:
        print(text)  # noqa: T201 - what was asked for
        return
    try:
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise AccountsError(f"Không ghi được {to} ({error.strerror}). Chọn tên tệp khác.") from None
    out.print(f"Đã xuất ra {to}. Tệp chứa dữ liệu cá nhân: giao xong thì xóa.")


@app.command("delete")
def delete_command(
    context: typer.Context,
    number: str | None = NUMBER,
    code: str | None = CODE,
    events: Path | None = EVENTS,
    record: Path | None = RECORD,
    account: bool = typer.Option(False, "--account", help="Xóa cả tài khoản, khi cơ quan BHXH đã chấm dứt nó."),
    yes: bool = typer.Option(False, "--yes", help="Không hỏi lại."),
) -> None:
    """Xóa cuộc gọi của một người cùng sự kiện và ghi âm; nói rõ những gì phải giữ lại và vì sao."""
    _one(number, code)
    with _privacy(context, events, record) as it:
        held, files, lines = it.held(code=code, number=number)
        gone = f"{len(held.calls)} hồ sơ cuộc gọi, {len(files)} tệp sự kiện và ghi âm"
        gone += f", {len(lines)} dòng của after_reset.file" if lines else ""
        gone += f", {len(held.accounts)} tài khoản" if account else ""
        out.print(f"Sẽ xóa: {gone}.")
        if held.attempts:
            out.print(f"Giữ lại {len(held.attempts)} lượt bị từ chối. {WHY_ATTEMPTS_STAY}")
        if held.accounts and not account:
            out.print(f"Giữ lại {len(held.accounts)} tài khoản. {WHY_ACCOUNT_STAYS}")
        if not (events and record):
            out.print("Thư mục sự kiện hay ghi âm nào không được nêu (--events, --record) thì không được tìm trong đó.")
        out.print("Bản sao lưu và hồ sơ của tổng đài, nhà mạng nằm ngoài chương trình này.")
        if not yes and not typer.confirm("Xóa không lấy lại được. Xóa?"):
            raise typer.Exit(1)
        it.delete(code=code, number=number, account=account)
    out.print(f"Đã xóa {gone}.")


def _one(number: str | None, code: str | None) -> None:
    if (number is None) == (code is None):
        raise SettingsError("Nêu một người bằng --number hoặc bằng --code, chỉ một trong hai.")
