"""Typer's own words in Vietnamese: titles of help, and what is wrong with a command line and what to do."""

from __future__ import annotations

import re
from typing import Any, Final

import typer
from typer import rich_utils

UsageError: Final[Any] = typer.BadParameter.__base__  # which Typer does not give a name to

_TITLES: Final = {
    "ARGUMENTS_PANEL_TITLE": "Tham số",
    "OPTIONS_PANEL_TITLE": "Tùy chọn",
    "COMMANDS_PANEL_TITLE": "Lệnh",
    "DEFAULT_STRING": "[mặc định: {}]",
    "ENVVAR_STRING": "[biến môi trường: {}]",
    "REQUIRED_LONG_STRING": "[bắt buộc]",
}
_KINDS: Final = {"int": "số nguyên", "float": "số", "int range": "số nguyên", "float range": "số"}
_PROBLEMS: Final = (
    (r"(?:File|Directory|Path) '(.*)' does not exist\.", "không có tệp hay thư mục {0}"),
    (r"(?:File|Directory|Path) '(.*)' is a (?:file|directory)\.", "{0} không phải loại tệp cần dùng"),
    (r"(?:File|Directory|Path) '(.*)' is not (?:readable|writable|executable)\.", "không mở được {0}"),
    (r"'(.*)' is not a valid (.*)\.", "{0} không phải {1}"),
    (r"(.*) is not in the range (.*)\.", "{0} ngoài khoảng {1}"),
    (r"'(.*)' is not (?:one of )?(.*)\.", "{0} không có; chọn một trong {1}"),
    (r"No such command '(.*)'\. Did you mean (.*)\?", "không có lệnh {0}; có {1}"),
    (r"No such command '(.*)'\.", "không có lệnh {0}"),
    (r"Option '(.*)' requires .*\.", "{0} cần một giá trị"),
    (r"Option '(.*)' does not take a value\.", "{0} không nhận giá trị"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", "thừa {0}"),
    (r"Missing command\.", "thiếu tên lệnh"),
)


def speak_vietnamese() -> None:
    """From now on every `--help`."""
    for name, words in _TITLES.items():
        setattr(rich_utils, name, words)


def usage_sentence(error: Any) -> str:
    """What is wrong with the command line of a UsageError, and where to look."""
    problem = _problem(error)
    where = error.ctx.command_path if error.ctx else "nhanh8"
    return f"{problem[:1].upper()}{problem[1:]}. Xem: {where} --help"


def _problem(error: Any) -> str:
    parameter, option = getattr(error, "param", None), getattr(error, "option_name", None)
    name = parameter.opts[-1] if parameter and parameter.opts else ""
    if type(error).__name__ == "MissingParameter":
        return f"thiếu {name}"
    if type(error).__name__ == "NoSuchOption":
        near = f"; có {', '.join(error.possibilities)}" if error.possibilities else ""
        return f"không có tùy chọn {option}{near}"
    told = _told(error.message)
    return f"{name}: {told}" if name else told


def _told(message: str) -> str:
    """In Vietnamese where it is known, else as it is."""
    for pattern, words in _PROBLEMS:
        found = re.fullmatch(pattern, message)
        if found:
            return words.format(*(_KINDS.get(part or "", part or "") for part in found.groups()))
    return message.rstrip(".")
