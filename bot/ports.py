"""The seams of nhanh8: what a call and a reset need from the outside. Adapters live in their own packages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, Union

from bot.audio import Audio
from bot.replies import Expect, Heard, HungUp, Reply, Say, SecretRef, Utterance


@dataclass(frozen=True, slots=True)
class KeyPress:
    """One telephone key: `0` to `9`, `*` or `#`."""

    key: str


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """20 ms of the caller's audio: 320 bytes, 8 kHz, 16-bit mono."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class TypedText:
    """What a tester typed instead of saying it: the turn's words, exactly."""

    text: str


LineEvent = Union[AudioFrame, KeyPress, TypedText, HungUp]


class CallTransport(Protocol):
    """One line: the caller's frames and keys come in, the bot's frames go out. Audio frames are the call's clock."""

    def events(self) -> AsyncIterator[LineEvent]:
        """What happens on the line; ends after `HungUp`."""
        ...

    async def send(self, frame: bytes) -> None:
        """Send 20 ms of the bot's speech (320 bytes); the line is silent where nothing is sent."""
        ...

    async def played(self) -> bool:
        """Wait until all that was sent has been played; False when the caller left before that."""
        ...

    async def clear(self) -> None:
        """Forget what was sent and not yet played."""
        ...

    async def hang_up(self) -> None:
        """End the call; harmless when it has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerCapabilities:
    """What an engine can do beyond free text."""

    grammar: bool  # `expect` narrows what can be heard
    confidence: bool  # hypotheses carry a confidence
    n_best: bool  # more than one hypothesis


class RecognizerStream(Protocol):
    """One turn's recognition. Not thread-safe: one caller at a time. Calls block while they compute."""

    def accept(self, audio: Audio) -> str:
        """Hear more; returns the words so far (may be empty, may change)."""
        ...

    def finish(self) -> Utterance:
        """The result of all audio so far. The stream is of no use afterwards."""
        ...


class Recognizer(Protocol):
    """A loaded engine that serves many streams at once."""

    @property
    def capabilities(self) -> RecognizerCapabilities: ...

    def open(self, expect: Expect) -> RecognizerStream:
        """A fresh stream for one turn in which `expect` is expected."""
        ...


class Hung(Exception):
    """What was asked is given up: who should have answered died, stood still, or took too long."""


class HearingStream(Protocol):
    """One turn, heard elsewhere. Nothing blocks; what is asked is answered in its order, and cannot be cancelled.

    The futures raise Hung where who heard the turn is lost: nothing more is heard of it.
    """

    def accept(self, audio: Audio) -> Future[str]:
        """As of RecognizerStream."""
        ...

    def finish(self) -> Future[Utterance]:
        """As of RecognizerStream."""
        ...


class Hearing(Protocol):
    """Recognisers that compute in processes or threads of their own, for many turns at once."""

    def open(self, expect: Expect) -> HearingStream:
        """A fresh stream for one turn in which `expect` is expected."""
        ...


class Synthesizer(Protocol):
    """Text to audio."""

    @property
    def voice(self) -> str:
        """A stable name of engine, voice and tuning; it changes when the sound would."""
        ...

    def synthesize(self, text: str) -> Audio:
        """Speak `text` (Vietnamese words, NFC) at a rate of the engine's own, 8 kHz or more; blocks.

        Raises:
            SpeechError: the engine is missing, refused, or took too long.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `number` is the trusted calling number in national form (`0912345678`), None when withheld.

    `trunk` names the line that the call came over; refused attempts are counted for it too.
    """

    call_id: str
    number: str | None
    trunk: str = ""


class Trouble(Enum):
    """Why a call has to end before its dialogue does."""

    FAULT = "fault"  # something inside failed
    UNAVAILABLE = "unavailable"  # the password could not be changed; the old one still works
    TIME_UP = "time_up"  # the call is as long as a call may be


class Dialogue(Protocol):
    """Decides what to say and what to expect next; never sees audio and never a password."""

    async def start(self, caller: Caller) -> Reply: ...

    async def reply(self, call_id: str, heard: Heard) -> Reply: ...

    async def apologise(self, call_id: str, trouble: Trouble) -> Reply:
        """What to say when the call has to end because of `trouble`."""
        ...

    async def end(self, call_id: str) -> None:
        """Forget the call; harmless when it is unknown."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The time now, with UTC as its zone."""
        ...


