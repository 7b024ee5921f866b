"""`nhanh8 bench voice`: how well engines' voices are understood, how they sound to a network, how fast they speak."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from bot.app import bot_voice, phrase_voice, prompt_catalog, prompt_library, recognizer, wide_band_ears
from bot.audio import RATE_HZ, WIDE_BAND_HZ, Audio
from bot.cli.bench import JSON
from bot.cli.context import err, out, progress
from bot.evaluate.quality import SpeechQuality
from bot.evaluate.recordings import read_clips
from bot.evaluate.speaking import first_phrase_ms, speak
from bot.evaluate.voice_figures import Figures, Judges, Pairs, Said, Track
from bot.evaluate.voice_material import SENTENCES, peoples_sentences
from bot.ports import Synthesizer
from bot.settings import Settings, VoiceSettings
from bot.tts.edges import trimmed
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.prompts import DIGITS, Piece
from bot.tts.reading import Pace, read_digits
from bot.vietnamese.speech import digit_words, spoken

T = TypeVar("T")

ENGINES: Final[tuple[str, ...]] = next(
    each.metadata["choices"] for each in dataclasses.fields(VoiceSettings) if each.name == "engine"
)
RATES_HZ: Final = (RATE_HZ, WIDE_BAND_HZ)

# What a row is called, where its figures stand (empty: at the top), which they are, and how they are written.
ROWS: Final = (
    ("Chữ số: 16 kHz / G.711 / ống nghe", "vietasr", ("digits_16k", "digits_8k", "digits_handset"), ".1%"),
    ("Cả mật khẩu", "vietasr", ("passwords_16k", "passwords_8k", "passwords_handset"), ".1%"),
    ("Chữ số, Vosk nghe: G.711 / ống nghe", "vosk", ("digits_8k", "digits_handset"), ".1%"),
    ("Cả mật khẩu, Vosk nghe", "vosk", ("passwords_8k", "passwords_handset"), ".1%"),
    ("Từ trong lời thoại: 16 kHz / G.711", "vietasr", ("prompt_words_16k", "prompt_words_8k"), ".1%"),
    ("Từ trong câu mới", "vietasr", ("free_text_16k", "free_text_8k"), ".1%"),
    ("Từ trong câu người thật đọc", "vietasr", ("people_16k", "people_8k"), ".1%"),
    ("DNSMOS: mật khẩu / lời thoại / câu mới", "", ("mos_digits", "mos_prompts", "mos_free_text"), ".2f"),
    ("DNSMOS của người thật", "", ("mos_people",), ".2f"),
    ("Đọc một mật khẩu, giây", "", ("password_s",), ".1f"),
    ("Giây của một lõi cho một giây lời", "", ("real_time_factor",), ".3f"),
    ("Chờ cả câu: p50 / p95, ms", "first_audio_ms", ("p50", "p95"), ".0f"),
    ("Chờ vế đầu của câu: p50 / p95, ms", "first_phrase_ms", ("p50", "p95"), ".0f"),
)


def voice(
    context: typer.Context,
    engine: list[str] = typer.Option(
        [],
        help=f"Bộ đọc nào: {', '.join(ENGINES)}; nhiều lần được. Bộ ấy đọc lại mọi lời thoại, trừ bản người thu và "
        "giọng trung bình. Bỏ trống: như người gọi nghe bây giờ.",
    ),
    strings: int = typer.Option(40, min=1, help="Bao nhiêu mật khẩu 8 chữ số giả."),
    segments: Path | None = typer.Option(
        None, help="Bảng các đoạn thu (segments.tsv) có câu người thật đọc, để biết máy nghe được nhiều nhất bao nhiêu."
    ),
    split: str = typer.Option("dev", help="Phần nào của segments.tsv."),
    seed: int = typer.Option(8, help="Mật khẩu giả nào, câu nào của người thật."),
    as_json: bool = JSON,
) -> None:
    """Cho máy nghe lại lời của trợ lý: nhận ra bao nhiêu phần, nghe ra sao, đọc nhanh hay chậm.

    Mật khẩu, lời thoại, và câu mới mà bộ đọc chưa gặp; ở 16 kHz, qua G.711, qua dải tần của ống nghe. DNSMOS là
    điểm một mạng chấm tiếng nói, 1 (rất méo) đến 5 (không méo). Mỗi bộ đọc mất bảy, tám phút. Máy không phải tai
    người: chỉ để so sánh.
    """
    settings: Settings = context.obj.settings
    if unknown := [name for name in engine if name not in ENGINES]:
        raise typer.BadParameter(f"không có bộ đọc {', '.join(unknown)}; chọn trong {', '.join(ENGINES)}.")
    people: Pairs = []
    if segments:
        progress("Đọc bảng các đoạn thu")
        clips = peoples_sentences(read_clips(segments, split=split), len(SENTENCES), seed)
        people = [(clip.text, clip.packed) for clip in clips]
    progress("Nạp máy nghe")
    wide, line, ours = wide_band_ears(), recognizer(settings, "vietasr"), recognizer(settings, "vosk")
    names = dict.fromkeys(engine or [settings.voice.engine])
    with Progress(console=err, transient=True) as bar:
        track = _on_one_line(bar)
        judges = Judges(wide=wide, line=line, ours=ours, quality=SpeechQuality.load(), track=track)
        said = {name: _say(_with_engine(settings, name), strings, seed, track, anew=bool(engine)) for name in names}
        ceiling = judges.of_people(people)
        figures = {name: judges.of_voice(name, each) for name, each in said.items()}
    for each in figures.values():
        each["vietasr"] |= ceiling["vietasr"]
        each |= {key: ceiling[key] for key in ("people_left_out", "mos_people")}
    if as_json:
        shown = figures if len(figures) > 1 else next(iter(figures.values()))
        print(json.dumps(shown, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    _show(figures)
    if judges.quality is None:
        out.print(escape("Chưa chấm được DNSMOS: pip install 'nhanh8[evaluate]'."))
    if people:
        left_out = ceiling["people_left_out"]
        out.print(
            f"Câu người thật chỉ là mức trần: có bài chép sai vài từ, có bản thu lẫn tiếng ồn; bỏ {left_out} trong "
            f"{len(people)} câu vì máy nghe ra chưa đến một phần năm, như khi bản thu là câu khác."
        )


def _with_engine(settings: Settings, engine: str) -> Settings:
    return replace(settings, voice=replace(settings.voice, engine=engine))


def _on_one_line(bar: Progress) -> Track:
    """Iterates over one thing after another, always on the same line of the progress display."""
    task = bar.add_task("")

    def track(items: Sequence[T], what: str) -> Iterable[T]:
        bar.update(task, description=what)
        return bar.track(items, task_id=task)

    return track


def _say(settings: Settings, strings: int, seed: int, track: Track, *, anew: bool) -> Said:
    """Made-up passwords, all fixed prompts and the new sentences as the settings' engine has the bot say them."""
    name = settings.voice.engine
    texts = [spoken(text) for text in SENTENCES]
    pieces = [piece for piece in prompt_catalog(settings).pieces if piece not in DIGITS]
    drawn = random.Random(seed)  # noqa: S311 - nobody's password
    digits = ["".join(drawn.choices("0123456789", k=settings.password.length)) for _ in range(strings)]
    pace = Pace(gap_ms=settings.voice.secret_digit_gap_ms, pause_ms=settings.voice.secret_group_pause_ms)
    with closing(bot_voice(settings)) as synthesizer:
        synthesizer.synthesize(texts[0])  # the first text of all waits for the engine to be loaded
        times = [speak(text, synthesizer) for text in track(texts, f"{name}: đọc câu mới")]
        mouth = _Mouth(prompt_library(settings), synthesizer, anew=anew)
        for piece in track(pieces, f"{name}: đọc lời thoại"):
            mouth.audio(RATE_HZ, piece)  # made once, here where it is shown
        return Said(
            voice=synthesizer.voice,
            passwords={hz: [_password(each, pace, mouth, hz) for each in digits] for hz in RATES_HZ},
            prompts={hz: [(spoken(piece.text), mouth.audio(hz, piece)) for piece in pieces] for hz in RATES_HZ},
            sentences=[(text, each.audio) for text, each in zip(texts, times, strict=True)],
            times=times,
            phrases_ms=_phrases_ms(settings, texts),
        )


