"""What is kept about callers, in the database and in files: deleted on time, given out and deleted on request.

The law is Vietnam's Personal Data Protection Law, 91/2025/QH15. A conversation's tracker is not in here: it is in
memory only, and gone when its call is (`bot.dialogue.call_trackers`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.accounts.errand_file import ErrandFile, Line
from bot.accounts.personal_data import Held, PersonalData
from bot.call_files import CallFiles, delete
from bot.errors import AccountsError, Nhanh8Error
from bot.reset.phone import national_form
from bot.settings import LimitSettings, PrivacySettings

log = logging.getLogger(__name__)

DAY_S: Final = 86_400

WHY_ATTEMPTS_STAY: Final = (
    "Các lượt đối chiếu bị từ chối được giữ đến hết hạn tính (limits.window_s, limits.trunk_window_s): xóa sớm thì kẻ "
    "dò mã số chỉ cần yêu cầu xóa là được thử lại. Trong đó số gọi và mã số chỉ là giá trị băm có khóa."
)
WHY_ACCOUNT_STAYS: Final = (
    "Tài khoản được giữ vì còn cần để cấp lại mật khẩu cho chính chủ; cơ quan BHXH đã chấm dứt nó thì thêm --account."
)
NO_PASSWORD: Final = "Mật khẩu không được lưu, chỉ có giá trị băm Argon2id, không đọc lại được."  # noqa: S105
NO_WITHHELD: Final = "Cuộc gọi ẩn số không gắn với ai nên không tìm được; chúng được xóa khi hết hạn."


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many of each are gone because their time was over."""

    calls: int
    attempts: int
    errands: int  # done, in the database
    errand_lines: int  # in `after_reset.file`
    events: int
    recordings: int


@dataclass(frozen=True, slots=True)
class Privacy:
    """`data` is None where an agency's service keeps the accounts, and with them the calls: only files are ours then.

    Raises (every method): AccountsError, AudioError.
    """

    data: PersonalData | None
    files: CallFiles
    errand_file: ErrandFile
    keep: PrivacySettings
    limits: LimitSettings

    def purge(self, now: datetime) -> Purged:
        """Delete what is older than the settings allow; files before the records that they are found by."""

        def before(days: int) -> datetime:
            return now - timedelta(days=days)

        events = delete(self.files.events_before(before(self.keep.events_days)))
        recordings = delete(self.files.recordings_before(before(self.keep.recordings_days)))
        window_s = max(self.limits.window_s, self.limits.trunk_window_s)
        done_before = before(self.keep.errands_days)
        errand_lines = self.errand_file.cut(lambda line: _is_older(line, done_before))
        calls = attempts = errands = 0
        if self.data:
            calls, attempts, errands = self.data.purge(
                calls_before=before(self.keep.calls_days),
                attempts_before=now - timedelta(seconds=window_s),
                errands_before=done_before,
            )
        return Purged(
            calls=calls,
            attempts=attempts,
            errands=errands,
            errand_lines=errand_lines,
            events=events,
            recordings=recordings,
        )

    def export(self, now: datetime, *, code: str | None = None, number: str | None = None) -> dict[str, Any]:
        """Everything that is kept about one person, as plain JSON values."""
        held, files, lines = self.held(code=code, number=number)
        notes = [NO_PASSWORD, NO_WITHHELD]
        if not (self.files.events and self.files.recordings):
            notes.append("Chưa tìm trong thư mục sự kiện hay ghi âm nào không được nêu bằng --events, --record.")
        return {
            "exported_at": f"{now.isoformat(timespec='seconds')}",
            "law": "Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15",
            "accounts": held.accounts,
            "refused_attempts": held.attempts,
            "errands": held.errands,
            "errand_lines": lines,
            "calls": held.calls,
            "files": [str(path) for path in files],
            "kept": {
                "calls_days": self.keep.calls_days,
                "recordings_days": self.keep.recordings_days,
                "events_days": self.keep.events_days,
                "errands_days": self.keep.errands_days,
                "refused_attempts_s": max(self.limits.window_s, self.limits.trunk_window_s),
            },
            "notes": notes,
        }

    def held(self, *, code: str | None = None, number: str | None = None) -> tuple[Held, list[Path], list[Line]]:
        """What `delete` would find: rows, files, and lines of `after_reset.file`."""
        held = self._ours.about(code=code, number=number)
        files = self.files.of([call["call_id"] for call in held.calls])
        return held, files, [line for line in self.errand_file.lines() if _is_about(line, held, number)]

    def delete(self, *, code: str | None = None, number: str | None = None, account: bool = False) -> None:
        """Delete the person's calls with their files, what `after_reset.file` tells about them and, with `account`, the
        account.
        """
        held, files, _ = self.held(code=code, number=number)
        delete(files)
        self.errand_file.cut(lambda line: _is_about(line, held, number))
        self._ours.delete(code=code, number=number, account=account)

    def close(self) -> None:
        if self.data:
            self.data.close()

    @property
    def _ours(self) -> PersonalData:
        if self.data is None:
            raise AccountsError(
                "Tài khoản và hồ sơ cuộc gọi nằm ở dịch vụ của cơ quan (accounts.url): thực hiện yêu cầu ở đó. "
                "Ở đây chỉ có tệp sự kiện và ghi âm, được xóa khi hết hạn (nhanh8 privacy purge)."
            )
        return self.data


def _is_older(line: Line, than: datetime) -> bool:
    """Whether an errand in the file is over; one without a time that can be read is."""
    try:
        return line is None or datetime.fromisoformat(line["reset_at"].replace("Z", "+00:00")) < than
    except (LookupError, AttributeError, ValueError, TypeError):
        return True


def _is_about(line: Line, held: Held, number: str | None) -> bool:
    """Whether an errand in the file is one of theirs, or went to the number that they ask about."""
    if line is None:
        return False
    phone = national_form(number or "")
    return line.get("id") in held.errand_ids or (phone is not None and line.get("phone") == phone)


async def purge_daily(purge: Callable[[], Purged], wait: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
    """Purge now and once a day, in a thread, until cancelled; a day on which it fails does not end it."""
    while True:
        try:
            purged = await asyncio.get_running_loop().run_in_executor(None, purge)
            figures = {name: getattr(purged, name) for name in Purged.__slots__}
            log.info("old personal data deleted", extra=figures)
        except Nhanh8Error as error:
            log.error("old personal data not deleted", extra={"error": error.code, "reason": str(error)})
        await wait(DAY_S)
