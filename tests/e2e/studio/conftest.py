"""A started studio over a copy of the project, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from bot.dialogue.training import DialogueSources, train
from bot.log import configure_logging

ROOT = Path(__file__).parents[3]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MICROPHONE, GRANTED = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
PATIENCE_MS = 60_000  # a busy machine; nothing is waited for that long otherwise
TOKEN = "a-token-of-the-tests"  # noqa: S105 - nobody's

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Studio:
    """A running `nhanh8 studio`: where it is, the address that lets a visitor in, and its project, a copy for tests to
    change.
    """

    url: str
    entrance: str
    root: Path


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that a designer edits; the other models are the project's own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: sudo apt-get install chromium")
    configure_logging("warning")
    train(DialogueSources(ROOT / "config.yml", ROOT / "nlu_data", ROOT / "models" / "dialogue"))
    root = tmp_path_factory.mktemp("studio")
    shutil.copy(ROOT / "config.yml", root)
    for folder in ("nlu_data", "audio_prompts", "models/dialogue"):
        shutil.copytree(ROOT / folder, root / folder)
    for model in (ROOT / "models").iterdir():
        if model.name != "dialogue":
            (root / "models" / model.name).symlink_to(model)
    return root


@pytest.fixture(scope="package")
def studio(project: Path) -> Iterator[Studio]:
    command = [sys.executable, "-c", "from bot.cli.main import main; main()"]
    command += ["--config", str(project / "config.yml"), "--log-level", "warning", "studio", "--port", "0"]
    environment = {**os.environ, "NHANH8_STUDIO_TOKEN": TOKEN}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        printed = next((found for line in process.stdout if (found := re.search(r"http://[^/]+", line))), None)
        assert printed, f"nhanh8 studio ended with {process.wait()}"
        yield Studio(printed.group(), f"{printed.group()}/?token={TOKEN}", project)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


def launched(playwright: Playwright, *flags: str) -> Browser:
    """A Chromium with a microphone that its visitors grant."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[MICROPHONE, GRANTED, *flags])


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launched(playwright)
    yield running
    running.close()


@contextmanager
def visiting(browser: Browser, studio: Studio, **options: Any) -> Iterator[Page]:
    """The empty page of a visitor who was let in, at the studio's address (`page.goto("/dialogue")`). An error in a
    page's script, or something that its policy refused, fails the test.
    """
    errors: list[str] = []
    context = browser.new_context(base_url=studio.url, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.request.get(studio.entrance)
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    try:
        yield opened
    finally:
        context.close()
    assert errors == []


@pytest.fixture
def page(studio: Studio, browser: Browser) -> Iterator[Page]:
    """A fresh visitor's page, as `visiting` gives it, in a window for a desk."""
    with visiting(browser, studio) as opened:
        yield opened
