"""What an operator is told before the bot is loaded, or when its ports are taken."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.app import Bot
from bot.cli.serve import TOKEN, make_writable, pbx_token
from bot.errors import AudioError, ListenError, SettingsError
from bot.serving import Keep, TelephoneService
from bot.settings import Settings, TelephoneSettings
from bot.transports.switchboard import LinesBusy

GOOD = "0123456789abcdef"


def test_a_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, GOOD)
    assert pbx_token() == GOOD


@pytest.mark.parametrize("token", ["", "short", "doi-token-nay-ngay-bay-gio", "mật khẩu của tổng đài"])
def test_no_token_or_one_that_cannot_travel_is_told(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv(TOKEN, token)
    with pytest.raises(SettingsError, match="openssl"):
        pbx_token()


def test_a_folder_is_made_and_one_that_cannot_be_is_told(tmp_path: Path) -> None:
    make_writable(tmp_path / "events" / "today")
    assert list((tmp_path / "events" / "today").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match="Chọn chỗ khác"):
        make_writable(tmp_path / "file" / "events")


def service(**telephone: Any) -> TelephoneService:
    """Without a bot: as long as nobody calls it only lends its settings."""
    settings = replace(Settings(root=Path()), telephone=TelephoneSettings(**telephone))
    return TelephoneService(cast(Bot, SimpleNamespace(settings=settings)), GOOD, Keep())


async def test_a_port_that_is_taken_is_told_by_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bot = service(http_port=0, audiosocket_port=port)
        with pytest.raises(ListenError, match=f"127.0.0.1:{port}"):
            await bot.start()
        await bot.stop()


async def test_who_stops_without_calls_does_not_wait_and_takes_none() -> None:
    bot = service(http_port=0, audiosocket_port=0)
    await bot.start()
    await asyncio.wait_for(bot.finish_calls(), 1)
    with pytest.raises(LinesBusy):
        bot.switchboard.announce("a", "0912345678")
    await bot.stop()
