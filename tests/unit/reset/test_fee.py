import pytest

from bot.reset.fee import fee_vnd


@pytest.mark.parametrize(
    ("duration_ms", "fee"), [(0, 1000), (1, 1000), (60_000, 1000), (60_001, 2000), (125_000, 3000)]
)
def test_every_started_minute_counts(duration_ms: int, fee: int) -> None:
    assert fee_vnd(duration_ms) == fee


def test_the_price_is_a_setting() -> None:
    assert fee_vnd(90_000, per_minute_vnd=1500) == 3000
