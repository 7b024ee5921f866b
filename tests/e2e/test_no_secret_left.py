"""A password is nowhere but on the line: searched for everywhere while it is spoken and after the call.

Every search is shown to find what is planted where it looks.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.accounts.migrate import migrate
from bot.app import Bot, account_register, dialogue_sources, scripted_caller
from bot.dialogue.training import train
from bot.events import Event, JsonLinesFile, Kind
from bot.log import configure_logging
from bot.replies import Outcome
from bot.reset.password import PasswordPolicy, new_password
from bot.settings import AccountSettings, load_settings
from bot.vietnamese.masking import mask_numbers
from bot.vietnamese.speech import spoken
from tests.e2e.leaks import Leaks, children

ROOT = Path(__file__).parents[2]
NUMBER = "0912345678"
TWO_READINGS_AND_ANOTHER = """
turns:
  - expect: utter_ask_reset_form_service
    keys: "8"
  - expect: utter_ask_reset_form_bhxh_code
    keys: "0123456789"
  - expect: utter_ask_reset_form_code_confirmed
    keys: "1"
  - expect: utter_password
    keys: "1"
"""


@dataclass
class Place:
    """A bot that can leave things only in the project and in `folder`, where its temporary files and its home are."""

    bot: Bot
    folder: Path
    others: frozenset[int]  # processes of earlier tests

    @property
    def database(self) -> Path:
        return self.folder / "accounts.db"

    @property
    def searched(self) -> tuple[Path, ...]:
        return (ROOT, self.folder)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    configure_logging("warning")
    others = frozenset(children())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", None)
        for variable in ("TMPDIR", "HOME"):
            (folder / variable).mkdir()
            patched.setenv(variable, str(folder / variable))
        settings = load_settings(ROOT / "config.yml")
        settings = replace(settings, accounts=AccountSettings(url=f"sqlite:///{folder}/accounts.db"))
        settings = replace(settings, recogniser=replace(settings.recogniser, workers=1))  # each is searched many times
        train(dialogue_sources(settings))
        migrate(settings.accounts_url)
        register = account_register(settings)
        register.seed_demo()
        register.close()
        bot = Bot(settings, lambda sentence: None)
        bot.voice.synthesize("xin chào")  # its process runs
        yield Place(bot, folder, others)
        bot.close()
        tempfile.tempdir = None


@pytest.fixture
def password(place: Place, monkeypatch: pytest.MonkeyPatch) -> Leaks:
    """What will be issued: nothing like it was in the voice's process before."""
    while Leaks((secret := new_password(PasswordPolicy())).reveal(), (), 0).in_children():
        pass
    leaks = Leaks(secret.reveal(), place.searched, time.time() - 1)
    monkeypatch.setattr("bot.reset.service.new_password", lambda policy: secret)
    return leaks


def test_a_password_is_nowhere_while_it_is_spoken_and_after_the_call(
    place: Place,
    password: Leaks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    found: dict[str, list[str]] = {}
    said: list[str] = []
    script = place.folder / "script.yml"
    script.write_text(TWO_READINGS_AND_ANOTHER, encoding="utf-8")
    caller = scripted_caller(place.bot.settings, script)[1]
    synthesized: list[str] = []
    monkeypatch.setattr(place.bot.voice, "synthesize", synthesized.append)
    events = JsonLinesFile(place.folder / "events" / "call.jsonl", mask_numbers)

    def watch(event: Event) -> None:
        said.append(repr(event))
        said.extend(repr(list(tracker.events)) for tracker in place.bot.dialogue._trackers._trackers.values())
        if event.kind is Kind.PASSWORD_HEARD:  # the first of its readings is over, and the second begins
            found["while"] = password.in_files() + password.in_children()
            ours = set(children()) - place.others
            found["dumps"] = [pid for pid in ours if resource.prlimit(pid, resource.RLIMIT_CORE) != (0, 0)]

    finished = asyncio.run(place.bot.take(NUMBER, caller, events, caller, watch))
    events.close()
    finished.recording.save(place.folder / "recordings" / "call.wav")
    found["after"] = password.in_files() + password.in_children()
    printed = capfd.readouterr()

    assert (finished.outcome, caller.surprises) == (Outcome.RESET, [])
    assert found == {"while": [], "dumps": [], "after": []}
    assert synthesized == []  # it is read from recordings of single digits, whole
    assert not password.in_text(caplog.text + printed.out + printed.err)
    assert not password.in_text("".join(said))
    assert "utter_password_again" in "".join(said)  # there was something to search
    assert place.bot.dialogue._trackers._trackers == {}


def plant_in_a_temporary_file(place: Place, secret: str) -> Iterator[None]:
    with tempfile.NamedTemporaryFile("w") as file:
        assert str(place.folder) in file.name
        file.write(f'{{"text": "mật khẩu mới {secret}"}}')
        file.flush()
        yield


def plant_in_the_log_of_writes(place: Place, secret: str) -> Iterator[None]:
    """Of the database: committed, and not yet in its main file."""
    with closing(sqlite3.connect(place.database)) as database:
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.execute("INSERT INTO calls VALUES ('planted', '', 0, 0, ?, 0, NULL)", [secret])
        database.commit()
        yield
        database.execute("DELETE FROM calls WHERE call_id = 'planted'")
        database.commit()


def plant_in_a_spoken_transcript(place: Place, secret: str) -> Iterator[None]:
    path = place.folder / "events" / "planted.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text(spoken(" ".join(secret)), encoding="utf-8")
    yield
    path.unlink()


def plant_in_the_project(place: Place, secret: str) -> Iterator[None]:
    with tempfile.NamedTemporaryFile("w", dir=ROOT / "audio_prompts", suffix=".yml") as file:
        file.write(f"- {secret}")
        file.flush()
        yield


@pytest.mark.parametrize(
    "plant",
    [plant_in_a_temporary_file, plant_in_the_log_of_writes, plant_in_a_spoken_transcript, plant_in_the_project],
)
def test_a_password_in_a_file_is_found(place: Place, password: Leaks, plant: Callable[..., Iterator[None]]) -> None:
    planted = plant(place, password.secret)
    next(planted)
    assert password.in_files() != []
    next(planted, None)
    place.bot.directory.check()


@pytest.mark.parametrize("how", ["arguments", "environment"])
def test_a_password_given_to_a_child_process_is_found(password: Leaks, how: str) -> None:
    command = [sys.executable, "-c", "input()", *([password.secret] if how == "arguments" else [])]
    surroundings = {**os.environ, **({"PASSWORD": password.secret} if how == "environment" else {})}
    child = subprocess.Popen(command, env=surroundings, stdin=subprocess.PIPE)
    places = password.in_children()
    child.communicate(b"\n")
    assert any(place.startswith(("cmdline", "environ")) for place in places)


def test_a_password_that_the_synthesiser_was_asked_to_say_is_found_in_its_process(
    place: Place, password: Leaks
) -> None:
    place.bot.voice.synthesize(spoken(" ".join(password.secret)))
    assert any(where.startswith("memory") for where in password.in_children())
