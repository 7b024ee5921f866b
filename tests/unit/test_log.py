"""Logs: one JSON object a line, and no long number anywhere in it."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import structlog

from bot.log import configure_logging, mask_fields

CODE = "0123456789"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Logged:
    return Logged(capsys)


@dataclass
class Logged:
    """What was logged since it was last looked at."""

    captured: pytest.CaptureFixture[str]

    def text(self) -> str:
        return self.captured.readouterr().err

    def one(self) -> dict[str, object]:
        (line,) = self.text().splitlines()
        record: dict[str, object] = json.loads(line)
        return record


def test_a_record_is_one_json_object_with_its_fields(lines: Logged) -> None:
    configure_logging("info")
    logging.getLogger("bot.x").info("call failed", extra={"call_id": "12345678abcd", "error": "KeyError"})
    record = lines.one()
    assert str(record.pop("timestamp")).endswith("Z")
    assert record == {
        "event": "call failed",
        "call_id": "12345678abcd",
        "error": "KeyError",
        "logger": "bot.x",
        "level": "info",
    }


def test_a_library_that_uses_structlog_logs_the_same_way(lines: Logged) -> None:
    configure_logging("info")
    structlog.get_logger("rasa.x").warning("processor.odd", text=CODE)
    record = lines.one()
    assert (record["level"], record["event"], record["text"]) == ("warning", "processor.odd", "•••")
    assert "timestamp" in record


def test_configuring_twice_does_not_log_twice(lines: Logged) -> None:
    configure_logging("info")
    configure_logging("info")
    logging.getLogger("bot.x").info("once")
    assert lines.one()["event"] == "once"


@pytest.mark.parametrize(("level", "logged"), [("debug", 3), ("info", 2), ("error", 1)])
def test_the_level_decides_what_is_logged(lines: Logged, level: str, logged: int) -> None:
    configure_logging(level)
    for write in (logging.getLogger("bot.x").debug, logging.getLogger("bot.x").info, logging.getLogger("bot.x").error):
        write("x")
    assert len(lines.text().splitlines()) == logged


@pytest.mark.parametrize("name", ["rasa.core.processor", "rasa_sdk.executor", "asyncio"])
def test_libraries_that_repeat_what_callers_say_are_quiet_at_every_level(lines: Logged, name: str) -> None:
    configure_logging("debug")
    logging.getLogger(name).info("caller said không một hai")
    assert lines.text() == ""


@pytest.mark.parametrize(
    "number", [CODE, "0123 456 789", "012.345.6789", "012-345-6789", "123456"], ids=lambda number: number
)
def test_a_long_number_is_masked_wherever_it_stands(lines: Logged, number: str) -> None:
    configure_logging("info")
    try:
        raise ValueError(f"code {number}")
    except ValueError:
        logging.getLogger("bot.x").exception("heard %s", number, extra={"text": f"mã {number}"})
    text = lines.text()
    assert number not in text
    record = json.loads(text)
    assert (record["event"], record["text"]) == ("heard •••", "mã •••")
    assert "ValueError: code •••" in record["exception"]


def test_a_warning_that_is_captured_is_masked_too(lines: Logged) -> None:
    configure_logging("info")
    logging.getLogger("py.warnings").setLevel(logging.WARNING)
    warnings.warn(f"odd {CODE}", stacklevel=1)
    text = lines.text()
    assert "odd" in text
    assert CODE not in text


@dataclass(frozen=True)
class Heard:
    text: str


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(CODE, "•••", id="text"),
        pytest.param(123456789, "•••", id="a number"),
        pytest.param({"code": CODE, CODE: 1}, {"code": "•••", "•••": 1}, id="a table"),
        pytest.param([f"a {CODE}", 5], ["a •••", 5], id="a list"),
        pytest.param((CODE,), ["•••"], id="a tuple"),
        pytest.param(Heard(CODE), "Heard(text='•••')", id="an object"),
        pytest.param("12345", "12345", id="a short number"),
        pytest.param(12345, 12345, id="a small number"),
        pytest.param(True, True, id="truth"),
        pytest.param(0.25, 0.25, id="a fraction"),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_fields_of_every_kind_are_masked(value: object, shown: object) -> None:
    assert mask_fields(None, "info", {"value": value}) == {"value": shown}


def test_our_own_fields_are_kept() -> None:
    own = {"timestamp": "2026-11-22T20:13:36.123456Z", "call_id": "1234567890", "level": "info", "logger": "bot.x"}
    assert mask_fields(None, "info", dict(own)) == own
