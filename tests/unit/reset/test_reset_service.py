import traceback
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.passwords import Argon2Hasher
from bot.accounts.register import AccountRegister
from bot.errors import AccountsBusy
from bot.ports import Caller
from bot.replies import SecretRef
from bot.reset.password import PasswordPolicy
from bot.reset.secret import Secret
from bot.reset.service import ResetOutcome, ResetService
from bot.reset.vault import SecretGone, SecretVault
from tests.contract.clocks import FixedClock
from tests.contract.directories import LIMITS, InMemoryDirectory

CODE, PHONE, WRONG = "0123456789", "0912345678", "9999999999"
CALLER = Caller("c1", PHONE)
BUSY = AccountsBusy("Cơ sở dữ liệu đang bận.")


class CountingHasher:
    def __init__(self) -> None:
        self.hashed = 0

    def hash(self, password: str) -> str:
        self.hashed += 1
        return f"#{password}"

    def verify(self, password_hash: str, password: str) -> bool:
        return password_hash == f"#{password}"


@dataclass
class World:
    directory: InMemoryDirectory = field(default_factory=InMemoryDirectory)
    hasher: CountingHasher = field(default_factory=CountingHasher)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.directory.add(CODE, PHONE, "#old")
        self.vault = SecretVault(self.clock, ttl_s=60)
        self.service = ResetService(
            self.directory, self.hasher, self.vault, PasswordPolicy(), self.clock, limits=LIMITS, tries=3, pending_s=300
        )

    def issue(self) -> SecretRef:
        result = self.service.request(CALLER, CODE)
        assert result.outcome is ResetOutcome.ISSUED
        assert result.secret is not None
        return result.secret

    def works(self, password: str) -> bool:
        return self.hasher.verify(self.directory.accounts[CODE].password_hash, password)


@pytest.fixture
def world() -> World:
    return World()


def test_after_a_complete_reset_only_the_new_password_works(world: World) -> None:
    ref = world.issue()
    new = world.vault.resolve(ref).reveal()
    assert world.works("old")
    assert world.service.heard(ref)
    assert world.works(new)
    assert not world.works("old")


def test_a_caller_who_hangs_up_before_hearing_keeps_the_old_password(world: World) -> None:
    ref = world.issue()
    new = world.vault.resolve(ref).reveal()
    world.service.end("c1")
    assert not world.service.heard(ref)
    assert world.works("old")
    assert not world.works(new)
    assert world.directory.accounts[CODE].pending is None


def test_hanging_up_after_hearing_keeps_the_new_password(world: World) -> None:
    ref = world.issue()
    new = world.vault.resolve(ref).reveal()
    world.service.heard(ref)
    world.service.end("c1")
    assert world.works(new)


def test_hearing_twice_is_hearing_once(world: World) -> None:
    ref = world.issue()
    assert world.service.heard(ref)
    assert world.service.heard(ref)


def test_a_further_reading_is_the_same_password(world: World) -> None:
    first = world.issue()
    new = world.vault.resolve(first).reveal()
    world.service.heard(first)
    again = world.service.again("c1")
    assert again is not None
    assert world.vault.resolve(again).reveal() == new
    assert world.service.heard(again)


def test_a_reading_that_was_cut_short_counts_when_it_is_repeated(world: World) -> None:
    world.vault.resolve(world.issue())
    again = world.service.again("c1")
    assert again is not None
    new = world.vault.resolve(again).reveal()
    assert world.service.heard(again)
    assert world.works(new)


def test_nothing_is_read_again_without_a_reset_or_after_the_call(world: World) -> None:
    assert world.service.again("c1") is None
    world.issue()
    world.service.end("c1")
    assert world.service.again("c1") is None


def test_a_password_heard_too_late_does_not_count_and_is_not_read_again(world: World) -> None:
    ref = world.issue()
    world.clock.advance(300)
    assert not world.service.heard(ref)
    assert world.works("old")
    assert world.service.again("c1") is None


@pytest.mark.parametrize("back_s", [1, 3600, 365 * 86_400])
def test_a_clock_that_steps_back_after_issue_does_not_shorten_the_new_passwords_time(world: World, back_s: int) -> None:
    issued_at = world.clock.now()
    ref = world.issue()
    world.clock.advance(-back_s)
    assert world.service.heard(ref)
    assert world.directory.accounts[CODE].expires_at == issued_at + timedelta(hours=24)


def test_a_clock_that_steps_ahead_after_issue_leaves_the_old_password(world: World) -> None:
    ref = world.issue()
    world.clock.advance(365 * 86_400)
    assert not world.service.heard(ref)
    world.clock.advance(-365 * 86_400)
    assert not world.service.heard(ref)
    assert world.works("old")


def test_a_busy_directory_at_hearing_leaves_the_old_password_and_can_be_tried_again(world: World) -> None:
    ref = world.issue()
    new = world.vault.resolve(ref).reveal()
    world.directory.failure = BUSY
    with pytest.raises(AccountsBusy):
        world.service.heard(ref)
    assert world.works("old")
    world.directory.failure = None
    assert world.service.heard(ref)
    assert world.works(new)


