"""A list of people in a CSV file: read and checked as a whole, before anything is changed; written only when whole."""

from __future__ import annotations

import csv
import os
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from bot.accounts.account import Person
from bot.errors import AccountsError
from bot.reset.citizen_id import ending
from bot.reset.phone import national_form

COLUMNS = ("code", "phone", "name", "email")
CITIZEN_ID = "citizen_id"  # may be missing
NAME_LENGTH = 200
EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def person_of(row: Mapping[str, str], code_lengths: Collection[int]) -> Person:
    """The person that a row describes, in normal form.

    Raises:
        ValueError: says in Vietnamese everything that is wrong with the row and what to do, without its values.
    """
    code, name, email = (unicodedata.normalize("NFC", row[column]).strip() for column in ("code", "name", "email"))
    phone = national_form(row["phone"].strip())
    lengths = " hoặc ".join(str(length) for length in sorted(code_lengths))
    wrong: list[str] = []
    if not (code.isascii() and code.isdigit()):
        wrong.append(f"mã số phải gồm {lengths} chữ số, không có ký tự khác")
    elif len(code) not in code_lengths:
        wrong.append(f"mã số có {len(code)} chữ số, cần {lengths}{_lost_zero(len(code), code_lengths)}")
    if phone is None:
        wrong.append("số điện thoại phải có 10 chữ số bắt đầu bằng 0 (bảng tính có thể đã bỏ số 0 ở đầu)")
    if not name or len(name) > NAME_LENGTH:
        wrong.append(f"họ tên phải có từ 1 đến {NAME_LENGTH} ký tự")
    if email and (len(email) > EMAIL_LENGTH or not _EMAIL.fullmatch(email)):
        wrong.append("thư điện tử không đúng dạng ten@mien.vn; sửa lại hoặc để trống")
    citizen_id = row.get(CITIZEN_ID, "").strip()
    if citizen_id and ending(citizen_id) is None:
        wrong.append("số căn cước phải có 12 chữ số, hoặc chỉ 4 số cuối (bảng tính có thể đã bỏ số 0 ở đầu)")
    if wrong or phone is None:
        raise ValueError("; ".join(wrong))
    return Person(code=code, phone=phone, name=name, email=email or None, citizen_id_ending=ending(citizen_id))


def read_roster(path: Path, code_lengths: Collection[int]) -> list[Person]:
    """The people in a UTF-8 CSV file (with or without a byte order mark) headed `code,phone,name,email`, and
    `citizen_id` or not.

    Raises:
        AccountsError: the file cannot be read, or rows are wrong: names every one of them by its line.
    """
    people: list[Person] = []
    lines: dict[str, int] = {}
    wrong: list[str] = []
    for line, row in _rows(path):
        if row is None:
            wrong.append(f"dòng {line}: số cột phải bằng số cột của dòng đầu; kiểm tra dấu phẩy và dấu nháy")
            continue
        try:
            person = person_of(row, code_lengths)
        except ValueError as error:
            wrong.append(f"dòng {line}: {error}")
            continue
        if person.code in lines:
            wrong.append(f"dòng {line}: mã số đã có ở dòng {lines[person.code]}; giữ lại một dòng")
        lines.setdefault(person.code, line)
        people.append(person)
    if wrong:
        raise AccountsError(
            f"{path} có {len(wrong)} dòng sai, chưa nhập dòng nào. Sửa rồi nhập lại:\n  " + "\n  ".join(wrong)
        )
    return people


def write_roster(path: Path, people: Iterable[Person]) -> int:
    """Write `people` as `read_roster` reads them, with a byte order mark for spreadsheets; returns how many.

    Only its owner may read the new file. What was at `path` is replaced when all is written.

    Raises:
        AccountsError: the file cannot be written.
    """
    written = 0
    try:
        handle, new = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(handle, "w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow((*COLUMNS, CITIZEN_ID))
                for person in people:
                    known = (person.code, person.phone, person.name, person.email, person.citizen_id_ending)
                    writer.writerow([value or "" for value in known])
                    written += 1
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise
    except OSError as error:
        raise AccountsError(f"Không ghi được {path} ({error.strerror}). Chọn chỗ khác.") from None
    return written


def _rows(path: Path) -> list[tuple[int, dict[str, str] | None]]:
    """Each row that is not blank with the number of its last line; None for one without the right columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [column.strip().lower() for column in next(reader, [])]
            if sorted(set(header) - {CITIZEN_ID}) != sorted(COLUMNS) or len(set(header)) < len(header):
                raise AccountsError(
                    f"Dòng đầu của {path} phải là {','.join(COLUMNS)}, cách nhau bằng dấu phẩy; thêm được {CITIZEN_ID}."
                )
            return [
                (reader.line_num, dict(zip(header, row, strict=True)) if len(row) == len(header) else None)
                for row in reader
                if any(cell.strip() for cell in row)
            ]
    except UnicodeDecodeError:
        raise AccountsError(f"{path} không phải UTF-8. Lưu lại dưới dạng CSV UTF-8 rồi nhập lại.") from None
    except csv.Error:
        raise AccountsError(
            f"{path} không phải CSV đọc được ở dòng {reader.line_num}. Kiểm tra dấu nháy kép."
        ) from None
    except OSError as error:
        raise AccountsError(f"Không đọc được {path} ({error.strerror}). Kiểm tra lại đường dẫn.") from None


def _lost_zero(length: int, code_lengths: Collection[int]) -> str:
    return " (bảng tính có thể đã bỏ số 0 ở đầu)" if length + 1 in code_lengths else ""
