"""What a peer sent is not the protocol that it should speak."""

from __future__ import annotations


class WireError(ValueError):
    """The text names the kind of message, never its content, which may hold what a caller said."""
