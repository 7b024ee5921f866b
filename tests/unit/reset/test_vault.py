from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import Nhanh8Error
from bot.replies import SecretRef
from bot.reset.secret import Secret
from bot.reset.vault import SecretGone, SecretVault
from tests.contract.clocks import FixedClock

TTL_S = 60


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def vault(clock: FixedClock) -> SecretVault:
    return SecretVault(clock, TTL_S)


def test_a_reference_resolves_once(vault: SecretVault) -> None:
    ref = vault.put("c1", Secret("58204137"))
    assert vault.resolve(ref).reveal() == "58204137"
    with pytest.raises(SecretGone):
        vault.resolve(ref)


def test_a_reference_resolves_only_in_time(vault: SecretVault, clock: FixedClock) -> None:
    early, late = vault.put("c1", Secret("1")), vault.put("c2", Secret("2"))
    clock.advance(TTL_S - 1)
    vault.resolve(early)
    clock.advance(1)
    with pytest.raises(SecretGone):
        vault.resolve(late)


def test_a_further_reading_gets_a_reference_of_its_own(vault: SecretVault, clock: FixedClock) -> None:
    first = vault.put("c1", Secret("58204137"))
    vault.resolve(first)
    clock.advance(TTL_S)
    second = vault.again("c1")
    assert second is not None
    assert second != first
    assert vault.resolve(second).reveal() == "58204137"


def test_a_further_reading_voids_a_reference_that_was_not_used(vault: SecretVault) -> None:
    first = vault.put("c1", Secret("58204137"))
    vault.again("c1")
    with pytest.raises(SecretGone):
        vault.resolve(first)


def test_a_call_without_a_secret_has_nothing_to_read_again(vault: SecretVault) -> None:
    assert vault.again("c1") is None


def test_forgetting_wipes_the_secret_and_voids_its_references(vault: SecretVault) -> None:
    secret = Secret("58204137")
    used, other = vault.put("c1", secret), vault.put("c2", Secret("2"))
    held = vault.resolve(used)
    vault.forget("c1")
    vault.forget("c1")
    assert vault.again("c1") is None
    with pytest.raises(SecretGone):
        held.reveal()
    assert vault.resolve(other).reveal() == "2"


def test_a_new_secret_replaces_the_calls_old_one(vault: SecretVault) -> None:
    old = vault.put("c1", Secret("1"))
    new = vault.put("c1", Secret("2"))
    with pytest.raises(SecretGone):
        vault.resolve(old)
    assert vault.resolve(new).reveal() == "2"


def test_made_up_references_are_refused_with_a_sentence_for_people(vault: SecretVault) -> None:
    with pytest.raises(Nhanh8Error, match="Mật khẩu"):
        vault.resolve(SecretRef("guess"))


def test_tokens_are_long_and_unlike(vault: SecretVault) -> None:
    tokens = {vault.put(str(call), Secret("1")).token for call in range(1000)}
    assert len(tokens) == 1000
    assert min(map(len, tokens)) >= 22


def test_twenty_threads_resolve_one_reference_once(vault: SecretVault) -> None:
    ref = vault.put("c1", Secret("58204137"))

    def resolve(_: int) -> bool:
        try:
            vault.resolve(ref)
        except SecretGone:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(resolve, range(20))) == 1
