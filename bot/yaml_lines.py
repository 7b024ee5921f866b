"""YAML files that people edit: read with the line of every entry, so that a mistake is shown where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from bot.errors import Nhanh8Error

# What ruamel.yaml raises where a tag, an anchor or a merge does not fit its value.
_CONSTRUCTION: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def load_yaml(file: Path, error: type[Nhanh8Error], *, missing: str = "Kiểm tra lại đường dẫn.") -> CommentedMap:
    """The table in a YAML file; `missing` is what to do when there is no such file.

    Raises:
        error: no such file, unreadable, not UTF-8, bad syntax or no table; names file and line.
    """
    try:
        table = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error(f"Không có tệp {file}. {missing}") from None
    except OSError as trouble:
        raise error(f"Không đọc được {file}: {trouble.strerror}.") from None
    except UnicodeDecodeError as trouble:
        line = trouble.object.count(b"\n", 0, trouble.start) + 1
        raise error(f"{file}:{line}: tệp không ở dạng UTF-8. Lưu lại tệp bằng UTF-8.") from None
    except YAMLError as trouble:
        raise error(bad_syntax(file, trouble)) from None
    except _CONSTRUCTION:
        raise error(
            f"{file}: có giá trị gắn thẻ (!!), neo (&, *) hay gộp (<<) không đọc được. Bỏ hoặc sửa chỗ đó."
        ) from None
    if not isinstance(table, CommentedMap):
        raise error(f"{file}:1: tệp trống hoặc không phải bảng khóa: giá trị.")
    return table


def bad_syntax(file: Path, trouble: YAMLError) -> str:
    """The sentence about a file that is no YAML, with its line."""
    mark = getattr(trouble, "problem_mark", None)
    at = f":{mark.line + 1}" if mark else ""
    return f"{file}{at}: YAML sai cú pháp: {getattr(trouble, 'problem', trouble)}."


def line_of(table: CommentedMap, key: str) -> int:
    """The line on which `key` stands, from 1; the table's own for a key that was merged in."""
    return int(table.lc.data.get(key, [table.lc.line])[0]) + 1
