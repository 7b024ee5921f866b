"""Plays a case at text level, and judges what came of it, whoever held the call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol, Union

from bot.design.cases import Case, Check, Move, Situation
from bot.design.findings import At
from bot.errors import DialogueError
from bot.ports import AttemptLimits, Caller, Dialogue, SecretDesk, Trouble
from bot.replies import DigitString, Heard, HungUp, Outcome, Reply, Say, SecretRef, shown

_LISTEN: Final = "action_listen"
_CALLER_SAYS: Final = "user"
_BOT_DOES: Final = "action"


class CaseAccounts(Protocol):
    """The accounts of the case that is being played."""

    def begin(self, accounts: Mapping[str, str], *, away: bool) -> None: ...

    def fail(self, caller: str, times: int, limits: AttemptLimits) -> None: ...


class TrackedDialogue(Dialogue, Protocol):
    """Rasa's dialogue."""

    async def tracker(self, call_id: str) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a case is played on. `accounts` are those that `desk` works with."""

    dialogue: TrackedDialogue
    desk: SecretDesk
    accounts: CaseAccounts

    def set(self, situation: Situation) -> None:
        self.accounts.begin(situation.accounts, away=situation.accounts_away)
        if situation.caller and situation.failed_attempts:
            limits = AttemptLimits(**asdict(situation.settings.limits))
            self.accounts.fail(situation.caller, situation.failed_attempts, limits)


@dataclass(frozen=True, slots=True)
class Passage:
    """An intent or action of the dialogue; the form that is active and all slots that hold something after it."""

    intent: str
    action: str
    loop: str | None
    slots: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was heard and answered after the case's move number `move`. `reply` is None where the dialogue failed."""

    move: int
    heard: Union[Heard, Trouble, None]
    reply: Reply | None
    error: str = ""
    slots: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A call that was held. `made` is the number of the last move that was made; `outcome` is None where the case ends
    before the call.
    """

    turns: Sequence[Turn]
    made: int
    outcome: Outcome | None
    passages: Sequence[Passage] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """What is otherwise than the case says after its move number `move`."""

    move: int
    at: At
    message: str


class WatchedDialogue:
    """A Dialogue that notes what passes through it, for one call; `move` tells the case's move that is being made."""

    def __init__(self, dialogue: TrackedDialogue, move: Callable[[], int]) -> None:
        self.turns: list[Turn] = []
        self.passages: list[Passage] = []
        self._dialogue = dialogue
        self._move = move

    async def start(self, caller: Caller) -> Reply:
        return await self._note(caller.call_id, None, self._dialogue.start(caller))

    async def reply(self, call_id: str, heard: Heard) -> Reply:
        return await self._note(call_id, heard, self._dialogue.reply(call_id, heard))

    async def apologise(self, call_id: str, trouble: Trouble) -> Reply:
        return await self._note(call_id, trouble, self._dialogue.apologise(call_id, trouble))

    async def end(self, call_id: str) -> None:
        await self._dialogue.end(call_id)

    async def _note(self, call_id: str, heard: Heard | Trouble | None, answer: Any) -> Reply:
        try:
            reply: Reply = await answer
        except DialogueError as error:
            self.turns.append(Turn(move=self._move(), heard=heard, reply=None, error=str(error)))
            raise
        tracker = await self._dialogue.tracker(call_id)
        slots = tracker.current_slot_values() if tracker else {}
        self.turns.append(Turn(move=self._move(), heard=heard, reply=reply, slots=slots))
        if tracker:
            self.passages = list(_passages(event.as_dict() for event in tracker.events))
        return reply


async def play(case: Case, stage: Stage) -> Played:
    """The whole case at text level, or as much of it as the bot does not hang up in. A password counts as heard."""
    stage.set(case.situation)
    made = 0
    watched = WatchedDialogue(stage.dialogue, lambda: made)
    call_id = uuid.uuid4().hex
    active, outcome = False, None
    try:
        reply = await watched.start(Caller(call_id, case.situation.caller))
        for move in case.moves[1:]:
            if reply.hang_up:
                break
            made += 1
            if isinstance(move.does, HungUp):
                outcome = Outcome.HUNG_UP
            elif isinstance(move.does, Trouble):
                reply = await watched.apologise(call_id, move.does)
            elif move.does is not None:
                reply = await watched.reply(call_id, move.does)
                active = any(map(stage.desk.heard, _secrets(reply.says))) or active
        outcome = reply.outcome if reply.hang_up else outcome
    except DialogueError:
        outcome = Outcome.ERROR
    finally:
        await watched.end(call_id)
        stage.desk.end(call_id)
    outcome = Outcome.RESET if outcome and active else outcome
    return Played(turns=watched.turns, made=made, outcome=outcome, passages=watched.passages)


