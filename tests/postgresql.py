"""A throw-away PostgreSQL on loopback, from Debian's package, for the tests that need a real one."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

OWNER = "nhanh8"
READY_WITHIN_S = 30.0
_UNPRIVILEGED = 65534  # nobody: PostgreSQL refuses to run as the superuser


class PostgresServer:
    """One server in a folder of its own, gone with its data after `remove`. Crash, stop and start it as you like."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="nhanh8-postgresql-", dir="/tmp"))
        self._as = {"user": _UNPRIVILEGED, "group": _UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as:
            os.chown(self._folder, _UNPRIVILEGED, _UNPRIVILEGED)
        self._server: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        options = ["--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
        made = self._run("initdb", *options, "--pgdata", str(self._folder / "data")).communicate()[0]
        assert (self._folder / "data" / "PG_VERSION").exists(), made.decode()

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres"

    @property
    def socket_url(self) -> str:
        """The same without TCP."""
        return f"postgresql://{OWNER}@/postgres?host={self._folder}&port={self.port}"

    def start(self) -> None:
        where = ["-D", str(self._folder / "data"), "-k", str(self._folder), "-h", "127.0.0.1", "-p", str(self.port)]
        self._server = self._run("postgres", *where, "-F")
        give_up_at = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            assert self._server.poll() is None, self._server.communicate()[0].decode()
            assert time.monotonic() < give_up_at
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every session and writes all out; SIGQUIT is a crash."""
        if self._server:
            self.go_on()
            self._server.send_signal(how)
            self._server.communicate()
            self._server = None

    def kill(self) -> None:
        """Every process of it at once, without a word: what it had not written is lost."""
        assert self._server
        self.hang()  # so that none begins another, or ends by itself
        processes = [os.pidfd_open(pid) for pid in self._processes()]
        self._tell_all(signal.SIGKILL)
        for process in processes:
            select.select([process], [], [])
            os.close(process)
        self._server.communicate()
        self._server = None

    def hang(self) -> None:
        """It takes connections and words, and says nothing, until `go_on`."""
        self._tell_all(signal.SIGSTOP)

    def go_on(self) -> None:
        self._tell_all(signal.SIGCONT)

    def empty(self) -> None:
        """Drop all tables. A server that was left killed or hanging is there again."""
        if self._server:
            self.go_on()
        else:
            self.start()
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.close()

    def table_files(self) -> list[Path]:
        """The files in which tables and indexes lie, with all that was written so far."""
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        connection.close()
        return [file for file in (self._folder / "data" / "base").rglob("*") if file.is_file()]

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _tell_all(self, what: signal.Signals) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    def _processes(self) -> list[int]:
        """The one that starts the others first."""
        assert self._server
        first = self._server.pid
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split())]

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(self._programs / program), *arguments]
        return subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, umask=0o077, **self._as
        )


def postgresql_programs() -> Path:
    """Where the newest installed server's programs are; skips the test where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    return found[-1].parent


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
