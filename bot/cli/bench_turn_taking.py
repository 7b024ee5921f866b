"""`nhanh8 bench turn-taking`: what noise does to the bot's sentences, and pauses to the caller's."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import typer
from rich.table import Table

from bot.app import Bot, caller_voice
from bot.audio import RATE_HZ, Audio
from bot.cli.bench import JSON, with_own_accounts
from bot.cli.context import out, progress
from bot.evaluate.channels import carry
from bot.evaluate.codes import spoken_codes, voices
from bot.evaluate.recordings import read_clips
from bot.evaluate.sounds import SOUND_AT_MS, short_sound, steady
from bot.evaluate.trials import Trial
from bot.events import Event, Kind
from bot.transports.overlaid import Overlaid, Sound
from bot.transports.phone_line import PhoneLine
from bot.transports.scripted_caller import Step

MENU, CODE, CONFIRM = "utter_ask_reset_form_service", "utter_ask_reset_form_bhxh_code", "utter_ask_reset_form_code_conf"
PROMPTS: Final = (MENU, CODE, CONFIRM)
OVER_THE_BOT_MS: Final = 1200
LINE_NOISE_MS: Final = 3000
PAUSES_MS: Final = (300, 1500)
GROUPS: Final = {"3-3-4": (3, 3, 4), "4-3-3": (4, 3, 3), "pairs": (2, 2, 2, 2, 2)}


def turn_taking(
    context: typer.Context,
    segments: Path = typer.Option(..., help="Bảng các đoạn ghi âm (segments.tsv)."),
    split: str = typer.Option("dev", help="Phần của bảng."),
    noises: int = typer.Option(50, min=1, help="Bao nhiêu tiếng động lên lời trợ lý."),
    codes: int = typer.Option(100, min=1, help="Bao nhiêu mã số có quãng nghỉ 0,3 đến 1,5 giây giữa các nhóm."),
    seed: int = typer.Option(8),
    as_json: bool = JSON,
) -> None:
    """Tiếng ho, “ừ”, tiếng cửa, tiếng ồn có cắt hẳn lời trợ lý không; quãng nghỉ có làm mất chữ số không."""
    among = voices(read_clips(segments, split=split))
    trials = list(spoken_codes(among, codes, seed, pause_ms=PAUSES_MS, styles=GROUPS))
    with tempfile.TemporaryDirectory() as folder:
        bot = Bot(with_own_accounts(context.obj.settings, Path(folder)), progress)
        try:
            noisy = asyncio.run(_make_noise(bot, noises, seed))
            paused = asyncio.run(_pause(bot, trials, seed))
        finally:
            bot.close()
    figures = {**noisy.figures(), **paused}
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))  # noqa: T201 - for machines
        return
    table = Table("Tiếng động", "số lần", "trợ lý ngừng", "nói tiếp", "bị cắt hẳn", title="Tiếng động lên lời trợ lý")
    for kind, row in figures["noises"].items():
        table.add_row(kind, *(str(row[key]) for key in ("made", "stopped", "resumed", "cut")))
    out.print(table)
    out.print(f"Mã số mất chữ số vì quãng nghỉ: {figures['codes_cut_by_a_pause']} của {figures['codes']}.")


@dataclass(slots=True)
class _Noisy:
    """An event sink over calls: what each sound over the bot came to. `now` is the kind of sound over each prompt."""

    now: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, Counter[str]] = field(default_factory=dict)
    _kind: str | None = None
    _stopped: bool = False

    def __call__(self, event: Event) -> None:
        if event.kind is Kind.PROMPT:
            prompt = str(event.fields["prompt_id"])
            begins = next((begins for begins in self.now if prompt.startswith(begins)), None)
            if begins:
                self._kind = self.now.pop(begins)
                self._count("made")
        elif event.kind is Kind.BARGE_IN and self._kind:
            self._count("stopped")
            self._stopped = True
        elif event.kind is Kind.RESUMED and self._kind:
            self._count("resumed")
            self._stopped = False
        elif event.kind is Kind.HEARD and self._kind:
            if self._stopped:
                self._count("cut")
            self._stopped, self._kind = False, None

    def figures(self) -> dict[str, Any]:
        rows = {
            kind: {key: counts[key] for key in ("made", "stopped", "resumed", "cut")}
            for kind, counts in self._counts.items()
        }
        return {"noises": rows, "sentences_cut": sum(row["cut"] for row in rows.values())}

    def _count(self, what: str) -> None:
        assert self._kind is not None  # noqa: S101 - asked by every caller
        self._counts.setdefault(self._kind, Counter())[what] += 1


async def _make_noise(bot: Bot, count: int, seed: int) -> _Noisy:
    noisy, sounds = _Noisy(), _sounds(seed)
    for call in range(0, count, len(PROMPTS)):
        drawn = [next(sounds) for _ in PROMPTS][: count - call]
        noisy.now = {prompt: kind for prompt, (kind, _) in zip(PROMPTS, drawn, strict=False)}
        laid = [Sound(prompt, OVER_THE_BOT_MS, audio) for prompt, (_, audio) in zip(PROMPTS, drawn, strict=False)]
        keys = [("8", MENU), ("0123456789", CODE), ("2", CONFIRM)]
        steps = [Step(place=expect, after_ms=400, expect=expect, keys=keyed) for keyed, expect in keys]
        hang_up = Step(place="end", after_ms=0, hang_up=True)
        line = Overlaid([*steps, hang_up], PhoneLine(seed=seed + call).idle_frames(), laid)
        await bot.take("0912345678", line, noisy, line)
        progress(f"{min(call + len(PROMPTS), count)} của {count} tiếng động")
    return noisy


def _sounds(seed: int) -> Iterator[tuple[str, Audio]]:
    """Coughs and slams are shaped noise, “ừ” is synthetic speech: there are no recordings of them."""
    voice = caller_voice()
    try:
        yes = {word: PhoneLine(seed=seed).carry(voice.synthesize(word)) for word in ("ừ", "dạ", "vâng", "ừ ừ")}
    finally:
        voice.close()
    for number, kind in enumerate(cycle(["ho", "ừ", "sập cửa", "ồn đường dây", "ho", "dạ", "ồn phố", "vâng", "ừ ừ"])):
        own = seed * 1000 + number
        if kind in yes:
            yield f"“{kind}”", yes[kind]
        elif kind == "ồn đường dây":
            yield kind, steady("line", 10, LINE_NOISE_MS, own)
        elif kind == "ồn phố":
            yield kind, steady("street", 10, LINE_NOISE_MS, own)
        else:
            sound = short_sound("cough" if kind == "ho" else "slam", own)
            yield kind, Audio(sound.pcm[2 * RATE_HZ * SOUND_AT_MS // 1000 :])


async def _pause(bot: Bot, trials: list[Trial], seed: int) -> dict[str, int]:
    """A code is cut by a pause when its turn ends before its last digit began to be said."""
    cut = 0
    for number, trial in enumerate(trials):
        audio = carry(trial.audio, "g711", seed=trial.seed(seed), babble=None)
        steps = [
            Step(place="menu", after_ms=400, expect=MENU, keys="8"),
            Step(place="code", after_ms=400, expect=CODE, audio=audio),
            Step(place="end", after_ms=0, hang_up=True),
        ]
        heard: list[Event] = []
        line = Overlaid(steps, PhoneLine(seed=seed + number).idle_frames(), [])
        await bot.take("0912345678", line, line, heard.append)
        silent = [event.at_ms for event in heard if event.kind is Kind.SILENT]
        turns = [event.at_ms for event in heard if event.kind is Kind.HEARD and event.fields["how"] == "speech"]
        said_until_ms = silent[1] + 400 + trial.ends_ms[-2] if len(silent) > 1 else 0
        cut += bool(turns) and turns[0] < said_until_ms
        if number % 10 == 9:
            progress(f"{number + 1} của {len(trials)} mã số, {cut} bị cắt")
    return {"codes": len(trials), "codes_cut_by_a_pause": cut}
