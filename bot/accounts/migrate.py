"""Brings an account database to the schema of this version of the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from bot.accounts.database import Database
from bot.errors import AccountsError

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str, report: Callable[[str], None] | None = None, *, busy_ms: int = 10_000) -> None:
    """Create or upgrade the schema, in one transaction; changes nothing when it is up to date.

    `report` gets a Vietnamese sentence for each step. The folder of an SQLite file is made where it is missing.

    Raises:
        AccountsError: the database cannot be used, or is newer than this program.
    """
    say = report or (lambda sentence: None)
    applied: list[str] = []

    def on_step(step: Any, **_: object) -> None:
        applied.append(step.up_revision_id)
        say(f"Đã nâng cấp cơ sở dữ liệu đến bước {step.up_revision_id}: {step.up_revision.doc}.")

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    database = Database(url, busy_ms=busy_ms)
    try:
        database.make_folder()
        with database.write() as connection:
            config.attributes.update(connection=connection, on_step=on_step)
            command.upgrade(config, "head")
    except CommandError:
        raise AccountsError(
            "Cơ sở dữ liệu tài khoản do một phiên bản khác của chương trình tạo ra. Cập nhật chương trình rồi thử lại."
        ) from None
    finally:
        database.close()
    if not applied:
        say("Cơ sở dữ liệu đã ở phiên bản mới nhất.")
