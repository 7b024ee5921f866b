"""Whatever happens in whatever order: exactly one password works, and never one that nobody heard."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule

from bot.errors import AccountsBusy
from bot.ports import Caller
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretGone, SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS, InMemoryDirectory

CODE, PHONE = "0123456789", "0912345678"
CALLS = st.sampled_from(["c1", "c2", "c3"])


class PlainHasher:
    def hash(self, password: str) -> str:
        return f"#{password}"

    def verify(self, password_hash: str, password: str) -> bool:
        return password_hash == f"#{password}"


class Resets(RuleBasedStateMachine):
    unspoken = Bundle("unspoken")
    spoken = Bundle("spoken")

    def __init__(self) -> None:
        super().__init__()
        self.directory, self.clock, self.hasher = InMemoryDirectory(), FixedClock(), PlainHasher()
        self.directory.add(CODE, PHONE, "#old")
        self.start()
        self.working = "old"
        self.passwords = {"old"}
        self.heard_passwords = {"old"}

    @rule(target=unspoken, call=CALLS, code=st.sampled_from([CODE, CODE, CODE, "9999999999"]))
    def request(self, call: str, code: str):
        try:
            result = self.service.request(Caller(call, PHONE), code)
        except AccountsBusy:
            return multiple()
        assert (result.secret is not None) == (result.outcome is ResetOutcome.ISSUED)
        return multiple() if result.secret is None else result.secret

    @rule(target=unspoken, call=CALLS)
    def again(self, call: str):
        ref = self.service.again(call)
        return multiple() if ref is None else ref

    @rule(target=spoken, ref=consumes(unspoken))
    def speak_one(self, ref):
        return self.speak(ref)

    def speak(self, ref):
        try:
            password = self.vault.resolve(ref).reveal()
        except SecretGone:
            return multiple()
        self.passwords.add(password)
        return ref, password

    @rule(reading=spoken)
    def hear_one(self, reading) -> None:
        self.hear(reading)

    def hear(self, reading) -> None:
        ref, password = reading
        try:
            active = self.service.heard(ref)
        except AccountsBusy:
            return
        if active and password not in self.heard_passwords:  # hearing it again does not bring it back
            self.working = password
            self.heard_passwords.add(password)

    @precondition(lambda self: self.directory.failure is None)
    @rule(target=spoken, call=CALLS)
    def reset_in_one_go(self, call: str):
        ref = self.service.request(Caller(call, PHONE), CODE).secret
        if ref is None:
            return multiple()
        reading = self.speak(ref)
        self.hear(reading)
        return reading

    @rule(call=CALLS)
    def end(self, call: str) -> None:
        try:
            self.service.end(call)
        except AccountsBusy:
            assert self.directory.failure is not None

    def start(self) -> None:
        self.vault = SecretVault(self.clock, ttl_s=60)
        self.service = ResetService(
            self.directory,
            self.hasher,
            self.vault,
            PasswordPolicy(),
            self.clock,
            limits=replace(LIMITS, window_s=120),
            tries=2,
            pending_s=90,
        )

    @rule()
    def crash(self) -> None:
        self.start()

    @rule(seconds=st.sampled_from([1, 30, 61, 91, 121]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.directory.failure is None)
    @rule()
    def go_away(self) -> None:
        self.directory.failure = AccountsBusy("Cơ sở dữ liệu đang bận.")

    @precondition(lambda self: self.directory.failure is not None)
    @rule()
    def come_back(self) -> None:
        self.directory.failure = None

    @invariant()
    def exactly_one_password_works(self) -> None:
        stored = self.directory.accounts[CODE].password_hash
        working = {password for password in self.passwords if self.hasher.verify(stored, password)}
        assert working == {self.working}
        assert self.working in self.heard_passwords


TestResets = Resets.TestCase
TestResets.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
