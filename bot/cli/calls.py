"""`nhanh8 call`, `talk` and `chat`: a recorded caller, the microphone, the keyboard."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from bot.accounts.account import masked
from bot.app import Bot, FinishedCall, scripted_caller
from bot.audio import read_wav
from bot.cli.context import Context, err, out, progress
from bot.cli.conversation import Conversation
from bot.cli.keyboard import chat_by_keyboard
from bot.errors import AudioError, SettingsError
from bot.events import JsonLinesFile, Mask, Sink
from bot.ports import CallTransport
from bot.replies import Outcome
from bot.reset.phone import national_form
from bot.settings import Settings
from bot.transports.recorded_caller import RecordedCaller
from bot.transports.scripted_caller import ScriptedCaller
from bot.vietnamese.masking import mask_numbers

EXIT_CODES = {
    Outcome.RESET: 0,
    Outcome.NO_MATCH: 20,
    Outcome.GAVE_UP: 21,
    Outcome.WITHHELD: 22,
    Outcome.CANCELLED: 23,
    Outcome.AGENT: 24,
    Outcome.HUNG_UP: 25,
    Outcome.TIME_UP: 26,
    Outcome.UNAVAILABLE: 27,
    Outcome.ERROR: 28,
}
OFF_SCRIPT = 29

CALLER = typer.Option(None, "--caller", help="Số gọi đến, ví dụ 0912345678; bỏ trống là ẩn số.")
RECORD = typer.Option(None, "--record", help="Ghi âm hai kênh (trái: người gọi, phải: trợ lý; không có mật khẩu).")
EVENTS = typer.Option(None, "--events", help="Ghi sự kiện của cuộc gọi (JSON, mỗi dòng một sự kiện, số đã che).")
SHOW = typer.Option(False, "--show-digits", help="Hiện các chữ số nghe được; chỉ dùng với dữ liệu thử.")


def call(
    context: typer.Context,
    audio: list[Path] = typer.Option(..., help="Tệp WAV, hoặc kịch bản .yml; lặp lại để gọi nhiều cuộc."),
    caller: str | None = CALLER,
    record: Path | None = RECORD,
    events: Path | None = EVENTS,
    show_digits: bool = SHOW,
) -> None:
    """Phát một người gọi đã ghi âm, hoặc theo kịch bản, qua toàn bộ trợ lý; nhanh hơn thời gian thật.

    Nhiều cuộc (--audio nhiều lần) thì --record và --events là thư mục; mã thoát là của cuộc đầu tiên khác 0.
    """
    settings = _settings(context)
    number = _number(caller)
    callers = [_prepare(settings, path, number) for path in audio]
    several = len(callers) > 1
    outputs = [(_output(record, path, ".wav", several), _output(events, path, ".jsonl", several)) for path in audio]
    bot = Bot(settings, progress)
    codes = []
    try:
        for (title, whose, transport), (wav, jsonl) in zip(callers, outputs, strict=True):
            out.rule(f"{title} (số gọi đến: {_shown_number(whose, show_digits)})")
            finished = asyncio.run(_hold(bot, whose, transport, wav, jsonl, _mask(show_digits)))
            codes.append(_exit_code(finished, transport))
    finally:
        bot.close()
    raise typer.Exit(next((code for code in codes if code), 0))


def talk(
    context: typer.Context,
    caller: str | None = CALLER,
    record: Path | None = RECORD,
    events: Path | None = EVENTS,
    show_digits: bool = SHOW,
) -> None:
    """Nói chuyện với trợ lý bằng micrô và loa (nên đeo tai nghe); gõ phím rồi Enter để bấm phím, Ctrl-D để gác máy."""
    settings = _settings(context)
    number = _number(caller)
    finished = asyncio.run(_talk(settings, number, record, events, _mask(show_digits)))
    raise typer.Exit(EXIT_CODES[finished.outcome])


def chat(context: typer.Context, caller: str | None = CALLER) -> None:
    """Cùng hội thoại đó bằng bàn phím: điều bạn gõ là điều trợ lý nghe được. Không đổi mật khẩu nào."""
    settings = _settings(context)
    number = _number(caller)
    bot = Bot(settings, progress, text_only=True)
    try:
        outcome = asyncio.run(chat_by_keyboard(bot.dialogue, bot.service, number))
    finally:
        bot.close()
    raise typer.Exit(EXIT_CODES[outcome])


async def _talk(
    settings: Settings, number: str | None, record: Path | None, events: Path | None, mask: Mask | None
) -> FinishedCall:
    from bot.transports.microphone import Microphone  # noqa: PLC0415 - sounddevice looks for PortAudio when imported

    transport = Microphone()
    bot = await asyncio.get_running_loop().run_in_executor(None, Bot, settings, progress)
    try:
        return await _hold(bot, number, transport, record, events, mask)
    finally:
        bot.close()


async def _hold(
    bot: Bot, number: str | None, transport: CallTransport, record: Path | None, events: Path | None, mask: Mask | None
) -> FinishedCall:
    sinks: list[Sink] = [Conversation(mask)]
    file = JsonLinesFile(events, mask_numbers) if events else None
    if file:
        sinks.append(file)
    if isinstance(transport, ScriptedCaller):
        sinks.append(transport)
    try:
        finished = await bot.take(number, transport, *sinks)
    finally:
        if file:
            file.close()
    if record:
        finished.recording.save(record)
        out.print(f"[dim]{'':9}bản ghi âm hai kênh: {record}[/]")
    if finished.unrecorded:
        raise finished.unrecorded
    return finished


def _prepare(settings: Settings, path: Path, number: str | None) -> tuple[str, str | None, CallTransport]:
    """Title, calling number and transport of one recorded or scripted caller."""
    if path.suffix.lower() not in {".yml", ".yaml"}:
        return path.name, number, RecordedCaller(read_wav(path))
    script, following = scripted_caller(settings, path)
    return script.title, number or _number(script.caller), following


def _exit_code(finished: FinishedCall, transport: CallTransport) -> int:
    surprises = transport.surprises if isinstance(transport, ScriptedCaller) else []
    for surprise in surprises:
        err.print(f"[bold red]Khác kịch bản:[/] {surprise}", soft_wrap=True)
    return OFF_SCRIPT if surprises else EXIT_CODES[finished.outcome]


def _output(given: Path | None, audio: Path, suffix: str, several: bool) -> Path | None:
    """Where one call's output goes; checked now, so that a call is not held in vain."""
    if given is None:
        return None
    path = given / f"{audio.stem}{suffix}" if several else given
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise AudioError(f"Không ghi được {path}: {error.strerror}. Chọn chỗ khác.") from None
    return path


def _settings(context: typer.Context) -> Settings:
    shared: Context = context.obj
    return shared.settings


def _number(text: str | None) -> str | None:
    if text is None or text.lower() in {"", "anonymous", "withheld"}:
        return None
    number = national_form(text)
    if number is None:
        raise SettingsError(f"Số gọi đến {text!r} không phải số điện thoại Việt Nam. Ví dụ: --caller 0912345678")
    return number


def _shown_number(number: str | None, show_digits: bool) -> str:
    if number is None:
        return "ẩn"
    return number if show_digits else masked(number)


def _mask(show_digits: bool) -> Mask | None:
    return None if show_digits else mask_numbers
