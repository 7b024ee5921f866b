"""Call scripts in YAML: what a caller says, presses and does, and the prompt expected before each turn."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from bot.audio import Audio, read_wav
from bot.errors import AudioError, ScriptError
from bot.replies import Outcome
from bot.transports.phone_line import PhoneLine, spaced
from bot.transports.scripted_caller import KEY_EVERY_MS, Step
from bot.yaml_lines import line_of, load_yaml

ACTIONS = ("say", "file", "keys", "silence_ms", "hang_up")
TURN_KEYS = frozenset({*ACTIONS, "expect", "during", "at_once", "after_ms", "pause_ms"})
SCRIPT_KEYS = frozenset({"caller", "outcome", "snr_db", "title", "turns"})
REACTION_MS = 400
PAUSE_MS = 500

Speak = Callable[[str], Audio]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScript:
    """A script that was read and checked; its audio is made by `steps`. `outcome`, if set, is how the call must end."""

    path: Path
    title: str
    caller: str | None
    outcome: Outcome | None
    line: PhoneLine
    turns: tuple[Mapping[str, Any], ...]
    lines: tuple[int, ...]

    def steps(self, speak: Speak) -> list[Step]:
        """The caller's steps: `say` goes through `speak` and the telephone line; a file is played as it is.

        Raises:
            ScriptError: a file cannot be used; names the script's line. SpeechError: from `speak`.
        """
        return [self._step(turn, line, speak) for turn, line in zip(self.turns, self.lines, strict=True)]

    def _step(self, turn: Mapping[str, Any], line: int, speak: Speak) -> Step:
        place = f"{self.path}:{line}"
        try:
            audio = self._audio(turn, speak)
        except AudioError as error:
            raise ScriptError(f"{place}: {error}") from None
        return Step(
            place=place,
            after_ms=turn.get("after_ms", REACTION_MS),
            at_once=turn.get("at_once", False),
            expect=turn.get("expect"),
            during=turn.get("during"),
            audio=audio,
            keys=turn.get("keys", ""),
            key_every_ms=turn.get("pause_ms", KEY_EVERY_MS),
            silence_ms=turn.get("silence_ms", 0),
            hang_up=turn.get("hang_up", False),
        )

    def _audio(self, turn: Mapping[str, Any], speak: Speak) -> Audio | None:
        if "file" in turn:
            return read_wav(self.path.parent / turn["file"])
        if "say" not in turn:
            return None
        groups = turn["say"] if isinstance(turn["say"], list) else [turn["say"]]
        return self.line.carry(spaced([speak(group) for group in groups], turn.get("pause_ms", PAUSE_MS)))


def read_script(path: Path, prompts: frozenset[str]) -> CallScript:
    """Read a script whose `expect` and `during` name responses in `prompts`.

    Raises:
        ScriptError: no such file, bad YAML, or a wrong key or value; names file and line.
    """
    document = load_yaml(path, ScriptError)
    _check_keys(path, document, SCRIPT_KEYS)
    _check_values(path, document, _SCRIPT_VALUES)
    if "turns" not in document:
        raise ScriptError(f"{path}:1: thiếu khóa turns, là danh sách các lượt.")
    turns, lines = document["turns"], []
    for index, turn in enumerate(turns):
        lines.append(turns.lc.item(index)[0] + 1)
        _check_turn(path, lines[-1], turn, prompts)
    return CallScript(
        path=path,
        title=document.get("title", path.stem),
        caller=document.get("caller"),
        outcome=Outcome(document["outcome"]) if "outcome" in document else None,
        line=PhoneLine(snr_db=float(document.get("snr_db", 30.0))),
        turns=tuple(turns),
        lines=tuple(lines),
    )


def _check_turn(path: Path, line: int, turn: Any, prompts: frozenset[str]) -> None:
    if not isinstance(turn, CommentedMap):
        raise ScriptError(f"{path}:{line}: mỗi lượt là một bảng, ví dụ: - say: đúng")
    _check_keys(path, turn, TURN_KEYS)
    actions = [key for key in ACTIONS if key in turn]
    if len(actions) != 1:
        raise ScriptError(f"{path}:{line}: mỗi lượt cần đúng một trong: {', '.join(ACTIONS)}.")
    _check_values(path, turn, _TURN_VALUES)
    for key in ("expect", "during"):
        if key in turn and turn[key] not in prompts:
            raise ScriptError(f"{path}:{line_of(turn, key)}: không có câu {turn[key]!r}. Xem: nhanh8 prompts list")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_speech(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and bool(value) and all(_is_text(group) for group in value))


def _is_keys(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9*#]+", value) is not None


def _is_duration(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_outcome(value: Any) -> bool:
    return value in {outcome.value for outcome in Outcome}


Values = tuple[tuple[str, Callable[[Any], bool], str], ...]

_SCRIPT_VALUES: Values = (
    ("title", _is_text, "title: Khớp dữ liệu"),
    ("caller", lambda value: value is None or _is_text(value), 'caller: "0912345678" (luôn đặt trong dấu nháy)'),
    ("outcome", _is_outcome, f"outcome: {Outcome.RESET.value} (có thể: {', '.join(o.value for o in Outcome)})"),
    ("snr_db", _is_number, "snr_db: 30"),
    ("turns", lambda value: isinstance(value, list), "turns: rồi mỗi dòng một lượt, như - say: đúng"),
)
_TURN_VALUES: Values = (
    ("expect", _is_text, "expect: utter_greeting"),
    ("during", _is_text, "during: utter_greeting"),
    ("say", _is_speech, 'say: "không một hai"'),
    ("file", _is_text, "file: nguoi_goi.wav"),
    ("keys", _is_keys, 'keys: "0123456789#" (luôn đặt trong dấu nháy)'),
    ("silence_ms", _is_duration, "silence_ms: 8000"),
    ("after_ms", _is_duration, "after_ms: 400"),
    ("pause_ms", _is_duration, "pause_ms: 500"),
    ("hang_up", lambda value: value is True, "hang_up: true"),
    ("at_once", lambda value: value is True, "at_once: true"),
)


def _check_values(path: Path, table: Any, values: Values) -> None:
    for key, fits, example in values:
        if key in table and not fits(table[key]):
            raise ScriptError(f"{path}:{line_of(table, key)}: {key} không hợp lệ: {table[key]!r}. Ví dụ: {example}")


def _check_keys(path: Path, table: Any, known: frozenset[str]) -> None:
    for key in table:
        if key not in known:
            may = ", ".join(sorted(known))
            raise ScriptError(f"{path}:{line_of(table, key)}: khóa lạ {key!r}. Có thể dùng: {may}.")
