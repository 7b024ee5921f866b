"""`nhanh8 bench`: figures, never verdicts."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from bot.accounts.migrate import migrate
from bot.app import (
    Bot,
    account_register,
    bot_voice,
    prompt_catalog,
    prompt_library,
    recognizer,
    scripted_caller,
    wide_band_ears,
)
from bot.audio import RATE_HZ, WIDE_BAND_HZ, Audio
from bot.cli.context import out, progress
from bot.errors import ScriptError
from bot.evaluate.percentile import percentile
from bot.evaluate.turn_times import TurnTimes
from bot.evaluate.voice import in_the_room, measure_audio, on_the_line
from bot.ports import Synthesizer
from bot.replies import Expect
from bot.settings import AccountSettings, LimitSettings, Settings
from bot.tts.prompts import DIGITS, Piece
from bot.tts.reading import Pace, read_digits
from bot.vietnamese.speech import digit_words, spoken

app = typer.Typer(help="Đo: thời gian chờ của người gọi, giọng đọc có dễ hiểu không.", no_args_is_help=True)

JSON = typer.Option(False, "--json", help="In JSON thay cho bảng.")


@app.command()
def turn(
    context: typer.Context,
    calls: Path = typer.Option(Path("tests/calls"), help="Thư mục kịch bản cuộc gọi."),
    repeats: int = typer.Option(3, min=1, help="Gọi mỗi kịch bản mấy lần."),
    as_json: bool = JSON,
) -> None:
    """Khởi động, thời gian Rasa mỗi lượt, từ lúc người gọi dứt lời đến tiếng đầu của trợ lý, bộ nhớ."""
    scripts = sorted(calls.glob("*.yml"))
    if not scripts:
        raise ScriptError(f"Không có kịch bản (.yml) nào trong {calls}. Chọn thư mục khác bằng --calls.")
    with tempfile.TemporaryDirectory() as folder:
        settings = with_own_accounts(context.obj.settings, Path(folder))
        started = time.perf_counter()
        bot = Bot(settings, progress)
        load_s = time.perf_counter() - started
        times = TurnTimes()
        try:
            spoken = asyncio.run(_hold_calls(bot, settings, scripts, repeats, times))
        finally:
            bot.close()
    figures = _turn_figures(load_s, times, spoken)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    table = Table("Đo", "p50", "p95", "số lượt", title="Thời gian chờ (ms)")
    for name, row in figures["turns"].items():
        table.add_row(name, f"{row['p50']:.0f}", f"{row['p95']:.0f}", str(row["n"]))
    out.print(table)
    out.print(f"Khởi động đến lúc nghe được: {load_s:.1f} s. Bộ nhớ cao nhất: {figures['memory_mb']} MB.")
    out.print(f"{figures['calls']} cuộc gọi, {figures['speed']:.0f} lần nhanh hơn thời gian thật. Người gọi tổng hợp.")


@app.command()
def voice(
    context: typer.Context,
    strings: int = typer.Option(40, min=1, help="Bao nhiêu mật khẩu 8 chữ số giả."),
    seed: int = typer.Option(8, help="Mật khẩu giả nào."),
    as_json: bool = JSON,
) -> None:
    """Cho máy nghe lại lời của trợ lý, ở 16 kHz và qua G.711 8 kHz: bao nhiêu phần được nhận ra. Máy không phải tai
    người.
    """
    settings: Settings = context.obj.settings
    own_voice = bot_voice(settings)
    try:
        said = {rate_hz: _said(settings, own_voice, strings, seed, rate_hz) for rate_hz in (RATE_HZ, WIDE_BAND_HZ)}
    finally:
        own_voice.close()
    figures: dict[str, dict[str, float]] = {"vietasr": {}, "vosk": {}}
    progress(f"vietasr nghe {strings} mật khẩu và lời thoại, ở 16 kHz và 8 kHz; vosk nghe mật khẩu")
    wide, line, ours = wide_band_ears(), recognizer(settings, "vietasr"), recognizer(settings, "vosk")
    for band, rate_hz, ears, carry in (("16k", WIDE_BAND_HZ, wide, in_the_room), ("8k", RATE_HZ, line, on_the_line)):
        passwords, prompts = said[rate_hz]
        heard = measure_audio(passwords, ears, carry=carry)
        figures["vietasr"] |= {f"digits_{band}": heard.word_share, f"passwords_{band}": heard.text_share}
        figures["vietasr"][f"prompt_words_{band}"] = measure_audio(prompts, ears, carry=carry).word_share
    heard = measure_audio(said[RATE_HZ][0], ours, Expect.CODE)
    figures["vosk"] = {"digits_8k": heard.word_share, "passwords_8k": heard.text_share}
    lengths = [audio.duration_ms / 1000 for _, audio in said[RATE_HZ][0]]
    if as_json:
        print(json.dumps({**figures, "password_s": sum(lengths) / len(lengths)}, indent=2))  # noqa: T201 - for machines
        return
    table = Table("Máy nghe", "Chữ số", "Cả mật khẩu", "Từ trong lời thoại", title="Nghe lại được, 16 kHz / G.711")
    for engine, row in figures.items():
        table.add_row(engine, *(_shares(row, name) for name in ("digits", "passwords", "prompt_words")))
    out.print(table)
    out.print(f"Một mật khẩu đọc trong {sum(lengths) / len(lengths):.1f} giây.")


def _shares(row: dict[str, float], name: str) -> str:
    return " / ".join(f"{row[key]:.1%}" if (key := f"{name}_{band}") in row else "-" for band in ("16k", "8k"))


def _said(
    settings: Settings, own_voice: Synthesizer, strings: int, seed: int, rate_hz: int
) -> tuple[list[tuple[str, Audio]], list[tuple[str, Audio]]]:
    """Made-up passwords and all fixed prompts as the bot says them: words and audio."""
    drawn = random.Random(seed)  # noqa: S311 - nobody's password
    library, pace = prompt_library(settings), settings.voice
    audio: dict[Piece, Audio] = {}

    def audio_of(piece: Piece) -> Audio:
        piece = library.nearest(piece)
        if piece not in audio:
            audio[piece] = library.audio(piece, rate_hz) or own_voice.synthesize(spoken(piece.text))
        return audio[piece]

    secret_pace = Pace(gap_ms=pace.secret_digit_gap_ms, pause_ms=pace.secret_group_pause_ms)
    texts = ["".join(drawn.choices("0123456789", k=settings.password.length)) for _ in range(strings)]
    pieces = [piece for piece in prompt_catalog(settings).pieces if piece not in DIGITS]
    return (
        [(" ".join(digit_words(text)), read_digits(text, secret_pace, audio_of, rate_hz)) for text in texts],
        [(spoken(piece.text), audio_of(piece)) for piece in pieces],
    )


def with_own_accounts(settings: Settings, folder: Path) -> Settings:
    """The same settings over a fresh demo directory without limits, so that measuring changes nobody's password."""
    own = replace(
        settings,
        accounts=AccountSettings(url=f"sqlite:///{folder}/bench.db"),
        limits=LimitSettings(per_caller=1000, per_code=1000),
    )
    migrate(own.accounts_url)
    register = account_register(own)
    register.seed_demo()
    register.close()
    return own


