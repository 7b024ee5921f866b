"""An e-mail address that can be written to: no character of it can become another header, or another recipient."""

from __future__ import annotations

import re
from email.headerregistry import Address
from typing import Final

# RFC 5322's dot-atom, but for the question mark of encoded words; and names of the DNS.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
_LOCAL: Final = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def mailbox(text: str, name: str = "") -> Address | None:
    """`user@domain` as it is written into a message, its domain in ASCII; None for anything else."""
    local, _, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        return None
    return Address(name, local, domain)
