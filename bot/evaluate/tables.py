"""Tables that testers write: read row by row, and everything that is wrong with one told at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import AudioError


class Faults:
    """What is wrong with the rows of a table: all of it, so that it can be mended at once."""

    def __init__(self, table: Path) -> None:
        self._table = table
        self._lines: dict[str, list[int]] = {}

    @contextmanager
    def of(self, line: int) -> Iterator[None]:
        """Whatever AudioError comes of this line is kept for `tell`."""
        try:
            yield
        except AudioError as error:
            self.add(line, str(error))

    def add(self, line: int, fault: str) -> None:
        self._lines.setdefault(fault, []).append(line)

    def tell(self) -> None:
        """Raises AudioError where there were any: each with the lines that have it."""
        told = [f"{self._table}:{_spans(lines)}: {fault}" for fault, lines in self._lines.items()]
        if len(told) > 1:
            rows = len({line for lines in self._lines.values() for line in lines})
            told.insert(0, f"{rows} dòng của bảng không dùng được:")
        if told:
            raise AudioError("\n".join(told))


def _spans(lines: list[int]) -> str:
    """`2-5, 9` for 2 3 4 5 9."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][-1] + 1:
            spans[-1][1:] = [line]
        else:
            spans.append([line])
    return ", ".join("-".join(map(str, span)) for span in spans)


def rows_of(table: Path, columns: tuple[str, ...], faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """The line and the cells of each row that is not empty; rows of another width are faults.

    UTF-8; commas, semicolons or tabs, whichever the head has.

    Raises:
        AudioError: no table, not UTF-8, or a column missing.
    """
    text = _text(table)
    lines = _cells(table, text)
    _, header = next(lines, (1, []))
    if missing := [column for column in columns if column not in header]:
        raise AudioError(
            f"{table}:1: thiếu cột {', '.join(missing)}. Dòng đầu cần: {', '.join(columns)}, cách nhau bằng tab."
        )
    for number, cells in lines:
        if cells and len(cells) != len(header):
            faults.add(number, f"có {len(cells)} ô, cần {len(header)}. Kiểm tra các dấu cách ô.")
        elif cells:
            yield number, dict(zip(header, cells, strict=True))


def _cells(table: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its line; a quoted cell may hold line ends: the row's last one."""
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=next((mark for mark in "\t;" if mark in head), ","))
    try:
        for cells in rows:
            yield rows.line_num, cells
    except csv.Error:
        raise AudioError(f"{table}:{rows.line_num}: bảng hỏng ở dòng này. Kiểm tra dấu nháy kép.") from None


def tables_in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.glob("*") if each.suffix.lower() in {".csv", ".tsv"})


def only_table(path: Path) -> Path:
    """`path`, or the one table in that folder. Raises AudioError."""
    if not path.is_dir():
        return path
    tables = tables_in(path)
    if len(tables) != 1:
        raise AudioError(f"Thư mục {path} có {len(tables)} bảng (.csv, .tsv); cần đúng một, hoặc chỉ rõ tệp nào.")
    return tables[0]


def _text(table: Path) -> str:
    try:
        return table.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise AudioError(f"Không có bảng {table}. Kiểm tra lại đường dẫn.") from None
    except OSError as error:
        raise AudioError(f"Không đọc được bảng {table}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise AudioError(f"{table}:{line}: tệp không ở dạng UTF-8. Lưu lại tệp bằng UTF-8.") from None