async def _hold_calls(
    bot: Bot, settings: Settings, scripts: list[Path], repeats: int, times: TurnTimes
) -> tuple[int, float]:
    """How many calls were held, and how many times faster than real time."""
    audio_s = took_s = 0.0
    for path in scripts * repeats:
        script, caller = scripted_caller(settings, path)
        started = time.perf_counter()
        finished = await bot.take(script.caller, caller, times, caller)
        took_s += time.perf_counter() - started
        audio_s += finished.record.duration_ms / 1000
    return len(scripts) * repeats, audio_s / took_s if took_s else 0.0


def _turn_figures(load_s: float, times: TurnTimes, held: tuple[int, float]) -> dict[str, Any]:
    rows = {"Rasa mỗi lượt": times.decide_ms, "dứt lời → tiếng đầu": [turn.gap_ms for turn in times.turns]}
    for expected in dict.fromkeys(turn.expected for turn in times.turns):
        rows[f"dứt lời → tiếng đầu, {expected}"] = [t.gap_ms for t in times.turns if t.expected == expected]
    rows["trong đó tính toán"] = [turn.gap_ms - turn.endpoint_ms for turn in times.turns]
    return {
        "load_s": round(load_s, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "calls": held[0],
        "speed": round(held[1], 1),
        "turns": {
            name: {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "n": len(values)}
            for name, values in rows.items()
        },
    }
