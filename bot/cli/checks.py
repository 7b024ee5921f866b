"""`nhanh8 check`: looks at the installation part by part."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import typer
from rich.markup import escape

from bot.app import (
    account_directory,
    account_register,
    bot_voice,
    dialogue_sources,
    mail_server,
    prompt_library,
    recognizer,
    sms_center,
)
from bot.audio import silence
from bot.cli.context import out
from bot.errors import DeviceError, ModelError, Nhanh8Error
from bot.replies import Expect
from bot.settings import Settings
from bot.tts.library import PieceState

Part = Callable[[Settings], str]


def check(context: typer.Context) -> None:
    """Kiểm tra từng phần: cấu hình, danh bạ, nhận dạng, hội thoại, giọng nói, lời thoại, micrô và loa."""
    settings: Settings = context.obj.settings
    out.print(f"[green]✓[/] Cấu hình: {settings.config_file}")
    needed = [_try(name, part, settings) for name, part in NEEDED]
    for name, part in OPTIONAL:
        _try(name, part, settings, optional=True)
    if not all(needed):
        raise typer.Exit(1)


def _try(name: str, part: Part, settings: Settings, *, optional: bool = False) -> bool:
    try:
        out.print(f"[green]✓[/] {name}: {escape(part(settings))}")
    except Nhanh8Error as error:
        mark = "[yellow]–[/]" if optional else "[red]✗[/]"
        out.print(f"{mark} {name}{' (không bắt buộc)' if optional else ''}: {escape(str(error))}", soft_wrap=True)
        return False
    return True


def _accounts(settings: Settings) -> str:
    with closing(account_directory(settings)) as directory:
        directory.check()
    if settings.accounts.is_service:
        return "dịch vụ của cơ quan trả lời được"
    register = account_register(settings)
    try:
        some, refused = len(register.list_accounts(1)), register.without_citizen_id()
    finally:
        register.close()
    if not some:
        return "mở được, nhưng chưa có tài khoản nào (nhanh8 accounts seed | import)"
    if settings.call.second_factor == "citizen_id" and refused:
        return f"mở được, nhưng {refused} tài khoản chưa có số căn cước nên bị từ chối (nhanh8 accounts import)"
    return "mở được"


def _after_reset(settings: Settings) -> str:
    after = settings.after_reset
    if settings.accounts.is_service:
        return "dịch vụ của cơ quan tự làm"
    if after.tell_owner == "email":
        mail_server(settings).check()
    if after.tell_owner == "sms" or (after.tell_owner == "email" and after.without_email == "sms"):
        sms_center(settings).check()
    only_for_trying = " (file chỉ để thử)" if "file" in {after.end_logins, after.tell_owner} else ""
    return f"hủy đăng nhập cũ: {after.end_logins}, báo chủ tài khoản: {after.tell_owner}{only_for_trying}"


def _vosk(settings: Settings) -> str:
    return _listen(settings, "vosk") + f", {settings.model_dir}"


def _vietasr(settings: Settings) -> str:
    return _listen(settings, "vietasr")


def _grammar(settings: Settings) -> str:
    return _listen(settings, "grammar")


def _listen(settings: Settings, engine: str) -> str:
    stream = recognizer(settings, engine).open(Expect.CODE)
    stream.accept(silence(500))
    stream.finish()
    return "nạp được và nghe được"


def _dialogue(settings: Settings) -> str:
    model = dialogue_sources(settings).model
    if not model.is_file():
        raise ModelError("chưa huấn luyện cho dữ liệu hiện tại. Chạy: nhanh8 train")
    return f"đã huấn luyện, {model.name}"


def _voice(settings: Settings) -> str:
    voice = bot_voice(settings)
    try:
        return f"{voice.voice} đọc được, {voice.synthesize('một hai ba').duration_ms} ms cho “một hai ba”"
    finally:
        voice.close()


def _prompts(settings: Settings) -> str:
    states = list(prompt_library(settings).status().values())
    unready = sum(state in (PieceState.MISSING, PieceState.STALE) for state in states)
    ready = f"{len(states) - unready} đoạn sẵn sàng"
    return ready + (f", {unready} đoạn sẽ đọc lúc gọi (nhanh8 prompts render)" if unready else "")


def _sound(_settings: Settings) -> str:
    try:
        import sounddevice  # noqa: PLC0415 - raises OSError where PortAudio is not installed
    except OSError:
        raise DeviceError("không có PortAudio. Cài: sudo apt install libportaudio2") from None
    devices = sounddevice.query_devices()
    if not devices:
        raise DeviceError("không có thiết bị âm thanh; lệnh talk sẽ không dùng được")
    return f"{len(devices)} thiết bị"


NEEDED: tuple[tuple[str, Part], ...] = (
    ("Danh bạ tài khoản", _accounts),
    ("Việc sau khi cấp lại", _after_reset),
    ("Nhận dạng Vosk", _vosk),
    ("Hội thoại Rasa", _dialogue),
    ("Giọng nói", _voice),
    ("Lời thoại thu sẵn", _prompts),
)
OPTIONAL: tuple[tuple[str, Part], ...] = (
    ("Nhận dạng viet-asr", _vietasr),
    ("Nhận dạng viet-asr theo ngữ pháp", _grammar),
    ("Micrô và loa", _sound),
)
