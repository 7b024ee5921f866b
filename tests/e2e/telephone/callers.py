"""People on real telephone calls: they listen, speak, press keys and hang up when a test wants it."""

from __future__ import annotations

from pathlib import Path

from bot.audio import Audio, read_wav
from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.ports import LOOPBACK
from tests.e2e.telephone.rtp import RtpLine
from tests.e2e.telephone.sipp import Identity, Sipp

ANSWERED = r"SIP/2\.0 200 OK(?s:.*?)CSeq: 1 INVITE(?s:.*?)m=audio (\d+)"
REFUSED = r"SIP/2\.0 ([3-6]\d\d) "


class CallRefused(Exception):
    """The call ended before it was answered; `status` is SIP's."""

    def __init__(self, status: int) -> None:
        super().__init__(f"SIP status {status}")
        self.status = status


class Caller:
    """A telephone of `identity`; `mute` sends no RTP until the caller says something."""

    def __init__(self, asterisk: Asterisk, identity: Identity | None = None, mute: bool = False) -> None:
        self._asterisk = asterisk
        self._identity = identity or Identity()
        self._mute = mute

    async def dial(self, number: str | None = None, timeout_s: float = 15) -> Call:
        """Call the hotline, as `number` if given, and wait until it answers.

        Raises:
            CallRefused: it does not want the call.
            asyncio.TimeoutError: nobody answered in time.
        """
        identity = self._identity if number is None else Identity(asserted=number, shown=number)
        line = await RtpLine.open(identity.source, self._mute)
        sipp = Sipp(self._asterisk.sip_port, identity, line.port)
        call = Call(sipp, line)
        try:
            await call.answered(timeout_s)
        except BaseException:
            await call.close()
            raise
        return call


class Call:
    """One call that was answered. Close it, or use it as `async with`."""

    def __init__(self, sipp: Sipp, line: RtpLine) -> None:
        self._sipp = sipp
        self._line = line
        self._hung_up = False
        self.let_go = False  # the far end hung up
        self.rtp_port: int | None = None  # of the far end

    async def __aenter__(self) -> Call:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def heard(self) -> Audio:
        return self._line.heard

    @property
    def arrivals(self) -> list[float]:
        """When each packet came, on the loop's clock."""
        return self._line.arrivals

    @property
    def now_ms(self) -> int:
        """Where in `heard` it is now."""
        return self._line.now_ms

    @property
    def over(self) -> bool:
        return not self._sipp.running

    async def answered(self, timeout_s: float) -> None:
        found = await self._sipp.wait_for(f"{ANSWERED}|{REFUSED}", timeout_s)
        if found[2]:
            raise CallRefused(int(found[2]))
        self.rtp_port = int(found[1])
        self._line.send_to(LOOPBACK, self.rtp_port)

    async def say(self, what: Audio | Path) -> None:
        """Return when it is said."""
        await self._line.say(read_wav(what) if isinstance(what, Path) else what)

    async def keys(self, keys: str) -> None:
        await self._line.press(keys)

    def send_packet(self, packet: bytes) -> None:
        """RTP or not, as it is and at once."""
        self._line.send_packet(packet)

    async def voice(self, timeout_s: float = 10) -> None:
        """Wait until the far end makes a sound."""
        await self._line.voice(timeout_s)

    async def quiet(self, for_ms: int = 500, timeout_s: float = 30) -> None:
        """Wait until the far end has been silent for so long."""
        await self._line.quiet(for_ms, timeout_s)

    async def hang_up(self, timeout_s: float = 5) -> None:
        self._hung_up = True
        self._sipp.hang_up()
        await self._sipp.wait(timeout_s)
        await self._line.close()

    async def ended(self, timeout_s: float) -> None:
        """Wait until the far end hangs up.

        Raises:
            asyncio.TimeoutError: it does not.
        """
        await self._sipp.wait_for(r"^BYE ", timeout_s)
        self.let_go = True
        await self._sipp.wait()
        await self._line.close()

    async def vanish(self) -> None:
        """End without a word, as a telephone that loses its network."""
        self._hung_up = True
        await self.close()

    async def close(self) -> None:
        if self._sipp.running and self._sipp.received(ANSWERED) and not self._hung_up:
            await self.hang_up()
        await self._line.close()
        self._sipp.close()