def judge(case: Case, played: Played) -> list[Failure]:
    """What is otherwise than the case says, at the first move where something is."""
    last: dict[int, Turn] = {}
    for turn in played.turns:
        if not last.get(turn.move, turn).error:  # an apology after it explains nothing
            last[turn.move] = turn
    for number, move in enumerate(case.moves):
        if number > played.made:
            return [Failure(number, move.at, "cuộc gọi kết thúc trước bước này.")]
        failures = [Failure(number, at, message) for at, message in _of_move(move, last.get(number), played)]
        if failures:
            return failures
    return []


def _of_move(move: Move, turn: Turn | None, played: Played) -> Iterator[tuple[At, str]]:
    if turn is None and not isinstance(move.does, HungUp):
        yield move.at, "trợ lý không trả lời bước này."
        return
    if turn and turn.reply is None:
        yield move.at, turn.error
        return
    if turn and turn.reply:
        yield from _said(move.checks, turn.reply.says)
    for check in move.checks:
        if check.key not in ("utter", "bot") and (problem := _problem(check, turn, played)):
            yield check.at, problem


def _said(checks: Sequence[Check], says: Sequence[Say]) -> Iterator[tuple[At, str]]:
    """All that the bot says after a move, in this order, where the case names anything of it."""
    wanted = [check for check in checks if check.key in ("utter", "bot")]
    fits = len(wanted) == len(says) and all(map(_is_said, wanted, says))
    if wanted and not fits:
        names = ", ".join(check.value if check.key == "utter" else f"“{check.value}”" for check in wanted)
        yield wanted[0].at, f"chờ trợ lý nói {names}; trợ lý nói {', '.join(say.prompt_id for say in says)}."


def _is_said(check: Check, say: Say) -> bool:
    """A response's name stands for each of its variations; a text may have its values or their places."""
    if check.key == "utter":
        return check.value in (say.prompt_id, say.prompt_id.partition(".")[0])
    return check.value in (say.text, shown(say, digits=True))


def _problem(check: Check, turn: Turn | None, played: Played) -> str:
    """Why a check does not hold, empty if it does."""
    if check.key == "outcome":
        outcome = played.outcome if turn is None or (turn.reply and turn.reply.hang_up) else None
        return _unlike("kết quả", check.value, outcome.value if outcome else None)
    if turn is None or turn.reply is None:
        return ""
    if check.key in ("slot_was_set", "slot_was_not_set"):
        return _slot_problem(check, turn.slots)
    reply = turn.reply
    seen = {
        "intent": reply.intent,
        "expect": reply.expect.value,
        "digits_wanted": reply.digits_wanted,
        "reads": next((value.digits for value in _values(reply.says) if isinstance(value, DigitString)), None),
    }
    return _unlike(check.key, check.value, seen[check.key])


def _slot_problem(check: Check, slots: Mapping[str, Any]) -> str:
    name, wanted = check.value
    value = slots.get(name)
    is_so = value is not None and wanted in (None, value)
    if is_so == (check.key == "slot_was_set"):
        return ""
    shall = "phải" if check.key == "slot_was_set" else "không được"
    return f"slot {name} {shall} {'có giá trị' if wanted is None else f'là {wanted!r}'}; slot là {value!r}."


def _unlike(name: str, wanted: Any, value: Any) -> str:
    return "" if wanted == value else f"{name} phải là {wanted!r}; thực tế là {value!r}."


def _values(says: Sequence[Say]) -> Iterator[Any]:
    return (value for say in says for value in say.values.values())


def _secrets(says: Sequence[Say]) -> Iterator[SecretRef]:
    return (value for value in _values(says) if isinstance(value, SecretRef))


def _passages(events: Iterator[Mapping[str, Any]]) -> Iterator[Passage]:
    """Rasa's events as intents and actions, each with what holds after it."""
    intent, action, loop = "", "", None
    slots: dict[str, Any] = {}
    for event in events:
        kind, name = event["event"], str(event.get("name"))
        if kind in (_CALLER_SAYS, _BOT_DOES) and (intent or action):
            yield Passage(intent, action, loop, dict(slots))
        if kind == _CALLER_SAYS:
            intent, action = str(event["parse_data"]["intent"]["name"]), ""
        elif kind == _BOT_DOES:
            intent, action = "", "" if name == _LISTEN else name
        elif kind == "slot":
            slots[name] = event["value"]
        elif kind == "active_loop":
            loop = event["name"]
    if intent or action:
        yield Passage(intent, action, loop, dict(slots))
