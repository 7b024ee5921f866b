"""A real SMTP server on loopback (aiosmtpd), with the faults that mail servers have, and certificates for it."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from enum import Enum, auto
from ipaddress import ip_address
from pathlib import Path
from queue import Queue

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "nhanh8", "mật-khẩu-của-máy-chủ-thư"


class Fault(Enum):
    CUT_IN_DATA = auto()  # the connection, before the message is whole
    CUT_AFTER_DATA = auto()  # the same after it was accepted, before that is told
    SILENT = auto()  # after the greeting


@dataclass(frozen=True)
class Delivered:
    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass
class MailRoom:
    """What the server got. Replies and faults are used up in their order, one a message; then all goes well."""

    port: int = 0
    delivered: list[Delivered] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    to_recipients: deque[str] = field(default_factory=deque)  # replies to RCPT
    to_data: deque[str] = field(default_factory=deque)  # and to a message
    faults: deque[Fault] = field(default_factory=deque)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))  # released for each delivered

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.to_recipients.popleft() if self.to_recipients else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: _Server, session: Session, envelope: Envelope) -> str:
        reply = self.to_data.popleft() if self.to_data else "250 OK"
        if reply.startswith("250"):
            user = session.auth_data.login.decode() if session.authenticated else None
            assert isinstance(envelope.content, bytes)
            encrypted = server.transport.get_extra_info("sslcontext") is not None
            self.delivered.append(
                Delivered(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content, encrypted, user)
            )
            self.arrived.release()
        if self.faults and self.faults[0] is Fault.CUT_AFTER_DATA:
            self.faults.popleft()
            server.transport.abort()
        return reply


class _Server(SMTP):
    """Faults that aiosmtpd has no hook for."""

    room: MailRoom

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is None:  # no upgrade by STARTTLS
            self.room.connections += 1
        super().connection_made(transport)

    async def smtp_EHLO(self, hostname: str) -> None:
        self.room.commands.append("EHLO")
        if self.room.faults and self.room.faults[0] is Fault.SILENT:
            self.room.faults.popleft()
            await asyncio.Event().wait()
        await super().smtp_EHLO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        self.room.commands.append("AUTH")
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        self.room.commands.append("MAIL")
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if self.room.faults and self.room.faults[0] is Fault.CUT_IN_DATA:
            self.room.faults.popleft()
            await self.push("354 go on")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    right = data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data if right else None)


@contextmanager
def mail_room(
    certificate: Certificate | None = None, *, implicit: bool = False, login: bool = False
) -> Iterator[MailRoom]:
    """A server: in the clear, with STARTTLS (and nothing before it) or, when `implicit`, encrypted from the start."""
    room = MailRoom()
    context = certificate.context() if certificate else None

    def protocol() -> _Server:
        server = _Server(
            room,
            tls_context=None if implicit else context,
            require_starttls=context is not None and not implicit,
            authenticator=_knows if login else None,
            auth_required=login,
            loop=asyncio.get_running_loop(),
            hostname="mail.example.vn",
        )
        server.room = room
        return server

    async def start() -> asyncio.AbstractServer:
        loop = asyncio.get_running_loop()
        return await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if implicit else None)

    with served(start) as room.port:
        yield room


@contextmanager
def served(start: Callable[[], Awaitable[asyncio.AbstractServer]]) -> Iterator[int]:
    """The port of a server that `start` starts in a thread of its own; what it still does in the end is cancelled."""
    ports: Queue[int] = Queue()

    async def serve() -> None:
        server = await start()
        ports.put(server.sockets[0].getsockname()[1])
        await over.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    loop, over = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="server")
    thread.start()
    try:
        yield ports.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class Certificate:
    """A server's certificate with its key, and the file of the authority that issued it."""

    file: Path
    authority: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file)
        return context


def certificate(folder: Path, *names: str) -> Certificate:
    """A certificate for names and addresses, by an authority of its own."""
    folder.mkdir()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    root = _signed(root_name, root_name, root_key, root_key, x509.BasicConstraints(ca=True, path_length=0))
    kinds = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    leaf = _signed(leaf_name, root_name, key, root_key, x509.SubjectAlternativeName(kinds))
    made = Certificate(folder / "server.pem", folder / "authority.pem")
    made.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.file.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    return made


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(by, hashes.SHA256())
    )
