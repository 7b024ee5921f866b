"""How long failures make their caller wait.

Every tested attempt that failed counts for the number that called, for the code and for the trunk. Each of the three
has some failures free; the one that uses them up starts a wait of `first_wait_s` from that failure, and every further
one doubles it, up to `longest_wait_s`. What is asked during a wait is not tested and does not lengthen it.

Only a number's own wait refuses anything. The waits of a code and of a trunk take patience from the numbers that fail:
as long as one of them lasts, every number has only `per_caller_wary` failures free. So a stranger cannot lock out the
owner of an account: as many strangers as there may be, a number that has not failed itself is always tested, and one
that has waits for its own failures only, at worst some failures sooner. A match neither counts nor forgives.

What that costs: whoever can make a trusted trunk vouch for any number has a try from each of them, however many failed
before, because the try from the right number is the owner's call in all that can be seen here. And a stranger whom the
trunk takes for the owner can make the owner's number wait, up to `longest_wait_s` after each failure. Both are the
trunk's to prevent; the failures counted for it show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import AttemptLimits

_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Failures:
    """The tested attempts that failed lately: how many, and when the last one was (None when there is none)."""

    count: int
    last: datetime | None


def may_be_tested(now: datetime, limits: AttemptLimits, *, caller: Failures, code: Failures, trunk: Failures) -> bool:
    """Whether an attempt may be compared with the accounts, after these failures of its number, code and trunk."""
    of_code = _waits(now, code, limits.per_code, limits)
    of_trunk = _waits(now, trunk, limits.per_trunk, limits)
    free = min(limits.per_caller, limits.per_caller_wary) if of_code or of_trunk else limits.per_caller
    return not _waits(now, caller, free, limits)


def _waits(now: datetime, failures: Failures, free: int, limits: AttemptLimits) -> bool:
    beyond = failures.count - free
    if beyond < 0 or failures.last is None:
        return False
    wait_s = min(limits.first_wait_s * 2 ** min(beyond, _MOST_DOUBLINGS), limits.longest_wait_s)
    return now < failures.last + timedelta(seconds=wait_s)
