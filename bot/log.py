"""JSON logs on stderr: constant messages, values in fields, numbers and secrets masked in every text."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_NUMBER = re.compile(r"\d(?:[\s.\-]?\d){5,}")  # six digits and more: a code, a phone number, a password
_KEPT = frozenset({"timestamp", "level", "logger", "call_id"})  # written by us, and no personal data


def mask_fields(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every run of six digits and more, wherever it stands: message, fields, exception."""
    return {name: value if name in _KEPT else _masked(value) for name, value in fields.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_masked(str(key)): _masked(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(item) for item in value]
    if value is None or isinstance(value, (bool, float)):
        return value
    text = value if isinstance(value, str) else repr(value)
    hidden = _NUMBER.sub("•••", text)
    return value if isinstance(value, int) and hidden == text else hidden


def configure_logging(level: str) -> None:
    """Send everything that is logged, by us and by libraries, to stderr as JSON lines. Idempotent."""
    stamps: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*stamps, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_fields,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *stamps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)  # Rasa's dependencies are old and say so
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("rasa", "rasa_sdk", "matplotlib", "tensorflow", "h5py", "asyncio", "alembic", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # Rasa's debug lines hold what callers say
    logging.getLogger("rasa.engine.graph").setLevel(logging.CRITICAL)  # says again what it raises
