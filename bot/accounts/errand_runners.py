"""Who does what follows a reset: a service of the agency, a file where there is none yet, or nobody.

Mail is `bot.accounts.email_errands`, SMS `bot.accounts.sms_errands`.
"""

from __future__ import annotations

from datetime import timedelta, timezone

from bot.accounts.account import masked
from bot.accounts.agency_service import AgencyService, Json, rfc3339
from bot.accounts.errand_file import ErrandFile
from bot.errors import ErrandRefused
from bot.ports import Errand, ErrandKind, ErrandRunner

_VIETNAM = timezone(timedelta(hours=7))


def told(errand: Errand, text: str) -> str:
    """The owner's `text` with its `{code}` (all but its last digits hidden) and its `{time}` filled in."""
    at = errand.reset_at.astimezone(_VIETNAM)
    return text.replace("{code}", masked(errand.code)).replace("{time}", f"{at:%H:%M %d/%m/%Y}")


def written(errand: Errand, text: str) -> Json:
    """What is needed to do it, and no more; `text` is for `told`."""
    same = {"id": errand.id, "kind": errand.kind.value, "reset_at": rfc3339(errand.reset_at)}
    if errand.kind is ErrandKind.END_LOGINS:
        return {**same, "code": errand.code}
    return {**same, "phone": errand.phone, "email": errand.email, "text": told(errand, text)}


class HttpErrands:
    """A service of the agency: its session store, its SMS or e-mail gateway. Any 2xx answer means that it is done."""

    def __init__(self, service: AgencyService, text: str) -> None:
        self._service = service
        self._text = text

    def run(self, errand: Errand) -> None:
        self._service.tell("POST", "", written(errand, self._text), key=errand.id)

    def close(self) -> None:
        self._service.close()


class JsonLinesErrands:
    """A line in a file: for development. It holds personal data, never a password."""

    def __init__(self, file: ErrandFile, text: str) -> None:
        self._file = file
        self._text = text

    def run(self, errand: Errand) -> None:
        self._file.append(written(errand, self._text))

    def close(self) -> None:
        """It is closed after each line."""


class FirstOrElse:
    """One way, and another where that one can never do it."""

    def __init__(self, first: ErrandRunner, other: ErrandRunner) -> None:
        self._first, self._other = first, other

    def run(self, errand: Errand) -> None:
        try:
            self._first.run(errand)
        except ErrandRefused:
            self._other.run(errand)

    def close(self) -> None:
        self._first.close()
        self._other.close()


class NoErrands:
    """Nobody: the agency does not want it done."""

    def run(self, errand: Errand) -> None:
        """It counts as done."""

    def close(self) -> None:
        """There is nothing to close."""
