"""What is slow to load, loaded once for the whole test session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.accounts.data_key import VARIABLE
from bot.dialogue.training import DialogueSources, train
from bot.log import configure_logging
from tests.conversations.scene import Scene
from tests.postgresql import PostgresServer, postgresql_programs

ROOT = Path(__file__).parents[1]

os.environ[VARIABLE] = "5a" * 32  # every test's database has this data key, in child processes too


@pytest.fixture(scope="session")
def dialogue_sources() -> DialogueSources:
    return DialogueSources(ROOT / "config.yml", ROOT / "nlu_data", ROOT / "models" / "dialogue")


@pytest.fixture(scope="session")
def dialogue_model(dialogue_sources: DialogueSources) -> Path:
    """The model of the dialogue as it is written now, trained if there is none."""
    configure_logging("warning")
    train(dialogue_sources)
    return dialogue_sources.model


@pytest.fixture(scope="session")
def rasa_dialogue(dialogue_model: Path) -> Iterator[Callable[..., Scene]]:
    """A bot, loaded once, with one account or with `accounts` by code."""
    scene = Scene(dialogue_model)
    yield lambda accounts=None: scene.fresh(accounts)
    scene.dialogue.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    server = PostgresServer(postgresql_programs())
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgresql(postgresql_server: PostgresServer) -> PostgresServer:
    """A running server with an empty database."""
    postgresql_server.empty()
    return postgresql_server
