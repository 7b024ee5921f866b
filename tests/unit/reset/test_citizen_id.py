from __future__ import annotations

import pytest

from bot.reset.citizen_id import ending


@pytest.mark.parametrize(
    ("digits", "found"),
    [
        ("001199002468", "2468"),
        ("0068", "0068"),
        ("246", None),
        ("24680", None),
        ("00119900246", None),
        ("246a", None),
        ("٢٤٦٨", None),
        ("", None),
    ],
)
def test_the_last_four_of_a_whole_number_or_those_four(digits: str, found: str | None) -> None:
    assert ending(digits) == found
