import time

from bot.accounts.passwords import Argon2Hasher
from bot.accounts.register import unusable_hash


def test_verifies_its_own_hash_and_no_other() -> None:
    hasher = Argon2Hasher()
    kept = hasher.hash("58204137")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.verify(kept, "58204137")
    assert not hasher.verify(kept, "58204138")


def test_the_same_password_has_a_new_salt_each_time() -> None:
    hasher = Argon2Hasher()
    assert hasher.hash("58204137") != hasher.hash("58204137")


def test_what_is_no_hash_verifies_nothing() -> None:
    hasher = Argon2Hasher()
    for kept in ("", "!", unusable_hash(), "58204137", "$argon2id$broken"):
        assert not hasher.verify(kept, "58204137")
        assert not hasher.verify(kept, "")


def test_the_cost_is_a_setting() -> None:
    assert "m=8192,t=3,p=1" in Argon2Hasher(memory_kib=8192, iterations=3).hash("58204137")


def test_hashing_takes_no_time_that_a_caller_would_notice() -> None:
    hasher = Argon2Hasher()
    began = time.perf_counter()
    hasher.hash("58204137")
    assert time.perf_counter() - began < 1
