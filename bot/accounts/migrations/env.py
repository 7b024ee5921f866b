"""Alembic's environment: migrates over the connection that `bot.accounts.migrate` passes in."""

from __future__ import annotations

from alembic import context

from bot.accounts.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    on_version_apply=context.config.attributes["on_step"],
    transactional_ddl=True,  # both databases undo a half-done step
)
context.run_migrations()
