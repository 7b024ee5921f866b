"""Many people who call at once and follow one script, with SIPp's own RTP and keys."""

from __future__ import annotations

import audioop
from pathlib import Path

from bot.audio import RATE_HZ, Audio
from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.sipp import Identity, Sipp

BEFORE_KEYS_MS, KEY_MS = 800, 400  # what SIPp takes before the first key, and for each
HANG_UP = '<nop next="1"/>'


class Script:
    """What each caller does from the answer on, its audio in `folder`.

    Keys need root, as SIPp sends them through a raw socket.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._steps: list[str] = []

    @property
    def media(self) -> str:
        return "\n".join(self._steps)

    def wait(self, duration_ms: int) -> Script:
        self._steps.append(f'<pause milliseconds="{duration_ms}"/>')
        return self

    def say(self, audio: Audio) -> Script:
        path = self._folder / f"{len(self._steps)}.alaw"
        path.write_bytes(audioop.lin2alaw(audio.at(RATE_HZ).pcm, 2))
        self._steps.append(f'<nop><action><exec rtp_stream="{path},1,8,PCMA/8000"/></action></nop>')
        return self.wait(audio.duration_ms)

    def press(self, keys: str) -> Script:
        self._steps.append(f'<nop><action><exec play_dtmf="{keys}"/></action></nop>')
        return self.wait(BEFORE_KEYS_MS + KEY_MS * len(keys))

    def hang_up(self) -> Script:
        self._steps.append(HANG_UP)
        return self


def crowd(asterisk: Asterisk, numbers: list[str], script: Script) -> Sipp:
    """One call of each number, all at once; a caller whose script does not hang up waits for the far end to do so."""
    identity = Identity(asserted="[field0]", shown="[field0]")
    return Sipp(asterisk.sip_port, identity, "[rtpstream_audio_port]", media=script.media, numbers=numbers)
