"""`nhanh8 accounts`: the account directory from the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.table import Table

from bot.accounts.account import masked
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.app import account_register
from bot.cli.context import out, progress

app = typer.Typer(help="Danh bạ tài khoản: tạo, xem, thêm, nhập và xuất CSV.", no_args_is_help=True)


@contextmanager
def _register(context: typer.Context) -> Iterator[AccountRegister]:
    migrate(context.obj.settings.accounts_url, progress)
    register = account_register(context.obj.settings)
    try:
        yield register
    finally:
        register.close()


@app.command("migrate")
def migrate_command(context: typer.Context) -> None:
    """Tạo hoặc nâng cấp cơ sở dữ liệu; chạy lại không hại gì."""
    migrate(context.obj.settings.accounts_url, out.print)


@app.command()
def seed(context: typer.Context) -> None:
    """Thêm vài tài khoản hư cấu để thử."""
    with _register(context) as register:
        done = register.seed_demo()
    out.print(f"Tài khoản thử: thêm {done.added}, sửa {done.updated}.")


@app.command("list")
def list_command(
    context: typer.Context,
    limit: int = typer.Option(20, min=1, help="Nhiều nhất bao nhiêu dòng."),
    show_digits: bool = typer.Option(False, "--show-digits", help="Hiện đủ mã số và số điện thoại."),
) -> None:
    """Liệt kê tài khoản; mã số và số điện thoại được che."""
    shown = str if show_digits else masked
    table = Table("Mã số", "Điện thoại", "Họ tên", "Phải đổi mật khẩu", "Hết hạn (UTC)")
    with _register(context) as register:
        for account in register.list_accounts(limit):
            expires = account.password_expires_at
            table.add_row(
                shown(account.person.code),
                shown(account.person.phone),
                account.person.name,
                "có" if account.must_change else "không",
                f"{expires:%Y-%m-%d %H:%M}" if expires else "",
            )
    out.print(table)


@app.command()
def add(
    context: typer.Context,
    code: str = typer.Option(..., help="Mã số BHXH."),
    phone: str = typer.Option(..., help="Số điện thoại đã đăng ký."),
    name: str = typer.Option(..., help="Họ tên."),
    email: str | None = typer.Option(None, help="E-mail, nếu có."),
) -> None:
    """Thêm một tài khoản; sửa thông tin tài khoản đã có thì dùng import."""
    with _register(context) as register:
        register.add(code=code, phone=phone, name=name, email=email)
    out.print("Đã lưu.")


@app.command("import")
def import_command(context: typer.Context, file: Path) -> None:
    """Nhập CSV có cột code,phone,name,email; có một dòng sai thì không nhập dòng nào."""
    with _register(context) as register:
        done = register.import_csv(file)
    out.print(f"Đã nhập {file}: thêm {done.added}, sửa {done.updated}.")


@app.command("export")
def export_command(context: typer.Context, file: Path) -> None:
    """Xuất mọi tài khoản ra CSV mà import đọc được, không có mật khẩu; chỉ chủ tệp đọc được."""
    with _register(context) as register:
        done = register.export_csv(file)
    out.print(f"Đã xuất {done} tài khoản ra {file}. Tệp chứa dữ liệu cá nhân: dùng xong thì xóa.")
