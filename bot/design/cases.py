"""E2e cases in YAML, near Rasa Pro's format: what a caller does, and what the bot has to say, remember and decide.

`test_cases`, `fixtures`, `user`, `utter`, `bot`, `slot_was_set` and `slot_was_not_set` are Rasa Pro's. What its format
lacks: `keys`, `silence` and `hang_up`; `heard` for what a recogniser made of a turn; `trouble` for what befalls a call;
`intent`, `expect`, `reads`, `digits_wanted` and `outcome` to look at; checks may stand in the caller's step, `utter`
and `slot_was_set` may name one or several. A fixture is what a call finds, and what was said before. There are no
`metadata`, stubs or assertions.

https://rasa.com/docs/reference/testing/test-cases
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Union

from bot.design.findings import At
from bot.ports import Trouble
from bot.replies import Heard, HungUp, Utterance
from bot.settings import Settings

FIXTURES_FILE: Final = "fixtures.yml"
Does = Union[Heard, HungUp, Trouble]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so after a move; for slots `value` is the name and the value, None for any."""

    key: str
    value: Any
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that the caller does, or that befalls the call, and what has to come of it. `does` is None for the
    call that is answered; `said` is what a voice can say or a finger press for it.
    """

    at: At
    does: Does | None = None
    said: str = ""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a call finds: who calls, which phone each code belongs to, how often the caller was refused just before."""

    settings: Settings
    caller: str | None
    accounts: Mapping[str, str]
    failed_attempts: int = 0
    accounts_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`moves` begin with the answered call."""

    name: str
    at: At
    situation: Situation = field(repr=False)
    moves: tuple[Move, ...]

    @property
    def is_spoken(self) -> bool:
        """Whether a voice says something in it."""
        return any(isinstance(move.does, Utterance) for move in self.moves)

    @property
    def needs_text(self) -> bool:
        """Whether it holds what no caller can bring about: n-best lists, noise as text, trouble."""
        return any(
            isinstance(move.does, Trouble) or (isinstance(move.does, Utterance) and not move.said)
            for move in self.moves
        )


def is_named(name: str, parts: Sequence[str]) -> bool:
    """Whether one of the parts is in the name; every name has one where there are no parts."""
    return not parts or any(part.casefold() in name.casefold() for part in parts)
