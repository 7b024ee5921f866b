"""`nhanh8 studio`: the testers' and designers' web page, until somebody stops it."""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

import typer

from bot.cli.context import out, progress
from bot.errors import ListenError, SettingsError
from bot.serving import SWITCH_INTERVAL_S
from bot.settings import Settings

TOKEN: Final = "NHANH8_STUDIO_TOKEN"  # noqa: S105 - the variable's name
LEAST_CHARACTERS: Final = 16
STOPPED: Final = 128 + signal.SIGTERM
EXTRA: Final = ("jinja2", "starlette", "uvicorn", "wsproto")


def studio(
    context: typer.Context,
    host: str = typer.Option("127.0.0.1", help="Địa chỉ để nghe; nếu máy khác vào được thì phải có mã vào."),
    port: int = typer.Option(8088, min=0, max=65_535, help="Cổng; 0 là cổng trống bất kỳ."),
    reports: Path | None = typer.Option(None, help="Thư mục các báo cáo của evaluate; mặc định là report/ của dự án."),
    real_accounts: bool = typer.Option(
        False, "--real-accounts", help="Gọi vào cơ sở dữ liệu của cấu hình, thay cho danh bạ thử được xóa khi tắt."
    ),
    certificate: Path | None = typer.Option(None, help="Chứng chỉ TLS (PEM): micrô của máy khác chỉ chạy qua https."),
    key: Path | None = typer.Option(None, help="Khóa riêng của chứng chỉ đó."),
) -> None:
    """Mở trang web để thử gọi, xem và sửa lời thoại, đọc báo cáo; Ctrl-C để tắt.

    Chỉ máy này vào được. Với --host khác, người vào phải có mã: của biến môi trường NHANH8_STUDIO_TOKEN, hoặc mã mới
    được in ra. Có biến đó thì người dùng máy này cũng phải có mã.
    """
    if not all(map(importlib.util.find_spec, EXTRA)):
        raise SettingsError("Chưa cài phần của trang web. Cài: pip install 'nhanh8[studio]'")
    from bot.web.app import studio_app  # noqa: PLC0415 - an optional extra
    from bot.web.guard import is_loopback  # noqa: PLC0415
    from bot.web.server import Tls, serve  # noqa: PLC0415
    from bot.web.workshop import Workshop, with_demo_accounts  # noqa: PLC0415

    settings: Settings = context.obj.settings
    token = None if is_loopback(host) and TOKEN not in os.environ else _token()
    tls = Tls(*_pair(certificate, key)) if certificate or key else None
    with _listen(host, port) as listening, tempfile.TemporaryDirectory(prefix="nhanh8-studio-") as folder:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))  # so that the folder goes, however it is stopped
        address = f"{'https' if tls else 'http'}://{_shown(host)}:{listening.getsockname()[1]}/"
        workshop = Workshop(settings if real_accounts else with_demo_accounts(settings, Path(folder)), progress)
        app = studio_app(
            workshop, reports or settings.root / "report", demo=not real_accounts, token=token, name=_shown(host)
        )

        def ready() -> None:
            out.print(f"Mở trong trình duyệt: {address}{f'?token={quote(token)}' if token else ''}")
            sys.stdout.flush()

        sys.setswitchinterval(SWITCH_INTERVAL_S)
        try:
            serve(app, listening, ready, tls)
        finally:
            workshop.close()


def _listen(host: str, port: int) -> socket.socket:
    """Taken before the bot is loaded. Raises ListenError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ListenError(
            f"Không nghe được ở {host}:{port} ({error.strerror}). Có thể một nhanh8 studio khác đang chạy; "
            "chọn cổng khác bằng --port, hoặc --port 0."
        ) from None


def _token() -> str:
    """The environment's, else a new one. Raises SettingsError."""
    token = os.environ.get(TOKEN) or secrets.token_urlsafe(LEAST_CHARACTERS)
    if len(token) < LEAST_CHARACTERS:
        raise SettingsError(f"Biến môi trường {TOKEN} cần ít nhất {LEAST_CHARACTERS} ký tự.")
    return token


def _pair(certificate: Path | None, key: Path | None) -> tuple[Path, Path]:
    """Both, once they fit. Raises SettingsError."""
    if certificate is None or key is None:
        raise SettingsError("--certificate và --key phải đi cùng nhau.")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except OSError as error:  # SSLError is one
        raise SettingsError(
            f"Không dùng được chứng chỉ {certificate} với khóa {key} ({error.strerror}). Cả hai là tệp PEM, khóa không "
            "có mật khẩu."
        ) from None
    return certificate, key


def _shown(host: str) -> str:
    """The host in an address: one that listens everywhere is reached by this machine's name."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
