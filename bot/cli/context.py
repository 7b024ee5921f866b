"""What the global options amount to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rich.console import Console

from bot.log import configure_logging
from bot.settings import Settings, load_settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass
class Context:
    """Settings are read when a command first needs them, and logging starts then."""

    config: Path
    accounts_url: str | None
    log_level: str | None

    @cached_property
    def settings(self) -> Settings:
        settings = load_settings(self.config)
        if self.accounts_url:
            settings = replace(settings, accounts=replace(settings.accounts, url=self.accounts_url))
        configure_logging(self.log_level or settings.log.level)
        return settings


def progress(sentence: str) -> None:
    """One line on stderr about what is being done."""
    err.print(f"[dim]· {sentence}…[/]")
