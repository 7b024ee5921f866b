"""Good input with some damage: nearer to what breaks a reader than random bytes are."""

from __future__ import annotations

import os
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

T = TypeVar("T", bytes, str)

# Some seconds for each reader, or `NHANH8_FUZZ_EXAMPLES` examples for each test, say 20000. What is found stays in
# hypothesis's own folder until it is mended; then it is written down as `@example`.
fuzz = settings(
    max_examples=int(os.environ.get("NHANH8_FUZZ_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


def damaged(good: T, pieces: st.SearchStrategy[T], *, most: int = 6) -> st.SearchStrategy[T]:
    """`good` after up to `most` edits: a slice is taken out, doubled, or replaced by one of `pieces`."""
    places = st.integers(0, len(good))
    edit = st.tuples(places, st.one_of(st.integers(0, 8), places), pieces, st.booleans())

    def damage(edits: list[tuple[int, int, T, bool]]) -> T:
        text = good
        for at, length, piece, doubled in edits:
            text = text[:at] + piece + text[at : at + length] * 2 * doubled + text[at + length :]
        return text

    return st.lists(edit, max_size=most).map(damage)


def damaged_text(good: str, *words: str) -> st.SearchStrategy[str]:
    """With pieces that mean something to the reader, and any characters."""
    return damaged(good, st.one_of(st.just(""), st.sampled_from(words), st.text(max_size=6)))


def damaged_bytes(good: bytes, *words: bytes) -> st.SearchStrategy[bytes]:
    return damaged(good, st.one_of(st.just(b""), st.sampled_from(words), st.binary(max_size=6)))
