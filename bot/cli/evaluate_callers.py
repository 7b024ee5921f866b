"""The callers that `nhanh8 evaluate calls` lets call: those of scripts, and recorded ones; all checked first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.app import caller_voice, prompt_catalog
from bot.audio import SILENT_FRAME
from bot.errors import AudioError, ScriptError
from bot.evaluate.recorded_calls import RecordedCall, read_recorded_calls
from bot.evaluate.tables import only_table, tables_in
from bot.replies import Outcome
from bot.settings import Settings
from bot.transports.call_script import read_script
from bot.transports.scripted_caller import ScriptedCaller, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTask:
    """One call to hold: who calls and what they do. `code` is what the bot must understand; personal data, as `number`.

    `account` is the number and code that must belong together.
    """

    name: str
    title: str
    recorded: bool
    number: str | None = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    idle: tuple[bytes, ...] = field(repr=False)
    outcome: Outcome | None
    code: str | None = field(default=None, repr=False)
    account: tuple[str, str] | None = field(default=None, repr=False)

    def caller(self) -> ScriptedCaller:
        """A caller for one call."""
        return ScriptedCaller(list(self.steps), list(self.idle), outcome=self.outcome)

    @property
    def digest(self) -> str:
        """A name of who calls and what they do, wherever that is written: the same caller, the same name."""
        digest = hashlib.sha256(repr((self.number, self.outcome, self.code, self.account)).encode())
        for step in self.steps:
            digest.update(repr(replace(step, place="", audio=None)).encode())
            digest.update(step.audio.pcm if step.audio else b"")
        digest.update(b"".join(self.idle))
        return digest.hexdigest()[:12]


def read_callers(settings: Settings, folder: Path) -> list[CallTask]:
    """The scripts (.yml) of the folder by name, then the recorded callers of its table (.csv, .tsv) in their order.

    Raises:
        ScriptError, AudioError: nothing there; or all that is wrong with any script or row. SpeechError.
    """
    faults: list[str] = []
    found = [*_scripted(settings, folder, faults), *_recorded(settings, folder, faults)]
    if faults:
        raise ScriptError("\n".join(faults))
    if not found:
        raise ScriptError(f"Không có kịch bản (.yml) hay bảng bản thu (.csv) nào trong {folder}. Chọn thư mục khác.")
    return _named_apart(found)


def _scripted(settings: Settings, folder: Path, faults: list[str]) -> Iterator[CallTask]:
    prompts = prompt_catalog(settings).responses
    for path in sorted(folder.glob("*.yml")):
        try:
            yield _script(path, prompts)
        except (ScriptError, AudioError) as error:
            faults.append(str(error))


def _script(path: Path, prompts: frozenset[str]) -> CallTask:
    script = read_script(path, prompts)
    voice = caller_voice()  # one for each script: what espeak-ng has said before changes how it says the next
    try:
        steps = tuple(script.steps(voice.synthesize))
    finally:
        voice.close()
    return CallTask(
        name=path.stem,
        title=script.title,
        recorded=False,
        number=script.caller,
        steps=steps,
        idle=tuple(script.line.idle_frames()),
        outcome=script.outcome,
    )


def _recorded(settings: Settings, folder: Path, faults: list[str]) -> Iterator[CallTask]:
    if not tables_in(folder):
        return
    try:
        yield from map(_task, read_recorded_calls(only_table(folder), settings.code.lengths))
    except AudioError as error:
        faults.append(str(error))


def _task(call: RecordedCall) -> CallTask:
    return CallTask(
        name=call.file.stem,
        title=call.file.name,
        recorded=True,
        number=call.caller,
        steps=(Step(place=str(call.file), after_ms=0, at_once=True, audio=call.audio),),
        idle=(SILENT_FRAME,),
        outcome=call.outcome,
        code=call.code,
        account=call.account,
    )


def _named_apart(tasks: Sequence[CallTask]) -> list[CallTask]:
    """Names are those of files: the second of one name becomes NAME-2."""
    named: dict[str, CallTask] = {}
    for task in tasks:
        names = (task.name, *(f"{task.name}-{number}" for number in range(2, len(tasks) + 1)))
        name = next(name for name in names if name not in named)
        named[name] = replace(task, name=name)
    return list(named.values())
