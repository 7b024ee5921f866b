"""Brings an account database to the schema of this version of the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from bot.accounts.data_key import DataKey, data_key, has_data_key, make_data_key
from bot.accounts.database import Database
from bot.accounts.tables import check_key, data_keys
from bot.errors import AccountsError

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(
    url: str,
    report: Callable[[str], None] | None = None,
    *,
    key_file: Path | None = None,
    busy_ms: int = 10_000,
) -> None:
    """Create or upgrade the schema, in one transaction; changes nothing when it is up to date.

    The data key is the environment's, else that of `key_file`, which is made where no database needs another one.
    `report` gets a Vietnamese sentence for each step. The folder of an SQLite file is made where it is missing.

    Raises:
        AccountsError: the database cannot be used, is newer than this program, or was written with another key.
    """
    from alembic import command  # noqa: PLC0415 - takes a second, which no other command should wait
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

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
            key = _key(connection, key_file, say)
            config.attributes.update(connection=connection, on_step=on_step, data_key=key)
            command.upgrade(config, "head")
            check_key(connection, key)
        if config.attributes.get("hidden"):
            database.compact()
    except CommandError:
        raise AccountsError(
            "Cơ sở dữ liệu tài khoản do một phiên bản khác của chương trình tạo ra. Cập nhật chương trình rồi thử lại."
        ) from None
    finally:
        database.close()
    if not applied:
        say("Cơ sở dữ liệu đã ở phiên bản mới nhất.")


def _key(connection: Connection, file: Path | None, say: Callable[[str], None]) -> DataKey:
    """A new key is for a database without one: what was written with a lost key does not come back."""
    if file and not has_data_key(file) and not inspect(connection).has_table(data_keys.name):
        make_data_key(file)
        say(f"Đã tạo khóa dữ liệu {file}. Cất một bản ở nơi khác: mất khóa là mất danh bạ.")
    return data_key(file)
