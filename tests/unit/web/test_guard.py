"""Who is let in: by host, by origin, by token; and what every answer forbids a page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.web.guard import Guard, is_loopback

HERE = "http://127.0.0.1:8088"
TOKEN = "a-token-of-the-tests"  # noqa: S105 - nobody's


async def page(_: Request) -> Response:
    return PlainTextResponse("inside")


async def call(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("inside")
    await socket.close()


APP = Starlette(routes=[Route("/", page, methods=["GET", "POST"]), WebSocketRoute("/call", call)])


def visitor(token: str | None = None, name: str | None = None, at: str = HERE) -> TestClient:
    return TestClient(Guard(APP, token=token, name=name), base_url=at, follow_redirects=False)


def speak(client: TestClient, headers: Mapping[str, str]) -> str:
    with client.websocket_connect("ws://127.0.0.1:8088/call", headers=dict(headers)) as socket:
        return socket.receive_text()


@pytest.mark.parametrize("at", [HERE, "http://localhost:8088", "http://[::1]:8088", "http://127.8.8.8"])
def test_this_machine_is_let_in_by_its_own_names(at: str) -> None:
    assert visitor(at=at).get("/").text == "inside"


@pytest.mark.parametrize("host", ["evil.example:8088", "127.0.0.1.evil.example", "192.168.1.8:8088", "", "localhost."])
def test_a_name_that_somebody_points_at_this_machine_is_refused(host: str) -> None:
    assert visitor().get("/", headers={"Host": host}).status_code == 421
    with pytest.raises(WebSocketDisconnect):
        speak(visitor(), {"Host": host, "Origin": f"http://{host}"})


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9999", "http://localhost:8088", "null", ""]
)
def test_another_pages_calls_and_changes_are_refused(origin: str) -> None:
    assert visitor().post("/", headers={"Origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect):
        speak(visitor(), {"Origin": origin})


def test_a_call_or_a_change_without_an_origin_is_refused() -> None:
    assert visitor().post("/").status_code == 403
    with pytest.raises(WebSocketDisconnect):
        speak(visitor(), {})


def test_our_own_pages_may_call_and_change() -> None:
    assert visitor().post("/", headers={"Origin": HERE}).text == "inside"
    assert speak(visitor(), {"Origin": HERE}) == "inside"


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=wrong", "/?token=a-token-of-the-test", "/elsewhere", "/static/x"]
)
def test_a_stranger_sees_nothing(path: str) -> None:
    answer = visitor(TOKEN).get(path)
    assert (answer.status_code, "?token=…" in answer.text) == (401, True)
    assert "set-cookie" not in answer.headers


def test_a_stranger_cannot_call_or_change() -> None:
    stranger = visitor(TOKEN)
    stranger.cookies.set("nhanh8_studio", "guessed")
    assert stranger.post("/", headers={"Origin": HERE}).status_code == 401
    assert stranger.post(f"/?token={TOKEN}", headers={"Origin": HERE}).status_code == 401
    with pytest.raises(WebSocketDisconnect):
        speak(stranger, {"Origin": HERE})


def test_the_token_is_shown_once_and_is_not_kept_in_the_address() -> None:
    guest = visitor(TOKEN)
    let_in = guest.get(f"/?lang=en&token={TOKEN}")
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/?lang=en")
    cookie = let_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert guest.get("/").text == "inside"
    assert speak(guest, {"Origin": HERE}) == "inside"


@pytest.mark.parametrize(
    ("host", "status"), [("192.168.1.8:8088", 200), ("studio.lan", 200), ("[fd00::8]:8088", 200), ("evil.example", 421)]
)
def test_on_a_network_addresses_and_the_given_name_are_taken(host: str, status: int) -> None:
    guest = visitor(TOKEN, name="Studio.lan")
    answer = guest.get(f"/?token={TOKEN}", headers={"Host": host})
    assert answer.status_code == (303 if status == 200 else status)


def test_every_answer_forbids_what_a_page_does_not_need() -> None:
    for answer in (visitor().get("/"), visitor(TOKEN).get("/"), visitor().get("/", headers={"Host": "evil.example"})):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("192.168.1.8", False),
        ("::", False),
        ("nhanh8.lan", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
