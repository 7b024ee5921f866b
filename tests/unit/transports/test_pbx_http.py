"""What a PBX asks over HTTP, and who may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from bot.ports import CallTransport
from bot.transports.paced_line import LineLimits
from bot.transports.pbx_http import PbxServer
from bot.transports.switchboard import Switchboard

TOKEN = "a-token-of-the-tests"  # noqa: S105 - nobody's
CALL = str(uuid4())


@pytest.fixture
def board() -> Switchboard:
    return Switchboard(most_calls=1, clock=lambda: 0.0)


@pytest_asyncio.fixture
async def pbx(board: Switchboard) -> AsyncIterator[aiohttp.ClientSession]:
    async def answer(call: str, line: CallTransport) -> None:
        await line.hang_up()

    server = PbxServer(board, answer, LineLimits(lost_peer_s=1, call_s=1), token=TOKEN)
    port = await server.start("127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield session
    await server.stop()


async def post(pbx: aiohttp.ClientSession, call: str = CALL, **form: str) -> int:
    async with pbx.post(f"/calls/{call}", data=form) as answer:
        return answer.status


async def test_a_call_is_announced_with_its_number(board: Switchboard, pbx: aiohttp.ClientSession) -> None:
    assert await post(pbx, number="+84912345678", token=TOKEN) == 201
    with board.connect(CALL) as calling:
        assert calling.number == "0912345678"


@pytest.mark.parametrize("trunk", ["viettel_1", "VNPT-2", "x" * 64])
async def test_a_call_is_announced_with_its_trunk(board: Switchboard, pbx: aiohttp.ClientSession, trunk: str) -> None:
    assert await post(pbx, number="0912345678", trunk=trunk, token=TOKEN) == 201
    with board.connect(CALL) as calling:
        assert calling.trunk == trunk


async def test_no_trunk_is_none(board: Switchboard, pbx: aiohttp.ClientSession) -> None:
    assert await post(pbx, number="0912345678", trunk="", token=TOKEN) == 201
    with board.connect(CALL) as calling:
        assert calling.trunk is None


@pytest.mark.parametrize("trunk", ["x" * 65, "a b", "trung kế", "a;DROP TABLE accounts", "a\n", "${EXTEN}"])
async def test_what_is_no_trunks_name_is_refused(pbx: aiohttp.ClientSession, trunk: str) -> None:
    assert await post(pbx, number="0912345678", trunk=trunk, token=TOKEN) == 400


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
async def test_who_has_no_token_announces_nothing(board: Switchboard, pbx: aiohttp.ClientSession, token: str) -> None:
    assert await post(pbx, number="0912345678", token=token) == 403
    with board.connect(CALL) as calling:
        assert calling.number is None


async def test_busy_lines_are_told(pbx: aiohttp.ClientSession) -> None:
    assert await post(pbx, number="0912345678", token=TOKEN) == 201
    assert await post(pbx, call=str(uuid4()), number="0912345678", token=TOKEN) == 503


async def test_an_id_that_is_no_uuid_is_refused(pbx: aiohttp.ClientSession) -> None:
    assert await post(pbx, call="nobody", number="0912345678", token=TOKEN) == 400


async def test_a_body_that_is_too_long_is_refused(pbx: aiohttp.ClientSession) -> None:
    assert await post(pbx, number="0" * 10_000, token=TOKEN) == 413


async def test_the_outcome_is_told_to_who_has_the_token(board: Switchboard, pbx: aiohttp.ClientSession) -> None:
    with board.connect(CALL):
        board.ended(CALL, "agent")
    async with pbx.get(f"/calls/{CALL}/outcome", params={"token": TOKEN}) as answer:
        assert (answer.status, await answer.text()) == (200, "agent")
    async with pbx.get(f"/calls/{CALL}/outcome") as answer:
        assert answer.status == 403
    async with pbx.get(f"/calls/{uuid4()}/outcome", params={"token": TOKEN}) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("auth", [None, aiohttp.BasicAuth("nhanh8", "wrong")])
async def test_media_of_a_stranger_are_refused(pbx: aiohttp.ClientSession, auth: aiohttp.BasicAuth | None) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await pbx.ws_connect(f"/media?call={CALL}", auth=auth)
    assert refused.value.status == 403


async def test_health_tells_how_many_calls_are_on(board: Switchboard, pbx: aiohttp.ClientSession) -> None:
    with board.connect(CALL):
        async with pbx.get("/health") as answer:
            assert await answer.json() == {"calls": 1, "taking_calls": True}
