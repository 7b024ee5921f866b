"""`nhanh8 accounts`: the account directory from the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import typer
from rich.table import Table

from bot.accounts.account import masked
from bot.accounts.data_key import data_key, key_in, make_data_key
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.accounts.rekey import rekey
from bot.app import account_register, errand_worker, outbox
from bot.cli.context import out, progress
from bot.errors import AccountsError
from bot.ports import ErrandKind
from bot.settings import Settings

app = typer.Typer(help="Danh bạ tài khoản: tạo, xem, thêm, nhập và xuất CSV.", no_args_is_help=True)

ERRANDS = {ErrandKind.END_LOGINS: "hủy đăng nhập cũ", ErrandKind.TELL_OWNER: "báo chủ tài khoản"}


def _own_database(context: typer.Context) -> Settings:
    settings: Settings = context.obj.settings
    if settings.accounts.is_service:
        raise AccountsError("Tài khoản nằm ở dịch vụ của cơ quan (accounts.url trong config.yml): xem và sửa ở đó.")
    return settings


@contextmanager
def _register(context: typer.Context) -> Iterator[AccountRegister]:
    settings = _own_database(context)
    migrate(settings.accounts_url, progress, key_file=settings.data_key_file)
    register = account_register(settings)
    try:
        yield register
    finally:
        register.close()


@app.command("migrate")
def migrate_command(context: typer.Context) -> None:
    """Tạo hoặc nâng cấp cơ sở dữ liệu; chạy lại không hại gì."""
    settings = _own_database(context)
    migrate(settings.accounts_url, out.print, key_file=settings.data_key_file)


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
    table = Table("Mã số", "Điện thoại", "Họ tên", "Phải đổi mật khẩu", "Hết hạn (UTC)", "Đã ngừng")
    with _register(context) as register:
        for account in register.list_accounts(limit):
            expires = account.password_expires_at
            table.add_row(
                shown(account.person.code),
                shown(account.person.phone),
                account.person.name,
                "có" if account.must_change else "không",
                f"{expires:%Y-%m-%d %H:%M}" if expires else "",
                "có" if account.disabled else "",
            )
    out.print(table)


@app.command()
def add(
    context: typer.Context,
    code: str = typer.Option(..., help="Mã số BHXH."),
    phone: str = typer.Option(..., help="Số điện thoại đã đăng ký."),
    name: str = typer.Option(..., help="Họ tên."),
    email: str | None = typer.Option(None, help="E-mail, nếu có."),
    citizen_id: str | None = typer.Option(None, help="Số căn cước, hoặc 4 số cuối; chỉ 4 số cuối được giữ."),
) -> None:
    """Thêm một tài khoản; sửa thông tin tài khoản đã có thì dùng import."""
    with _register(context) as register:
        register.add(code=code, phone=phone, name=name, email=email, citizen_id=citizen_id)
    out.print("Đã lưu.")


@app.command("import")
def import_command(context: typer.Context, file: Path) -> None:
    """Nhập CSV có cột code,phone,name,email, có thể thêm citizen_id; có một dòng sai thì không nhập dòng nào."""
    with _register(context) as register:
        done = register.import_csv(file)
    out.print(f"Đã nhập {file}: thêm {done.added}, sửa {done.updated}.")


@app.command("export")
def export_command(context: typer.Context, file: Path) -> None:
    """Xuất mọi tài khoản ra CSV mà import đọc được, không có mật khẩu; chỉ chủ tệp đọc được."""
    with _register(context) as register:
        done = register.export_csv(file)
    out.print(f"Đã xuất {done} tài khoản ra {file}. Tệp chứa dữ liệu cá nhân: dùng xong thì xóa.")


@app.command()
def disable(context: typer.Context, code: str = typer.Option(..., help="Mã số BHXH.")) -> None:
    """Ngừng cấp lại mật khẩu cho một mã số; người gọi nghe đúng câu như khi không khớp."""
    with _register(context) as register:
        register.set_disabled(code, True)
    out.print("Đã ngừng. Cho dùng lại: nhanh8 accounts enable")


@app.command()
def enable(context: typer.Context, code: str = typer.Option(..., help="Mã số BHXH.")) -> None:
    """Cho cấp lại mật khẩu của một mã số đã ngừng."""
    with _register(context) as register:
        register.set_disabled(code, False)
    out.print("Đã cho dùng lại.")


@app.command("outbox")
def outbox_command(
    context: typer.Context,
    done: bool = typer.Option(False, "--done", help="Xem cả những việc đã làm xong."),
    deliver: bool = typer.Option(False, "--deliver", help="Làm ngay những việc đã đến hạn (nhanh8 serve tự làm)."),
    limit: int = typer.Option(50, min=1, help="Nhiều nhất bao nhiêu dòng."),
) -> None:
    """Việc phải làm sau khi cấp lại mật khẩu: hủy đăng nhập cũ, báo cho chủ tài khoản. Không hiện dữ liệu cá nhân."""
    settings = _own_database(context)
    noted = outbox(settings)
    try:
        if deliver:
            with closing(errand_worker(settings, noted)) as worker:
                out.print(f"Đã làm {worker.run_due()} việc.")
        errands = noted.look(most=limit, done=done)
    finally:
        noted.close()
    table = Table("Số", "Việc", "Cấp lại lúc (UTC)", "Đã thử", "Lần tới (UTC)", "Lỗi lần trước", "Xong lúc (UTC)")
    for errand in errands:
        table.add_row(
            str(errand.number),
            ERRANDS[errand.kind],
            f"{errand.reset_at:%Y-%m-%d %H:%M:%S}",
            str(errand.tries),
            "" if errand.done_at else f"{errand.due_at:%Y-%m-%d %H:%M:%S}",
            errand.trouble or "",
            f"{errand.done_at:%Y-%m-%d %H:%M:%S}" if errand.done_at else "",
        )
    out.print(table if errands else "Không có việc nào đang chờ.")


@app.command("rekey")
def rekey_command(context: typer.Context, file: Path = typer.Argument(help="Tệp khóa mới; chưa có thì tạo.")) -> None:
    """Đổi khóa dữ liệu: ghi lại cả danh bạ bằng khóa trong FILE. Dừng nhanh8 serve trước khi chạy."""
    settings = _own_database(context)
    old = data_key(settings.data_key_file)
    make_data_key(file)
    count = rekey(settings.accounts_url, old, key_in(file))
    out.print(
        f"Đã ghi lại {count} tài khoản bằng khóa trong {file}. Đặt khóa đó vào accounts.key_file (config.yml) hoặc "
        "NHANH8_DATA_KEY rồi chạy lại nhanh8 serve; giữ khóa cũ chừng nào còn giữ bản sao lưu cũ."
    )