def test_a_busy_directory_at_the_end_still_forgets_the_password(world: World) -> None:
    ref = world.issue()
    world.directory.failure = BUSY
    with pytest.raises(AccountsBusy):
        world.service.end("c1")
    with pytest.raises(SecretGone):
        world.vault.resolve(ref)
    world.directory.failure = None
    assert not world.service.heard(ref)
    assert world.works("old")


def test_a_busy_directory_at_the_request_costs_no_try(world: World) -> None:
    for _ in range(5):
        world.directory.failure = BUSY
        with pytest.raises(AccountsBusy):
            world.service.request(CALLER, CODE)
    world.directory.failure = None
    assert world.service.request(CALLER, WRONG).outcome is ResetOutcome.REFUSED_TRY_AGAIN


def test_the_last_try_of_a_call_is_final_even_for_a_right_code_afterwards(world: World) -> None:
    outcomes = [world.service.request(CALLER, WRONG).outcome for _ in range(3)]
    assert outcomes == [ResetOutcome.REFUSED_TRY_AGAIN, ResetOutcome.REFUSED_TRY_AGAIN, ResetOutcome.REFUSED_FINAL]
    assert world.service.request(CALLER, CODE).outcome is ResetOutcome.REFUSED_FINAL
    assert world.directory.accounts[CODE].pending is None


def test_a_call_without_a_try_left_is_refused_by_the_same_work(world: World) -> None:
    for number in range(1, 6):
        world.service.request(CALLER, WRONG)
        assert (world.hasher.hashed, world.directory.asked) == (number, number)


def test_tries_are_counted_for_each_call(world: World) -> None:
    for _ in range(3):
        world.service.request(CALLER, WRONG)
    assert world.service.request(Caller("c2", PHONE), CODE).outcome is ResetOutcome.ISSUED


def test_every_request_hashes_once_before_the_directory_is_asked(world: World) -> None:
    world.directory.failure = BUSY
    with pytest.raises(AccountsBusy):
        world.service.request(CALLER, WRONG)
    assert world.hasher.hashed == 1
    world.directory.failure = None
    for code in (WRONG, WRONG, WRONG, CODE):
        world.service.request(CALLER, code)
    assert world.hasher.hashed == 5


@pytest.mark.parametrize("number", [None, "", "anonymous"])
def test_nothing_is_asked_for_a_caller_without_a_number(world: World, number: str | None) -> None:
    assert world.service.request(Caller("c1", number), CODE).outcome is ResetOutcome.WITHHELD
    assert world.directory.asked == 0


def test_a_second_reset_in_a_call_makes_the_first_ones_reference_worthless(world: World) -> None:
    first = world.issue()
    second = world.issue()
    new = world.vault.resolve(second).reveal()
    assert not world.service.heard(first)
    assert world.service.heard(second)
    assert world.works(new)


def test_a_caller_who_hangs_up_during_the_check_leaves_nothing_behind(world: World) -> None:
    ask = world.directory.request_reset

    def slowly(*args):
        verdict = ask(*args)
        world.service.end("c1")
        return verdict

    world.directory.request_reset = slowly
    result = world.service.request(CALLER, CODE)
    assert result.secret is None
    assert world.directory.accounts[CODE].pending is None
    assert world.service.again("c1") is None


def test_the_password_is_in_no_variable_of_a_failing_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Secret] = []
    monkeypatch.setattr(world.hasher, "hash", lambda password: seen.append(Secret(password)) or "hash")
    world.directory.failure = BUSY
    try:
        world.service.request(CALLER, CODE)
    except AccountsBusy as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "password_hash" in shown
    assert seen[0].reveal() not in shown


def test_exactly_one_password_verifies_with_the_real_database_and_hasher(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/accounts.db"
    migrate(url)
    clock, hasher, register = FixedClock(), Argon2Hasher(), AccountRegister(url)
    register.add(code=CODE, phone=PHONE, name="Nguyễn Văn Thí Dụ", password_hash=hasher.hash("old"))
    vault = SecretVault(clock, ttl_s=60)
    service = ResetService(
        SqlAccountDirectory(url), hasher, vault, PasswordPolicy(), clock, limits=LIMITS, expires_h=24
    )

    def works(password: str) -> bool:
        account = register.find(CODE)
        assert account is not None
        return hasher.verify(account.password_hash, password)

    dropped = service.request(CALLER, CODE).secret
    assert dropped is not None
    unheard = vault.resolve(dropped).reveal()
    service.end("c1")
    assert [works("old"), works(unheard)] == [True, False]

    ref = service.request(Caller("c2", "+84 912 345 678"), CODE).secret
    assert ref is not None
    new = vault.resolve(ref).reveal()
    assert [works("old"), works(new)] == [True, False]
    assert service.heard(ref)
    service.end("c2")
    assert [works("old"), works(unheard), works(new)] == [False, False, True]
    account = register.find(CODE)
    assert account is not None
    assert account.must_change
    for file in tmp_path.iterdir():
        assert new.encode() not in file.read_bytes()
