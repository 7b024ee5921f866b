"""Scans, messages of RFC 4475, floods: strangers learn and get nothing, and callers are served all the while."""

from __future__ import annotations

import asyncio
import re
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.telephone import stories
from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.attacks import ask, flood, flood_own_line, meanwhile, scan, send_rtp_of_others, torture
from tests.e2e.telephone.configuration import STRANGER_HOST, TRUSTED_HOST, UNTRUSTED_HOST
from tests.e2e.telephone.exchange import TRANSPORTS, Exchange
from tests.e2e.telephone.sipp import HOTLINE
from tests.e2e.telephone.torture_messages import torture_messages

pytestmark = pytest.mark.telephone

ENDPOINTS = ("trunk-trusted", "trunk-untrusted", "carrier-trunk")
NAMES = (*ENDPOINTS, HOTLINE, "s", "nhanh8", "100", "nobody")
METHODS = ("INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "REFER", "INFO", "BYE", "CANCEL")
SCANNED_BY = ("OPTIONS", "INVITE", "REGISTER")
MOST_UNTRUSTED = 5  # NHANH8_MOST_UNTRUSTED
AUDIOSOCKET, WEBSOCKET = TRANSPORTS
FAIL2BAN = Path(__file__).parents[3] / "deploy/fail2ban/filter.d/nhanh8-asterisk.conf"

# Asterisk copies the first 36 characters of From's user, decoded, and all of Call-ID into its log
VICTIM = "1.2.3.4"
FORGED_CALLERS = [
    f'",RemoteAddress="IPV4/X/{VICTIM}/5',
    f'",RemoteAddress="IPV4/X/{VICTIM}/5"\n',
    'x"\n SecurityEvent="FailedACL",SessionID="',
]
FORGED_CALLS = [
    f'x",LocalAddress="",RemoteAddress="IPV4/UDP/{VICTIM}/5060",ACLName="',
    f'x",LocalAddress="",RemoteAddress="IPV4/UDP/{VICTIM}/5060" ',
    'x"y',
]


@dataclass(frozen=True)
class Before:
    """What there was before the first attack: the processes of Asterisk, and so many lines in the bot's log."""

    processes: list[int | None]
    logged: int


@pytest.fixture(scope="module", autouse=True)
def before(exchange: Exchange) -> Before:
    exchange.bot.ready()
    return Before([asterisk.pid for asterisk in exchange.asterisks.values()], len(exchange.bot.log))


async def is_served(exchange: Exchange, by: str) -> None:
    """A customer calls and resets their password."""
    person = await exchange.dial(exchange.customer(), by)
    async with person.call:
        await stories.presses_up_to_the_password(person)


async def is_greeted(exchange: Exchange, by: str) -> None:
    person = await exchange.dial(exchange.customer(), by)
    async with person.call:
        await person.hears(stories.GREETING)


async def test_sipvicious_finds_nothing_while_a_caller_is_served(exchange: Exchange, tmp_path: Path) -> None:
    asterisk, names = exchange.asterisks[AUDIOSOCKET], tmp_path / "names"
    names.write_text("".join(f"{name}\n" for name in NAMES), encoding="utf-8")
    logged, refused = len(asterisk.log), len(asterisk.security_log)
    devices = [scan(asterisk, "svmap", "-m", method) for method in SCANNED_BY]
    lines = [scan(asterisk, "svwar", "--force", "-m", method, "-d", str(names)) for method in SCANNED_BY]
    passwords = [scan(asterisk, "svcrack", "-u", name, "-r", "100-199") for name in ENDPOINTS]
    *found, _ = await asyncio.gather(*devices, *lines, *passwords, is_served(exchange, AUDIOSOCKET))
    await is_greeted(exchange, AUDIOSOCKET)
    for each in found[: len(devices)]:
        assert re.search(r"\| 127\.0\.0\.1:\d+ +\| PBX +\|", each), each  # there is one, of no version
    for each in found[len(devices) :]:
        assert "found nothing" in each, each
    assert sum(STRANGER_HOST in line for line in asterisk.security_log[refused:]) > 100 * len(ENDPOINTS)
    assert calls_taken(asterisk, logged) == 2
    assert STRANGER_HOST not in asterisk.rx("pjsip show contacts")


async def test_strangers_cannot_tell_what_exists(exchange: Exchange) -> None:
    asterisk = exchange.asterisks[AUDIOSOCKET]
    logged = len(asterisk.log)
    for method in METHODS:
        answers = {await ask(asterisk, method, name, f"<sip:{name}@example.com>") for name in NAMES}
        alike = {impersonal(answer) for answer in answers}
        assert len(alike) == 1
        assert re.match(r"SIP/2\.0 (401|481) ", alike.pop())
    assert calls_taken(asterisk, logged) == 0


async def test_torture_messages_leave_callers_served(exchange: Exchange) -> None:
    assert len(torture_messages()) == 49
    strangers = exchange.asterisks[WEBSOCKET]
    logged = len(strangers.log)
    await asyncio.gather(
        torture(exchange.asterisks[AUDIOSOCKET], TRUSTED_HOST, 200), torture(strangers, STRANGER_HOST, 401)
    )
    assert calls_taken(strangers, logged) == 0
    seen = "\n".join(strangers.security_log)
    assert sum(f'SessionID="{message.name}.' in seen for message in torture_messages()) > 25  # others are not even SIP
    await asyncio.gather(*(is_greeted(exchange, by) for by in TRANSPORTS))


async def test_floods_and_calls_never_confirmed_leave_callers_served(exchange: Exchange) -> None:
    asterisk = exchange.asterisks[WEBSOCKET]
    logged = len(asterisk.log)
    await flood(asterisk, UNTRUSTED_HOST, "INVITE", 200, requests=3 * MOST_UNTRUSTED, per_s=100)
    await asyncio.gather(
        flood(asterisk, STRANGER_HOST, "REGISTER", 401, requests=1200, per_s=300),
        flood(asterisk, STRANGER_HOST, "INVITE", 401, requests=1200, per_s=300),
        is_served(exchange, WEBSOCKET),
    )
    assert calls_taken(asterisk, logged) == 3 * MOST_UNTRUSTED + 1
    assert 1 <= asterisk.log[logged:].count('Dial("PJSIP/trunk-untrusted-') <= MOST_UNTRUSTED


async def test_rtp_of_others_is_not_heard(exchange: Exchange) -> None:
    person = await exchange.dial(exchange.customer(), AUDIOSOCKET)
    async with person.call:
        await person.hears(stories.GREETING)
        assert person.call.rtp_port
        async with meanwhile(send_rtp_of_others(person.call.rtp_port)):
            await stories.presses_up_to_the_password(person)


async def test_caller_who_floods_their_own_line_leaves_others_served(exchange: Exchange) -> None:
    flooder = await exchange.dial(exchange.customer(), AUDIOSOCKET)
    async with flooder.call, meanwhile(flood_own_line(flooder.call)):
        await is_served(exchange, AUDIOSOCKET)


async def test_fail2ban_bans_who_is_refused_and_nobody_else(exchange: Exchange) -> None:
    asterisk = exchange.asterisks[AUDIOSOCKET]
    filters = ConfigParser()
    filters.read(FAIL2BAN, encoding="utf-8")
    pattern = filters["Definition"]["failregex"].replace("<HOST>", r"(?P<host>[0-9a-fA-F.:]+)")
    before = len(asterisk.security_log)
    for caller in ("stranger", *FORGED_CALLERS):
        assert await ask(asterisk, "REGISTER", "100", f"<sip:{quote(caller, safe='')}@example.com>")
    for call in FORGED_CALLS:
        assert await ask(asterisk, "INVITE", "100", call=call)
    written = asterisk.security_log[before:]
    assert any(VICTIM in line for line in written)
    banned = [found["host"] for found in (re.search(pattern, line) for line in written) if found]
    assert banned == [STRANGER_HOST] * (1 + len(FORGED_CALLERS) + len(FORGED_CALLS))


async def test_nothing_is_left_of_the_attacks(exchange: Exchange, before: Before) -> None:
    await exchange.bot.left_with(0, within_s=20)
    for asterisk in exchange.asterisks.values():
        for _ in range(40):
            if (channels := asterisk.rx("core show channels count")).startswith("0 active channels"):
                break
            await asyncio.sleep(0.5)
        assert channels.startswith("0 active channels")
    assert [asterisk.pid for asterisk in exchange.asterisks.values()] == before.processes
    assert None not in before.processes
    logged = exchange.bot.log[before.logged :]
    assert [line for line in logged if re.search('Traceback|"level": "(?:error|critical)"', line)] == []


def impersonal(answer: str) -> str:
    """An answer without what is of its request, or of chance."""
    lines = [line for line in answer.splitlines() if not re.match("(?:Via|From|To|Call-ID): ", line)]
    return re.sub('(?:nonce|opaque)="[^"]*"', "", "\n".join(lines))


def calls_taken(asterisk: Asterisk, since: int) -> int:
    """How many calls the dialplan has begun with, after so much of the log."""
    return len(re.findall(r"Executing \[[^]]+@(?:nhanh8-trusted|nhanh8-untrusted|carrier):1\]", asterisk.log[since:]))
