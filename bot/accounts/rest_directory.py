"""The AccountDirectory port on an agency's own account service: `deploy/openapi/accounts.yaml` is its contract."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.accounts.agency_service import AgencyService, Json, rfc3339
from bot.errors import AccountsError
from bot.ports import AttemptLimits, CallRecord, ResetRequest, Verdict


class RestAccountDirectory:
    """Accounts behind HTTP. The service tests, counts, stores and replaces, each in one transaction; it ends old logins
    and tells the owner by itself. It gets a password's Argon2 hash, never a password.
    """

    def __init__(self, service: AgencyService) -> None:
        self._service = service

    def check(self) -> None:
        """Ask whether the service is there, before the first call.

        Raises:
            AccountsError: it is not.
        """
        self._service.ask("GET", "/health", key="health")

    def request_reset(self, request: ResetRequest, limits: AttemptLimits) -> Verdict:
        body: dict[str, Any] = {
            "reset_id": request.reset_id,
            "caller": request.caller,
            "trunk": request.trunk,
            "code": request.code,
            "password_hash": request.password_hash,
            "now": rfc3339(request.now),
            "pending_until": rfc3339(request.pending_until),
            "limits": dataclasses.asdict(limits),
        }
        if request.citizen_id_ending is not None:
            body["citizen_id_ending"] = request.citizen_id_ending
        answer = self._service.ask("POST", "/resets", body, key=f"{request.reset_id}:request")
        try:
            return Verdict(answer.get("verdict"))
        except ValueError:
            raise _out_of_contract() from None

    def activate_reset(self, reset_id: str, *, now: datetime, expires_at: datetime) -> bool:
        body = {"now": rfc3339(now), "expires_at": rfc3339(expires_at)}
        answer = self._service.ask("POST", f"{_reset(reset_id)}/activation", body, key=f"{reset_id}:activation")
        active = answer.get("active")
        if not isinstance(active, bool):
            raise _out_of_contract()
        return active

    def discard_reset(self, reset_id: str) -> None:
        self._service.ask("DELETE", _reset(reset_id), key=f"{reset_id}:discard")

    def record_call(self, record: CallRecord) -> None:
        body: Json = {
            **{name: value for name, value in dataclasses.asdict(record).items() if name != "call_id"},
            "started_at": rfc3339(record.started_at),
        }
        self._service.ask("PUT", f"/calls/{quote(record.call_id, safe='')}", body, key=f"{record.call_id}:record")

    def close(self) -> None:
        self._service.close()


def _reset(reset_id: str) -> str:
    return f"/resets/{quote(reset_id, safe='')}"


def _out_of_contract() -> AccountsError:
    return AccountsError(
        "Dịch vụ tài khoản của cơ quan trả lời khác với deploy/openapi/accounts.yaml. Sửa dịch vụ rồi thử lại."
    )
