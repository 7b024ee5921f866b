"""The business of branch 8: check a caller, issue a password, and make it count only once it has been heard.

The protocol of a reset. What works is what the account holds; two steps change it, each in one transaction:

    issue   `request_reset` tests the caller and counts a failure, or puts the new hash beside the old one
    speak   the secret's reference is resolved, and its first reading goes out on the line; nothing is written
    heard   the line says that the last group of that reading has been played; nothing is written
    active  `activate_reset` puts the new hash in the place of the old one, to be changed at first login, and notes in
            the same transaction what has to follow: logins to end, an owner to tell
    end     of a call in which nothing became active: `discard_reset` takes the new hash away

A process, a database or a machine may die, and a disk be full, at any point:

    before issue is committed   nothing happened. No verdict was told, so no refusal is uncounted
    from there until active     the old password works. The new hash lapses (`pending_s`); nothing can make it active,
                                for the reset's id lives in this process only
    between heard and active    the old password works; the caller has noted one that never will, and calls again
    after active is committed   the new password works, whether or not this process lived to learn of it. Where only the
                                answer was lost it is asked for again; if it stays lost, the caller is told that the old
                                password works, although the one that they heard does

So one password works at any time: the old one, or one that was read out to its end. A clock that steps ahead lets the
new one lapse; one that steps back between issue and active does not shorten its time: `expires_h` from issue at least.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from threading import Lock

from bot.ports import AccountDirectory, AttemptLimits, Caller, Clock, PasswordHasher, ResetRequest, Verdict
from bot.replies import SecretRef
from bot.reset.password import PasswordPolicy, new_password
from bot.reset.phone import national_form
from bot.reset.vault import SecretVault

NO_CODE = ""  # nobody's: a call without a try left is refused by the same work


class ResetOutcome(Enum):
    """How a request ended."""

    ISSUED = "issued"  # a password waits to be spoken
    REFUSED_TRY_AGAIN = "refused_try_again"  # no match; the caller may say the code again
    REFUSED_FINAL = "refused_final"  # no match, and no try is left in this call
    WITHHELD = "withheld"  # no number that could be registered: nothing was checked


@dataclass(frozen=True, slots=True)
class ResetResult:
    """The outcome, and with ISSUED the reference to the new password."""

    outcome: ResetOutcome
    secret: SecretRef | None = None


@dataclass(slots=True)
class _Call:
    refusals: int = 0
    reset_id: str | None = None
    issued_at: datetime | None = None  # set together with it
    active: bool = False
    tokens: set[str] = field(default_factory=set)


class ResetService:
    """Resets passwords. Its methods block, and run in worker threads; those of one call come one after another.

    `tries` is how many refusals a call may have, `pending_s` how long an unheard password waits, `expires_h` how long
    a heard one lasts unless it is changed.

    Raises (request, heard, end):
        AccountsError: the directory cannot be used; AccountsBusy when trying again may help.
    """

    def __init__(
        self,
        directory: AccountDirectory,
        hasher: PasswordHasher,
        vault: SecretVault,
        policy: PasswordPolicy,
        clock: Clock,
        *,
        limits: AttemptLimits,
        tries: int = 3,
        pending_s: int = 300,
        expires_h: int = 24,
    ) -> None:
        self._directory = directory
        self._hasher = hasher
        self._vault = vault
        self._policy = policy
        self._clock = clock
        self._limits = limits
        self._tries = tries
        self._pending = timedelta(seconds=pending_s)
        self._expires = timedelta(hours=expires_h)
        self._calls: dict[str, _Call] = {}
        self._lock = Lock()

    def request(self, caller: Caller, code: str, citizen_id_ending: str | None = None) -> ResetResult:
        """Ask for a new password. It is hashed before anything is checked, so that every refusal costs the same.

        `citizen_id_ending` is the second factor, where callers are asked for one.
        """
        number = national_form(caller.number) if caller.number else None
        if number is None:
            return ResetResult(ResetOutcome.WITHHELD)
        with self._lock:
            call = self._calls.setdefault(caller.call_id, _Call())
        secret = new_password(self._policy)
        password_hash = self._hasher.hash(secret.reveal())
        now = self._clock.now()
        request = ResetRequest(
            reset_id=str(uuid.uuid4()),
            caller=number,
            trunk=caller.trunk,
            code=code if call.refusals < self._tries else NO_CODE,
            password_hash=password_hash,
            now=now,
            pending_until=now + self._pending,
            citizen_id_ending=citizen_id_ending,
        )
        if self._directory.request_reset(request, self._limits) is Verdict.REFUSED:
            call.refusals += 1
            final = call.refusals >= self._tries
            return ResetResult(ResetOutcome.REFUSED_FINAL if final else ResetOutcome.REFUSED_TRY_AGAIN)
        with self._lock:
            if self._calls.get(caller.call_id) is call:
                unheard = None if call.active else call.reset_id
                ref = self._vault.put(caller.call_id, secret)
                call.reset_id, call.issued_at = request.reset_id, request.now
                call.active, call.tokens = False, {ref.token}
                result = ResetResult(ResetOutcome.ISSUED, ref)
            else:  # the caller hung up meanwhile: `end` has been here
                unheard = request.reset_id
                result = ResetResult(ResetOutcome.REFUSED_FINAL)
        if unheard is not None:
            self._directory.discard_reset(unheard)
        return result

    def heard(self, ref: SecretRef) -> bool:
        """The caller has heard the whole password that `ref` stood for: make it the account's one password.

        True when this made it so or it was so before. False when it lapsed, was replaced or is unknown: it never
        worked, and is not read again.
        After AccountsBusy the old one works; calling again, or another reading, may still activate it.
        """
        with self._lock:
            found = next(((id_, call) for id_, call in self._calls.items() if ref.token in call.tokens), None)
        if found is None:
            return False
        call_id, call = found
        if call.active or call.reset_id is None or call.issued_at is None:
            return call.active
        now = max(self._clock.now(), call.issued_at)
        call.active = self._directory.activate_reset(call.reset_id, now=now, expires_at=now + self._expires)
        if not call.active:
            self._vault.forget(call_id)
        return call.active

    def again(self, call_id: str) -> SecretRef | None:
        """A reference for one more reading of the call's password; None when it has none."""
        with self._lock:
            call = self._calls.get(call_id)
            ref = self._vault.again(call_id) if call else None
            if call and ref:
                call.tokens.add(ref.token)
            return ref

    def end(self, call_id: str) -> None:
        """Forget the call and its password, and discard a reset that nobody heard; harmless when unknown."""
        with self._lock:
            call = self._calls.pop(call_id, None)
            self._vault.forget(call_id)
        if call and call.reset_id and not call.active:
            self._directory.discard_reset(call.reset_id)
