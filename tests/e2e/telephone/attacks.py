"""What strangers do to a telephone exchange: scan it, flood it, and send it what no telephone would."""

from __future__ import annotations

import asyncio
import random
import shutil
import socket
import struct
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

from tests.e2e.telephone.asterisk import Asterisk
from tests.e2e.telephone.callers import Call
from tests.e2e.telephone.configuration import STRANGER_HOST
from tests.e2e.telephone.ports import LOOPBACK, free_port
from tests.e2e.telephone.rtp import ALAW, KEYS, KeyPress
from tests.e2e.telephone.sipp import HOTLINE
from tests.e2e.telephone.torture_messages import torture_messages

SCENARIOS = Path(__file__).parent / "scenarios"
LONGEST_S, ANSWER_S = 20, 2.0
GARBAGE_S = 0.005

# svmap binds to its -b, the others forget theirs; svcrack waits 10 s after its last try
SCAN = """
from sipvicious import svcrack, svmap, svwar
class Cracker(svcrack.ASipOfRedWine):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, bindingip="{host}", **options)
        self.sock.settimeout({answer_s})
class Dialler(svwar.TakeASip):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, bindingip="{host}", **options)
svcrack.ASipOfRedWine, svwar.TakeASip = Cracker, Dialler
{tool}.main()
"""


async def scan(asterisk: Asterisk, tool: str, *options: str) -> str:
    """What SIPVicious's `tool` tells of `asterisk`, scanning it from the stranger's address."""
    program = SCAN.format(tool=tool, host=STRANGER_HOST, answer_s=ANSWER_S)
    command = [sys.executable, "-c", program, *options, "-b", STRANGER_HOST]
    command += ["-p", str(asterisk.sip_port), "-P", str(free_port(host=STRANGER_HOST)), LOOPBACK]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    finally:
        if process.returncode is None:
            process.kill()
    return output.decode()


async def flood(asterisk: Asterisk, host: str, method: str, answer: int, *, requests: int, per_s: int) -> None:
    """SIPp sends so many requests from `host`, which are all answered so; an answer to an INVITE is never confirmed.

    Raises:
        AssertionError: one was answered otherwise, or not at all.
    """
    scenario = _scenario("request.xml", method=method, answer=answer, callee=HOTLINE)
    await _sipp(asterisk, host, scenario, "-m", str(requests), "-l", str(requests), "-r", str(per_s))


async def torture(asterisk: Asterisk, host: str, answer: int) -> None:
    """Every message of RFC 4475 from `host`, by SIPp or by hand, each followed by an OPTIONS that is answered so.

    Raises:
        AssertionError: one was not.
    """
    steps = [
        f"<send><![CDATA[\n\n{message.wire.decode()}]]></send>".replace("\r\n", "\n")
        + _scenario("alive.xml", number=number, answer=answer, callee=HOTLINE)
        for number, message in enumerate(torture_messages(), 1)
        if message.by_sipp
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?><scenario name="torture">'
    await _sipp(asterisk, host, "".join([head, *steps, "</scenario>"]))
    for message in torture_messages():
        if not message.by_sipp:
            answered = await ask(asterisk, "OPTIONS", HOTLINE, host=host, before=message.wire)
            assert answered.startswith(f"SIP/2.0 {answer} "), (message.name, answered)


async def ask(
    asterisk: Asterisk,
    method: str,
    callee: str,
    caller: str = "<sip:stranger@example.com>",
    call: str = "",
    *,
    host: str = STRANGER_HOST,
    before: bytes = b"",
) -> str:
    """The answer to one request, "" for none; `before` is sent first, `caller` is From, and `call` begins Call-ID."""
    number = str(time.monotonic_ns())
    lines = [f"{method} sip:{callee}@{LOOPBACK}:{asterisk.sip_port} SIP/2.0"]
    lines += [f"Via: SIP/2.0/UDP {host};rport;branch=z9hG4bK{number}", f"From: {caller};tag={number}"]
    lines += [f"To: <sip:{callee}@{LOOPBACK}>", f"Call-ID: {call}{number}", f"CSeq: 1 {method}"]
    lines += [f"Contact: <sip:stranger@{host}>", "Max-Forwards: 70", "Content-Length: 0", "", ""]
    datagrams = [*filter(None, [before]), "\r\n".join(lines).encode()]
    return await asyncio.to_thread(_answer, (LOOPBACK, asterisk.sip_port), host, datagrams, number)


@asynccontextmanager
async def meanwhile(attack: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """The attack goes on until the block ends. Raises AssertionError: it ended before."""
    attacker = asyncio.create_task(attack, name="attack")
    try:
        yield
    finally:
        attacker.cancel()
        await asyncio.gather(attacker, return_exceptions=True)
    assert attacker.cancelled()


async def send_rtp_of_others(port: int) -> None:
    """To a call's `port` and the one above, until cancelled: noise, loud sound, keys, and goodbyes of RTCP."""
    loop = asyncio.get_running_loop()
    senders = [
        (await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(host, 0)))[0]
        for host in (STRANGER_HOST, LOOPBACK)
    ]
    try:
        for number in range(2**16):
            for sender in senders:
                for packet in _rtp_garbage(number):
                    sender.sendto(packet, (LOOPBACK, port))
                sender.sendto(struct.pack("!BBHI", 0x81, 203, 1, number), (LOOPBACK, port + 1))
            await asyncio.sleep(GARBAGE_S)
    finally:
        for sender in senders:
            sender.close()


async def flood_own_line(call: Call) -> None:
    """The caller sends 40 times what a line carries, until cancelled or hung up on."""
    for number in range(0, 2**16, 4):
        for packet in [packet for each in range(4) for packet in _rtp_garbage(number + each)]:
            call.send_packet(packet)
        await asyncio.sleep(GARBAGE_S)


def _rtp_garbage(number: int) -> list[bytes]:
    sound = struct.pack("!BBHII", 0x80, ALAW, number, 160 * number, 1) + random.randbytes(160)
    key = struct.pack("!BBHII", 0x80, KEYS | 0x80, number, 160 * number, 1) + KeyPress(number % 10, 120).payload
    return [random.randbytes(random.randrange(1, 1400)), sound, key]


def _scenario(name: str, **values: object) -> str:
    return Template((SCENARIOS / name).read_text(encoding="utf-8")).substitute(values)


async def _sipp(asterisk: Asterisk, host: str, scenario: str, *options: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="nhanh8-attack-"))
    try:
        (folder / "scenario.xml").write_text(scenario, encoding="utf-8")
        command = ["sipp", f"{LOOPBACK}:{asterisk.sip_port}", "-sf", str(folder / "scenario.xml"), "-i", host]
        command += ["-p", str(free_port(host=host)), "-cp", str(free_port()), "-nostdin", "-timeout", str(LONGEST_S)]
        command += ["-timeout_error", "-trace_err", "-error_file", str(folder / "errors"), *(options or ("-m", "1"))]
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=DEVNULL, stderr=DEVNULL)
        code = await process.wait()
        assert code == 0, (folder / "errors").read_text(encoding="utf-8", errors="replace")[-3000:]
    finally:
        shutil.rmtree(folder)


def _answer(address: tuple[str, int], host: str, datagrams: list[bytes], number: str) -> str:
    """The first that has `number` in it, of those that come back to `host`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as telephone:
        telephone.bind((host, 0))
        telephone.settimeout(ANSWER_S)
        for datagram in datagrams:
            telephone.sendto(datagram, address)
        try:
            while number not in (answer := telephone.recv(65536).decode(errors="replace")):
                pass
        except TimeoutError:
            return ""
        return answer
