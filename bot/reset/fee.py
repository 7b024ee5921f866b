"""What a call costs its caller."""

from __future__ import annotations

MINUTE_MS = 60_000


def fee_vnd(duration_ms: int, per_minute_vnd: int = 1000) -> int:
    """The fee of an answered call: every started minute counts, and there is at least one."""
    started_minutes = -(-duration_ms // MINUTE_MS)
    return max(1, started_minutes) * per_minute_vnd
