"""`nhanh8 prompts record`: walks a voice artist through all that the bot says, with the microphone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Protocol

import typer
from rich.align import Align
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.app import prompt_catalog, prompt_library
from bot.audio import WIDE_BAND_HZ, Audio
from bot.cli.context import out, progress
from bot.cli.prompt_check import PromptCheck
from bot.cli.prompts_import import ORIGINALS, figures, nearest, outside
from bot.cli.single_keys import END, ENTER, ReadKey, single_keys
from bot.errors import AudioError, DeviceError, PromptError
from bot.settings import Settings
from bot.tts.finishing import Finished
from bot.tts.library import PieceState, PromptLibrary
from bot.tts.originals import Originals
from bot.tts.prompts import DIGITS, TAKES, Piece, Position, PromptCatalog
from bot.tts.raw_sound import RawSound
from bot.vietnamese.speech import spoken

METER_S: Final = 0.1
METER_DB: Final = 60  # from this far under full scale up
LOUD_DB, TOO_LOUD_DB = -6.0, -1.0
METER_WIDTH: Final = 40
HINTS: Final = {
    Position.MEDIAL: "chữ số ở giữa nhóm: gọn, đều giọng",
    Position.GROUP: "chữ số trước chỗ ngắt: chậm hơn một chút, giọng còn treo",
    Position.LAST: "chữ số cuối cùng: chậm, hạ giọng như hết câu",
}


class Device(Protocol):
    """What `bot.tts.sound_card.SoundCard` is to a session."""

    def start(self) -> None: ...

    def level_db(self) -> float: ...

    def stop(self) -> RawSound: ...

    def play(self, audio: Audio) -> None: ...


class Choice(Enum):
    """What the artist wants next."""

    BEGIN = "begin"
    KEEP = "keep"
    AGAIN = "again"
    SKIP = "skip"
    QUIT = "quit"


# While it records; each drops what was heard.
DROPPING: Final[Mapping[str | None, Choice]] = {"d": Choice.AGAIN, "q": Choice.QUIT, END: Choice.QUIT}


def record(
    context: typer.Context,
    pieces: list[str] = typer.Argument(
        None,
        help="Thu riêng những đoạn này, dù đã có: mã, hoặc mẫu như 'digit_*'. Bỏ trống: mọi đoạn chưa có người thu.",
    ),
    originals: Path | None = ORIGINALS,
) -> None:
    """Thu từng đoạn bằng micrô: hiện lời, thu, cắt gọt, chỉnh độ to, nghe xem có vỡ, ồn, sai lời không.

    Chữ số trước, rồi đến câu. Dừng lúc nào cũng được: chạy lại thì thu tiếp. Bản đang có chỉ mất khi bản mới được giữ.
    """
    settings: Settings = context.obj.settings
    catalog, library = prompt_catalog(settings), prompt_library(settings)
    wanted = wanted_pieces(catalog, library, pieces or [])
    if not wanted:
        out.print("[green]Mọi đoạn đã có người thu.[/] Muốn thu lại đoạn nào thì thêm mã của nó vào lệnh.")
        return
    from bot.tts.sound_card import SoundCard  # noqa: PLC0415 - sounddevice looks for PortAudio when imported

    kept_in = outside(originals, settings)
    with (
        single_keys() as read_key,
        closing(SoundCard()) as card,
        closing(PromptCheck(settings, library, progress)) as check,
    ):
        session = Session(
            device=card, read_key=read_key, finish=check.finish, library=library, originals=kept_in, catalog=catalog
        )
        kept = session.run(wanted)
    left = len(wanted_pieces(catalog, library, []))
    out.print(f"Đã giữ {kept} đoạn." + (f" Còn {left} đoạn: chạy lại lệnh này để thu tiếp." if left else " Đã đủ."))


def wanted_pieces(catalog: PromptCatalog, library: PromptLibrary, names: Sequence[str]) -> list[Piece]:
    """Raises BadParameter: a name that is none."""
    known = catalog.recordable
    for name in names:
        if not any(fnmatchcase(piece.id, name) for piece in known):
            raise typer.BadParameter(nearest(name, [piece.id for piece in known]))
    if names:
        return [piece for piece in known if any(fnmatchcase(piece.id, name) for name in names)]
    return [piece for piece in known if library.state(piece) is not PieceState.RECORDED]


@dataclass(kw_only=True)
class Session:
    """One sitting before the microphone."""

    device: Device
    read_key: ReadKey
    finish: Callable[[Piece, RawSound], Finished]
    library: PromptLibrary
    catalog: PromptCatalog
    originals: Originals | None = None
    console: Console = out

    def run(self, pieces: Sequence[Piece]) -> int:
        """Until the last piece or `q`; how many were kept."""
        kept = 0
        for number, piece in enumerate(pieces, start=1):
            choice = Choice.AGAIN
            while choice is Choice.AGAIN:
                self._show(piece, f"{number}/{len(pieces)}")
                choice = self._one_take(piece)
            if choice is Choice.QUIT:
                break
            kept += choice is Choice.KEEP
        return kept

    def _show(self, piece: Piece, place: str) -> None:
        self.console.rule(f"{place}  {piece.id}.wav")
        text = Padding(Text(piece.text, style="bold", justify="center"), (1, 2))
        self.console.print(Panel(Align.center(text)))
        for line in _advice(piece, self.catalog):
            self.console.print(f"[dim]{escape(line)}[/]")

    def _one_take(self, piece: Piece) -> Choice:
        present = None
        with suppress(PromptError):  # a broken WAV is a reason to record it anew
            present = self.library.audio(piece, WIDE_BAND_HZ)
        question = f"Enter thu{' · n nghe bản đang có' if present else ''} · b bỏ qua · q dừng"
        choice = self._ask(question, {ENTER: Choice.BEGIN, "b": Choice.SKIP, "q": Choice.QUIT}, present)
        if choice is not Choice.BEGIN:
            return choice
        sound = self._heard()
        if not isinstance(sound, RawSound):
            return sound
        try:
            take = self.finish(piece, sound)
        except AudioError as error:
            return self._again(error)
        choice = self._judge(take)
        if choice is Choice.KEEP:
            if self.originals:
                self.originals.save(piece, sound)
            self.library.keep(piece, take.audio)
        return choice

    def _heard(self) -> RawSound | Choice:
        """What was recorded between two times Enter, with a meter of its level."""
        began = time.monotonic()
        self.device.start()
        with Live(console=self.console, auto_refresh=False, transient=True) as live:
            while (key := self.read_key(METER_S)) not in (ENTER, *DROPPING):
                live.update(_meter(self.device.level_db(), time.monotonic() - began), refresh=True)
        try:
            sound = self.device.stop()
        except AudioError as error:
            return self._again(error) if key == ENTER else DROPPING[key]
        return sound if key == ENTER else DROPPING[key]

    def _again(self, error: AudioError) -> Choice:
        self.console.print(f"[red]{escape(str(error))}[/]")
        return Choice.AGAIN

    def _judge(self, take: Finished) -> Choice:
        """A take that is not good is only kept on purpose."""
        seconds, lufs, noise = figures(take)
        verdict = "[green]tốt[/]" if take.good else "[yellow]nên thu lại[/]"
        self.console.print(f"{verdict}: {seconds} giây, {lufs} LUFS, nền {noise} dB")
        for finding in take.findings:
            self.console.print(f"[yellow]· {escape(finding.message)}[/]")
        choices = {"d": Choice.AGAIN, "b": Choice.SKIP, "q": Choice.QUIT}
        if take.good:
            question, choices[ENTER] = "Enter giữ · d thu lại · n nghe lại · b bỏ qua · q dừng", Choice.KEEP
        else:
            question, choices[ENTER] = "Enter thu lại · g vẫn giữ · n nghe lại · b bỏ qua · q dừng", Choice.AGAIN
            choices["g"] = Choice.KEEP
        return self._ask(question, choices, take.audio)

    def _ask(self, question: str, choices: dict[str, Choice], audio: Audio | None) -> Choice:
        self.console.print(f"[bold]{question}[/]")
        while True:
            key = self.read_key(None) or ""
            if key == END:
                return Choice.QUIT
            if key in choices:
                return choices[key]
            if key == "n" and audio:
                self._play(audio)

    def _play(self, audio: Audio) -> None:
        try:
            self.device.play(audio)
        except DeviceError as error:
            self.console.print(f"[red]{escape(str(error))}[/]")


def _advice(piece: Piece, catalog: PromptCatalog) -> list[str]:
    """How a digit is said in its place, how names are read, and the sentence that a piece is a part of."""
    if piece in DIGITS or piece in TAKES:
        return [next(HINTS[place] for place in reversed(Position) if piece.id.endswith(place.value))]
    whole = next(prompt.text for prompt in catalog.prompts if piece in prompt.pieces)
    lines = [f"trong câu: {whole}"] if whole.strip() != piece.text else []
    return [*lines, f"đọc là: {spoken(piece.text)}"] if spoken(piece.text) != piece.text else lines


def _meter(level_db: float, seconds: float) -> Text:
    filled = round(METER_WIDTH * min(max(1 + level_db / METER_DB, 0), 1))
    style = "red" if level_db > TOO_LOUD_DB else "yellow" if level_db > LOUD_DB else "green"
    clock = f"{int(seconds) // 60}:{int(seconds) % 60:02}"
    bar = Text("█" * filled + "·" * (METER_WIDTH - filled), style=style)
    return Text.assemble(("● đang thu ", "red"), f"{clock} ", bar, f" {level_db:4.0f} dB  Enter xong · d bỏ, thu lại")
