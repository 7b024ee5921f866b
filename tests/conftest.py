"""What is slow to load, loaded once for the whole test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.dialogue.training import DialogueSources, train
from bot.log import configure_logging
from tests.conversations.scene import Options, Scene
from tests.postgresql import PostgresServer, postgresql_programs

ROOT = Path(__file__).parents[1]


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
    """A loaded bot for `Options`, each loaded once, with one account or with `accounts` by code."""
    loaded: dict[Options, Scene] = {}

    def scene(options: Options | None = None, *, accounts: dict[str, str] | None = None) -> Scene:
        wanted = options or Options()
        if wanted not in loaded:
            loaded[wanted] = Scene(dialogue_model, wanted)
        return loaded[wanted].fresh(accounts)

    yield scene
    for each in loaded.values():
        each.dialogue.close()


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
