"""Who may use the studio: hosts against DNS rebinding, origins against other pages, a token on a network."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_COOKIE: Final = "nhanh8_studio"
REFUSED: Final = 1008  # WebSocket: a policy was violated; before the handshake it becomes a 403
LOCKED: Final = (
    "Cần mã vào: mở đúng địa chỉ có ?token=… mà lệnh nhanh8 studio đã in ra.\n"
    "A token is needed: open the address with ?token=… that nhanh8 studio printed.\n"
)
WRONG_HOST: Final = "Địa chỉ này không phải của nhanh8 studio.\nThis is not an address of nhanh8 studio.\n"
WRONG_ORIGIN: Final = "Yêu cầu này đến từ một trang khác.\nThis request comes from another page.\n"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """An ASGI application around another one.

    `name` is a host name under which the studio may be reached; without one, only addresses are taken, for no attacker
    can point a number at this machine. Without `token`, only this machine's own addresses are.
    """

    def __init__(self, app: ASGIApp, *, token: str | None = None, name: str | None = None) -> None:
        self._app = app
        self._token = token
        self._name = name.lower() if name else None
        self._session = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": REFUSED})
        else:
            await refusal(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse(WRONG_HOST, 421)
        safe = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        if not safe and urlsplit(headers.get("origin", "")).netloc != host:
            return PlainTextResponse(WRONG_ORIGIN, 403)
        return self._stranger(scope, headers) if self._token else None

    def _is_ours(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        if self._token is None:
            return is_loopback(name)
        if name in {"localhost", self._name}:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """None for who has been let in; who shows the token in the address gets the cookie and the plain address."""
        if _same(_cookie(headers), self._session):
            return None
        if scope["type"] != "http":
            return PlainTextResponse(LOCKED, 401)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] != "GET" or not _same(query.pop("token", [""])[0], self._token or ""):
            return PlainTextResponse(LOCKED, 401)
        rest = urlencode(query, doseq=True)
        response = RedirectResponse(Request(scope).url.path + (f"?{rest}" if rest else ""), 303)
        response.set_cookie(
            SESSION_COOKIE, self._session, httponly=True, samesite="strict", secure=scope["scheme"] == "https"
        )
        return response


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
