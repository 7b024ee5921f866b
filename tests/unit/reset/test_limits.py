"""The rule of growing waits, for all histories that there can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.reset.limits import Failures, may_be_tested
from tests.contract.directories import LIMITS

NOW = datetime(2026, 3, 1, 1, 30, tzinfo=timezone.utc)
NONE = Failures(0, None)
some = st.builds(
    lambda count, ago_s: Failures(count, NOW - timedelta(seconds=ago_s)),
    st.integers(1, 10**6),
    st.floats(-60, 86_400),
)


@given(code=some, trunk=some)
def test_a_number_that_has_not_failed_is_always_tested(code: Failures, trunk: Failures) -> None:
    assert may_be_tested(NOW, LIMITS, caller=NONE, code=code, trunk=trunk)


@given(caller=some, code=some, trunk=some)
def test_nobody_waits_longer_than_the_longest_wait_after_their_own_failure(
    caller: Failures, code: Failures, trunk: Failures
) -> None:
    assert caller.last is not None
    over = caller.last + timedelta(seconds=LIMITS.longest_wait_s)
    assert may_be_tested(over, LIMITS, caller=caller, code=code, trunk=trunk)


@given(caller=some, code=some, trunk=some)
def test_failures_of_others_never_free_a_number(caller: Failures, code: Failures, trunk: Failures) -> None:
    alone = may_be_tested(NOW, LIMITS, caller=caller, code=NONE, trunk=NONE)
    assert alone or not may_be_tested(NOW, LIMITS, caller=caller, code=code, trunk=trunk)


def test_being_wary_never_gives_more_than_the_limit() -> None:
    limits = replace(LIMITS, per_caller=1, per_caller_wary=3)
    attacked = Failures(limits.per_code, NOW)
    assert not may_be_tested(NOW, limits, caller=Failures(1, NOW), code=attacked, trunk=NONE)