def _password(digits: str, pace: Pace, mouth: _Mouth, rate_hz: int) -> tuple[str, Audio]:
    return " ".join(digit_words(digits)), read_digits(digits, pace, partial(mouth.audio, rate_hz), rate_hz)


def _phrases_ms(settings: Settings, texts: Sequence[str]) -> list[float]:
    """Empty where the engine does not speak phrase by phrase."""
    in_phrases = phrase_voice(settings)
    return [first_phrase_ms(text, in_phrases) for text in texts] if in_phrases else []


@dataclass(slots=True)
class _Mouth:
    """Pieces as callers hear them; `anew`: as they will when this engine has rendered all that it may."""

    library: PromptLibrary
    synthesizer: Synthesizer
    anew: bool = field(kw_only=True)
    _made: dict[Piece, Audio] = field(default_factory=dict)

    def audio(self, rate_hz: int, piece: Piece) -> Audio:
        piece = self.library.nearest(piece)
        kept = not self.anew or self.library.state(piece) in (PieceState.RECORDED, PieceState.AVERAGED)
        recorded = self.library.audio(piece, rate_hz) if kept else None
        if recorded is not None:
            return recorded
        if piece not in self._made:
            self._made[piece] = trimmed(self.synthesizer.synthesize(spoken(piece.text)))
        return self._made[piece].at(rate_hz)


def _show(figures: dict[str, Figures]) -> None:
    table = Table("Máy nghe lại, máy đo", *figures, title="Giọng đọc")
    for label, part, keys, form in ROWS:
        table.add_row(label, *(_cell(each[part] if part else each, keys, form) for each in figures.values()))
    out.print(table)


def _cell(figures: Figures, keys: Sequence[str], form: str) -> str:
    """`-` stands for all figures of which none was measured."""
    if all(figures[key] is None for key in keys):
        return "-"
    return " / ".join(format(figures[key], form) for key in keys)
