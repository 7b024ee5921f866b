"""One loaded bot for the whole-call tests, each test with its own accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.accounts.migrate import migrate
from bot.app import Bot, FinishedCall, account_register, dialogue_sources
from bot.dialogue.training import train
from bot.events import Event
from bot.log import configure_logging
from bot.ports import CallTransport
from bot.settings import AccountSettings, Settings, load_settings

ROOT = Path(__file__).parents[2]


@dataclass
class LoadedBot:
    """The real bot over a demo directory of its own; `events` are the last call's."""

    bot: Bot
    settings: Settings
    database: Path
    events: list[Event]

    def call(self, number: str | None, transport: CallTransport) -> FinishedCall:
        self.events.clear()
        sinks = [self.events.append]
        if callable(transport):
            sinks.append(transport)
        return asyncio.run(self.bot.take(number, transport, *sinks))

    def prompts(self) -> list[str]:
        return [str(event.fields["prompt_id"]) for event in self.events if event.kind.value == "prompt"]


@pytest.fixture(scope="module")
def loaded_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedBot]:
    configure_logging("warning")
    database = tmp_path_factory.mktemp("accounts") / "accounts.db"
    settings = replace(load_settings(ROOT / "config.yml"), accounts=AccountSettings(url=f"sqlite:///{database}"))
    train(dialogue_sources(settings))
    migrate(settings.accounts_url, key_file=settings.data_key_file)
    register = account_register(settings)
    register.seed_demo()
    register.close()
    bot = Bot(settings, _quiet)
    yield LoadedBot(bot, settings, database, [])
    bot.close()


def _quiet(_: str) -> None:
    """The tests need no progress."""


@pytest.fixture
def nhanh8(tmp_path: Path) -> Callable[..., object]:
    """The command line as a process: arguments in, exit code and what it printed out."""
    from tests.e2e.command import Command  # noqa: PLC0415

    return Command(ROOT, tmp_path)
