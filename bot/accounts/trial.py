"""The account directory of a test call: real SQLite, filled anew for each call."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from bot.accounts.data_key import DataKey, data_key
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.migrate import migrate
from bot.accounts.register import AccountRegister
from bot.errors import AccountsBusy
from bot.ports import AttemptLimits, CallRecord, ResetRequest, Verdict
from bot.reset.citizen_id import ENDING_DIGITS

_NAME = "Người gọi thử"
_NOBODYS = ""  # a code that no account has


class TrialDirectory:
    """An AccountDirectory of files in `folder`, which the caller removes. `begin` opens one; close it when done.

    For one call at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filled: dict[frozenset[tuple[str, str]], Path] = {}
        self._key: DataKey | None = None
        self._directory: SqlAccountDirectory | None = None
        self._away = False

    def begin(self, accounts: Mapping[str, str], *, away: bool = False) -> None:
        """Forget all there was; `accounts` are phones by code. `away`: the database answers nothing.

        A citizen's number ends as their phone's does.
        """
        self.close()
        filled = self._filled_with(accounts)
        file = self._folder / "call.db"
        shutil.copyfile(filled, file)
        self._directory, self._away = SqlAccountDirectory(f"sqlite:///{file}", key=self._key), away

    def fail(self, caller: str, times: int, limits: AttemptLimits) -> None:
        """`caller` has given a wrong code this many times just now."""
        for _ in range(times):
            now = datetime.now(timezone.utc)
            request = ResetRequest(
                reset_id=str(uuid.uuid4()),
                caller=caller,
                trunk="",
                code=_NOBODYS,
                password_hash="!",  # noqa: S106 - no password has it
                now=now,
                pending_until=now + timedelta(minutes=1),
            )
            self._open.request_reset(request, limits)

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        return self._open.request_reset(request, limits)

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        return self._open.activate_reset(reset_id, now=now, expires_at=expires_at)

    def discard_reset(self, reset_id: str) -> None:
        self._open.discard_reset(reset_id)

    def record_call(self, record: CallRecord) -> None:
        self._open.record_call(record)

    def close(self) -> None:
        """Harmless twice."""
        if self._directory:
            self._directory.close()
            self._directory = None

    @property
    def _open(self) -> SqlAccountDirectory:
        if self._directory is None or self._away:
            raise AccountsBusy("Cơ sở dữ liệu của cuộc gọi thử đang được cho là bận.")
        return self._directory

    def _filled_with(self, accounts: Mapping[str, str]) -> Path:
        """A database that holds these accounts and was closed, made once."""
        wanted = frozenset(accounts.items())
        if wanted not in self._filled:
            file = self._folder / f"accounts-{len(self._filled)}.db"
            url, key_file = f"sqlite:///{file}", self._folder / "data.key"
            migrate(url, key_file=key_file)
            self._key = data_key(key_file)
            register = AccountRegister(url, key=self._key, code_lengths={len(code) for code in accounts})
            for code, phone in accounts.items():
                register.add(code=code, phone=phone, name=_NAME, citizen_id=phone[-ENDING_DIGITS:])
            register.close()
            self._filled[wanted] = file
        return self._filled[wanted]
