"""Alignment of said and heard digits, against the definition by brute force."""

from __future__ import annotations

import random
from functools import cache

import pytest

from bot.evaluate.edits import Edits, align, edits, wrong_places


@cache
def fewest(said: str, heard: str) -> int:
    if not said or not heard:
        return len(said) + len(heard)
    swap = fewest(said[1:], heard[1:]) + (said[0] != heard[0])
    return min(swap, fewest(said[1:], heard) + 1, fewest(said, heard[1:]) + 1)


@pytest.mark.parametrize("seed", range(200))
def test_no_alignment_has_fewer_edits_and_it_spells_both_sides(seed: int) -> None:
    rng = random.Random(seed)
    said, heard = ("".join(rng.choices("012", k=rng.randint(0, 8))) for _ in range(2))
    pairs = align(said, heard)
    assert edits(said, heard).count == fewest(said, heard)
    assert "".join(one for one, _ in pairs) == said
    assert "".join(other for _, other in pairs) == heard
    assert ("", "") not in pairs


@pytest.mark.parametrize(
    ("said", "heard", "places"),
    [
        ("0123456789", "0123456789", ""),
        ("0123456789", "0123956789", "5"),
        ("0123456789", "012346789", "6"),
        ("0123456789", "01239456789", "+4"),
        ("01", "901", "+0"),
        ("012", "", "1 2 3"),
        ("0123", "9129", "1 4"),
    ],
)
def test_wrong_places_count_from_1(said: str, heard: str, places: str) -> None:
    assert wrong_places(said, heard) == places


def test_edits_tell_lacking_digits_from_those_too_many() -> None:
    assert edits("0123456789", "0123956789") == Edits(substituted=1, inserted=0, deleted=0)
    assert edits("0123456789", "012346789") == Edits(substituted=0, inserted=0, deleted=1)
    assert edits("0123456789", "01239456789") == Edits(substituted=0, inserted=1, deleted=0)