class Verdict(Enum):
    """What the directory says of a caller and a code. Which of the reasons made it refuse is not told."""

    MATCHED = "matched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequest:
    """A wish to replace a password. `password_hash` waits beside the old one until somebody heard it.

    `citizen_id_ending` is what the caller said as the second factor (`bot.reset.citizen_id`), None where none is asked.
    """

    reset_id: str
    caller: str
    trunk: str
    code: str
    password_hash: str
    now: datetime
    pending_until: datetime
    citizen_id_ending: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimits:
    """How many failed attempts are free before waits begin, and how waits grow. `bot.reset.limits` is the rule."""

    per_caller: int
    per_caller_wary: int  # the same while the code or the trunk waits
    per_code: int
    per_trunk: int
    first_wait_s: int
    longest_wait_s: int
    window_s: int  # how long a failure counts for its caller number and its code
    trunk_window_s: int  # and for its trunk


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What is kept of a call: no code, no password, no audio. `caller` is the trusted number in national form."""

    call_id: str
    started_at: datetime
    duration_ms: int
    fee_vnd: int
    outcome: str
    turns: int
    caller: str | None = field(default=None, repr=False)


class AccountDirectory(Protocol):
    """The agency's accounts. Every method is one transaction, and harmless when it is asked again with the same id.

    Raises (every method):
        AccountsError: the database cannot be used; AccountsBusy when trying again may help.
    """

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        """Check caller and code within the limits; count a failure, or store the pending hash beside the old one."""
        ...

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        """Make the pending hash the account's one password, to be changed at first login.

        True when it is active, now or by an earlier call; False when it lapsed or is unknown (the old one still works).
        """
        ...

    def discard_reset(self, reset_id: str) -> None:
        """Forget a pending hash; the old password stays. Harmless when it is active or unknown."""
        ...

    def record_call(self, record: CallRecord) -> None:
        """Keep the record of a call that ended; a second record of the same call changes nothing."""
        ...


class ErrandKind(str, Enum):
    """What has to follow a reset."""

    END_LOGINS = "end_logins"  # logins from before it are no longer good
    TELL_OWNER = "tell_owner"  # that the password was replaced; never the password


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One thing that has to follow a reset. `id` is the same however often it is tried."""

    id: str
    kind: ErrandKind
    code: str = field(repr=False)
    phone: str = field(repr=False)
    email: str | None = field(repr=False)
    reset_at: datetime
    tries: int  # before this one


class ErrandRunner(Protocol):
    """The agency's side of what follows a reset. Safe to use from many threads."""

    def run(self, errand: Errand) -> None:
        """Do it; harmless when it was done before. Blocks.

        Raises:
            ErrandRefused: it can never be done this way, and will not be asked again.
            AccountsError: it is not done, or may not be; it will be asked again.
        """
        ...

    def close(self) -> None:
        """Harmless twice."""
        ...


class SecretDesk(Protocol):
    """What a call tells the reset business. Calls block."""

    def heard(self, ref: SecretRef) -> bool:
        """The first reading of a password was played to its end: it becomes the account's one password.

        False when it lapsed and the old password still works. Raises AccountsError.
        """
        ...

    def end(self, call_id: str) -> None:
        """The call is over: a password that nobody heard is dropped, and the secret forgotten. Raises AccountsError."""
        ...


class PasswordHasher(Protocol):
    def hash(self, password: str) -> str:
        """A salted, slow hash in PHC string format."""
        ...

    def verify(self, password_hash: str, password: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of the bot's speech, ready to play.

    `secret` audio is never recorded. `heard` is set on the piece that completes a secret's first reading: once it has
    been played, the caller has heard that secret.
    """

    prompt_id: str
    audio: Audio
    interruptible: bool = True
    secret: bool = False
    heard: SecretRef | None = None


class Speaker(Protocol):
    """Prompts to audio: recordings first, synthesis next."""

    def render(self, says: Sequence[Say]) -> list[Segment]:
        """The pieces to play, in order; blocks. Resolves each secret reference, which can be done once.

        Raises:
            SpeechError, PromptError: a prompt cannot be spoken.
        """
        ...
