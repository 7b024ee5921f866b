"""Holds a whole call with everything around it by script, and keeps what happened."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from bot.call.listening import Ears
from bot.call.session import CallResult, CallSession, Staff
from bot.events import Event, EventLog, Kind, Sink
from bot.ports import Caller, CallTransport
from bot.replies import Expect, Outcome
from bot.settings import TurnsSettings
from bot.vietnamese.digits import digit_count
from bot.vietnamese.taking_turns import takes_the_turn
from tests.contract.calls import Desk, FixedSpeaker, LoudIsVoice, ScriptedDialogue
from tests.contract.recognizers import Promptly, ScriptedRecognizer

CALLER = Caller("call-1", "0912345678")


@dataclass
class HeldCall:
    """Who worked on a call, and what happened in it."""

    dialogue: ScriptedDialogue
    desk: Desk
    recognizer: ScriptedRecognizer
    speaker: FixedSpeaker
    voice_activity: LoudIsVoice
    events: list[Event] = field(default_factory=list)
    result: CallResult | None = None
    session: CallSession | None = None

    @property
    def outcome(self) -> Outcome | None:
        return self.result.outcome if self.result else None

    @property
    def prompts(self) -> list[str]:
        return [str(event.fields["prompt_id"]) for event in self.of(Kind.PROMPT)]

    def of(self, kind: Kind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]

    def one(self, kind: Kind) -> Event:
        (event,) = self.of(kind)
        return event


@contextmanager
def session(
    transport: CallTransport,
    *,
    dialogue: ScriptedDialogue | None = None,
    desk: Desk | None = None,
    words: tuple[str, ...] = ("",),
    recognizer: ScriptedRecognizer | None = None,
    speaker: FixedSpeaker | None = None,
    turns: TurnsSettings | None = None,
    max_call_ms: int = 300_000,
    sinks: tuple[Sink, ...] = (),
) -> Iterator[HeldCall]:
    """A session ready to run; `words` are what the recogniser makes of one turn after the other."""
    held = HeldCall(
        dialogue or ScriptedDialogue(),
        desk or Desk(),
        recognizer or ScriptedRecognizer(*words),
        speaker or FixedSpeaker(),
        LoudIsVoice(),
    )
    follows = (cast(Sink, transport),) if callable(transport) else ()
    with ThreadPoolExecutor(2) as worker:
        held.session = CallSession(
            caller=CALLER,
            transport=transport,
            staff=Staff(dialogue=held.dialogue, speaker=held.speaker, desk=held.desk, worker=worker),
            ears=Ears(
                hearing=Promptly(held.recognizer),
                voice_activity=held.voice_activity,
                count_digits=digit_count,
                takes_the_turn=takes_the_turn,
                settings=turns or TurnsSettings(),
            ),
            events=EventLog(held.events.append, *follows, *sinks),
            max_call_ms=max_call_ms,
        )
        yield held


async def hold(transport: CallTransport, **around: object) -> HeldCall:
    with session(transport, **around) as held:  # type: ignore[arg-type]
        assert held.session
        held.result = await held.session.run()
    return held


def expected(held: HeldCall) -> list[Expect]:
    return held.recognizer.expected
