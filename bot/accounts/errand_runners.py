"""Who does what follows a reset: a service of the agency, a file where there is none yet, or nobody."""

from __future__ import annotations

import json
import os
from datetime import timedelta, timezone
from pathlib import Path
from threading import Lock

from bot.accounts.account import masked
from bot.accounts.agency_service import AgencyService, Json, rfc3339
from bot.errors import AccountsBusy
from bot.ports import Errand, ErrandKind

_VIETNAM = timezone(timedelta(hours=7))


def written(errand: Errand, text: str) -> Json:
    """What is needed to do it, and no more. `{code}` (all but its last digits hidden) and `{time}` in the owner's
    `text` are filled in.
    """
    same = {"id": errand.id, "kind": errand.kind.value, "reset_at": rfc3339(errand.reset_at)}
    if errand.kind is ErrandKind.END_LOGINS:
        return {**same, "code": errand.code}
    at = errand.reset_at.astimezone(_VIETNAM)
    filled = text.replace("{code}", masked(errand.code)).replace("{time}", f"{at:%H:%M %d/%m/%Y}")
    return {**same, "phone": errand.phone, "email": errand.email, "text": filled}


class HttpErrands:
    """A service of the agency: its session store, its SMS or e-mail gateway. Any 2xx answer means that it is done."""

    def __init__(self, service: AgencyService, text: str) -> None:
        self._service = service
        self._text = text

    def run(self, errand: Errand) -> None:
        self._service.ask("POST", "", written(errand, self._text), key=errand.id)

    def close(self) -> None:
        self._service.close()


class JsonLinesErrands:
    """A line in a file that only its owner may read: for development. It holds personal data, never a password."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._lock = Lock()

    def run(self, errand: Errand) -> None:
        line = json.dumps(written(errand, self._text), ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, open(self._path, "a", encoding="utf-8", opener=_for_its_owner) as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise AccountsBusy(
                f"Không ghi được {self._path} ({error.strerror}). Giải phóng chỗ hoặc đổi after_reset.file."
            ) from None

    def close(self) -> None:
        """It is closed after each line."""


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class NoErrands:
    """Nobody: the agency does not want it done."""

    def run(self, errand: Errand) -> None:
        """It counts as done."""

    def close(self) -> None:
        """There is nothing to close."""
