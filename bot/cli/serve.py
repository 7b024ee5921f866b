"""`nhanh8 serve`: the bot at a PBX, until somebody stops it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import typer

from bot.app import Bot, errand_worker, outbox, privacy
from bot.cli.context import err, out, progress
from bot.errors import AudioError, SettingsError
from bot.monitor import Monitor
from bot.operations import systemd
from bot.operations.memory import keep_memory_private
from bot.operations.metrics import Metrics
from bot.operations.traces import Traces
from bot.privacy import purge_daily
from bot.serving import Keep, TelephoneService
from bot.settings import Settings

TOKEN: Final = "NHANH8_PBX_TOKEN"  # noqa: S105 - the variable's name
LEAST_CHARACTERS: Final = 16


def serve(
    context: typer.Context,
    events: Path | None = typer.Option(None, help="Thư mục ghi sự kiện từng cuộc gọi (số đã che)."),
    record: Path | None = typer.Option(None, help="Thư mục ghi âm từng cuộc gọi (hai kênh, không có mật khẩu)."),
) -> None:
    """Nhận cuộc gọi thật từ Asterisk: AudioSocket và chan_websocket (mục telephone trong config.yml, deploy/asterisk).

    Ctrl-C hoặc SIGTERM: thôi nhận cuộc mới, chờ các cuộc đang gọi kết thúc; lần nữa: ngắt hết.
    """
    settings: Settings = context.obj.settings
    token = pbx_token()
    for folder in filter(None, (events, record)):
        make_writable(folder)
    keep_memory_private()
    traces = Traces.to_collector(settings.monitor.traces)
    bot = Bot(settings, progress)
    bot.voice.keep_spare()
    try:
        with errands_done(settings):
            asyncio.run(_serve(bot, token, Keep(events=events, recordings=record), traces))
    finally:
        bot.close()
        if traces:
            traces.close()


async def _serve(bot: Bot, token: str, keep: Keep, traces: Traces | None) -> None:
    metrics = Metrics()
    service = TelephoneService(bot, token, keep, metrics.follow, *([traces.follow] if traces else []))
    monitor = Monitor(bot, service, metrics) if bot.settings.monitor.enabled else None
    asked, stop = asyncio.Event(), asyncio.Event()

    def signalled() -> None:
        (stop if asked.is_set() else asked).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
    try:
        ports = await service.start()
        for name, port in ports.items():
            out.print(f"Đang nghe {name} ở {bot.settings.telephone.host}:{port}")
        if monitor:
            place = f"http://{bot.settings.monitor.host}:{await monitor.start()}"
            out.print(f"Theo dõi ở {place}/metrics, {place}/healthz, {place}/readyz")
        sys.stdout.flush()
        systemd.tell(systemd.READY)
        alive = asyncio.create_task(systemd.stay_alive(), name="watchdog")
        cleaning = asyncio.create_task(_purge_daily(bot.settings, keep), name="purge")
        await asked.wait()
        systemd.tell(systemd.STOPPING)
        err.print(f"Thôi nhận cuộc mới; còn {service.switchboard.calls} cuộc đang gọi.")
        ends = {asyncio.ensure_future(service.finish_calls()), asyncio.ensure_future(stop.wait())}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for each in (*ends, alive, cleaning):
            each.cancel()
    finally:
        await service.stop()
        if monitor:
            await monitor.stop()


async def _purge_daily(settings: Settings, keep: Keep) -> None:
    kept = privacy(settings, keep.events, keep.recordings)
    try:
        await purge_daily(lambda: kept.purge(datetime.now(timezone.utc)))
    finally:
        kept.close()


@contextmanager
def errands_done(settings: Settings) -> Iterator[None]:
    """What follows resets is done meanwhile. An agency's own account service does it by itself."""
    if settings.accounts.is_service:
        yield
        return
    with closing(outbox(settings)) as noted, closing(errand_worker(settings, noted)) as worker:
        worker.start()
        yield


def make_writable(folder: Path) -> None:
    """Told before the bot is loaded, not call by call. Raises AudioError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise AudioError(f"Không ghi được vào thư mục {folder}: {error.strerror}. Chọn chỗ khác.") from None


def pbx_token() -> str:
    """The token of the environment. Raises SettingsError."""
    token = os.environ.get(TOKEN, "")
    if len(token) < LEAST_CHARACTERS or not (token.isascii() and token.isalnum()):  # it stands in addresses and headers
        raise SettingsError(
            f"Cần biến môi trường {TOKEN}: ít nhất {LEAST_CHARACTERS} chữ cái không dấu và chữ số, giống trong tệp của "
            f"deploy/asterisk; "
            f"tổng đài chứng minh bằng nó rằng số gọi đến là thật. Tạo: export {TOKEN}=$(openssl rand -hex 16)"
        )
    return token
