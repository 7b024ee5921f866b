"""Recorded callers: WAVs of what somebody said in a whole call, in a table that says how that call must end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.audio import Audio, read_wav
from bot.errors import AudioError
from bot.evaluate.said import whole_code
from bot.evaluate.tables import Faults, rows_of
from bot.replies import Outcome
from bot.reset.phone import national_form

COLUMNS: Final = ("file", "caller", "outcome")
_WITHHELD: Final = frozenset({"", "anonymous", "withheld"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One caller's side, played from the moment that the bot answers. Who calls and what code they say stays out of its
    `repr`: personal data.

    `caller` is the calling number, None where it is withheld. `code` is what the bot must understand, None where that
    is not written.
    """

    file: Path
    caller: str | None = field(repr=False)
    outcome: Outcome
    code: str | None = field(repr=False)

    @property
    def audio(self) -> Audio:
        """Raises AudioError: missing, or not a mono 16-bit WAV at 8 or 16 kHz."""
        return read_wav(self.file)

    @property
    def account(self) -> tuple[str, str] | None:
        """Number and code that must belong together for the call to end as it should."""
        if self.caller is None or self.code is None or self.outcome is Outcome.NO_MATCH:
            return None
        return self.caller, self.code


def read_recorded_calls(table: Path, lengths: tuple[int, ...]) -> tuple[RecordedCall, ...]:
    """The calls of a table (CSV: commas, semicolons or tabs; UTF-8), in its order; the WAVs lie beside it.

    Columns: `file`; `caller`, the calling number, empty where it is withheld; `outcome`, one of `Outcome`; `code` or
    not, the code that is said.

    Raises:
        AudioError: no table, a column missing or no rows; or names every row whose number, outcome or code is none,
            whose code belongs to another number in another row, or whose WAV is missing or of another format.
    """
    faults = Faults(table)
    calls: list[RecordedCall] = []
    owners: dict[str, str] = {}
    for line, row in rows_of(table, COLUMNS, faults):
        with faults.of(line):
            call = RecordedCall(
                file=table.parent / row["file"],
                caller=_caller(row["caller"]),
                outcome=_outcome(row["outcome"]),
                code=whole_code(row["code"], lengths) if row.get("code") else None,
            )
            if call.account:
                number, code = call.account
                if owners.setdefault(code, number) != number:
                    raise AudioError("mã số này đã thuộc một số gọi khác ở dòng trên. Mỗi mã số chỉ có một chủ.")
            read_wav(call.file)
            calls.append(call)
    faults.tell()
    if not calls:
        raise AudioError(f"{table} không có dòng nào. Thêm mỗi cuộc gọi một dòng: file, caller, outcome (và code).")
    return tuple(calls)


def _caller(text: str) -> str | None:
    if text.strip().lower() in _WITHHELD:
        return None
    number = national_form(text.strip())
    if number is None:
        raise AudioError("caller không phải số điện thoại Việt Nam. Ví dụ: 0912345678; bỏ trống là ẩn số.")
    return number


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text.strip())
    except ValueError:
        raise AudioError(
            f"outcome {text!r} không có. Chọn trong: {', '.join(each.value for each in Outcome)}."
        ) from None
