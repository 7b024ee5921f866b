"""The messages of RFC 4475, as they go over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MESSAGES = Path(__file__).parent / "torture" / "rfc4475.txt"

SDP = """v=0
o=mhandley 29739 7272939 IN IP4 {0}
s=-
c=IN IP4 {0}
t=0 0
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC"""


# SIPp trims lines and ends, and takes no NUL and no such status
NOT_BY_SIPP = {"wsinv", "intmeth", "esc01", "dblreq", "semiuri", "mpart01", "noreason", "scalar02", "trws", "bigcode"}
NOT_BY_SIPP |= {"invut", "multi01"}


@dataclass(frozen=True)
class Torture:
    """One message; `section` and `name` are the RFC's."""

    section: str
    name: str
    wire: bytes

    @property
    def by_sipp(self) -> bool:
        """Whether SIPp can send it as it is."""
        return self.name not in NOT_BY_SIPP


def torture_messages() -> list[Torture]:
    """All of them, in the RFC's order."""
    _, *parts = re.split(r"(?m)^=== ", MESSAGES.read_text(encoding="utf-8") + "\n")
    return [_message(*part.split("\n", 1)) for part in parts]


def _message(title: str, text: str) -> Torture:
    named = re.match(r"(\S+) (\w+):", title)
    assert named
    return Torture(named[1], named[2], _on_the_wire(text.removesuffix("\n")))


def _on_the_wire(text: str) -> bytes:
    """The notation of section 2, read; a body ends with its last line, headers with an empty one."""
    text = re.sub(r"(?s)<allOneLine>\n(.*?)</allOneLine>", lambda found: found[1].replace("\n", ""), text)
    text = re.sub(r"<repeat count=(\d+)>(.*?)</repeat>", lambda found: found[2] * int(found[1]), text)
    text = re.sub(r"<sdp (\S+)>", lambda found: SDP.format(found[1]), text)
    if "\n\n" not in text:
        text += "\n"
    pieces = re.split(r"<hex>(\w+)</hex>", text)
    return b"".join(
        bytes.fromhex(piece) if place % 2 else piece.replace("\n", "\r\n").encode()
        for place, piece in enumerate(pieces)
    )
