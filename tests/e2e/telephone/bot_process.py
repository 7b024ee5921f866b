"""The real bot as a process, `nhanh8 serve`, over accounts of the tests' own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from bot.accounts.account import Account
from bot.accounts.migrate import migrate
from bot.accounts.passwords import Argon2Hasher
from bot.app import account_register, dialogue_sources
from bot.dialogue.training import train
from bot.settings import Settings, load_settings
from tests.e2e.telephone.configuration import BotAddress

ROOT = Path(__file__).parents[3]
OLD_PASSWORD = "13572468"  # noqa: S105 - the tests' own
LOADING_S = 90.0


class BotProcess:
    """Listens where `address` says; everything that it writes is under `folder`."""

    def __init__(self, folder: Path, address: BotAddress) -> None:
        self.folder = folder
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = self._configure()
        train(dialogue_sources(self._settings))
        migrate(self._settings.accounts_url, key_file=self._settings.data_key_file)
        self._register = account_register(self._settings)
        self._old_hash = Argon2Hasher().hash(OLD_PASSWORD)

    def launch(self) -> None:
        """Start it; `ready` waits until it takes calls."""
        command = [sys.executable, "-c", "from bot.cli.main import main; main()"]
        command += ["--config", str(self._settings.config_file), "serve"]
        command += ["--events", str(self.folder / "events"), "--record", str(self.folder / "recordings")]
        with (self.folder / "out").open("wb") as out, (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "NHANH8_PBX_TOKEN": self._address.token},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )

    def ready(self) -> None:
        """
        Raises:
            RuntimeError: it ended, or was not ready in time.
        """
        assert self._process is not None
        deadline = time.monotonic() + LOADING_S
        while (self.folder / "out").read_text(encoding="utf-8").count("Đang nghe") < 2:  # HTTP and AudioSocket
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text(encoding="utf-8")[-3000:])
            time.sleep(0.1)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it in good order, its calls too."""
        self._register.close()
        if self._process is None or self._process.poll() is not None:
            return
        for _ in range(2):  # the second time it waits for no call
            self._process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def log(self) -> list[str]:
        """What it logged, line by line, since the first start."""
        return (self.folder / "log").read_text(encoding="utf-8").splitlines()

    @property
    def files(self) -> list[Path]:
        """What it wrote."""
        return [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]

    async def calls(self) -> int:
        """How many calls it holds, by its own account."""
        return int((await asyncio.to_thread(self._health))["calls"])

    async def left_with(self, calls: int, within_s: float) -> float:
        """The seconds until it holds so many calls. Raises asyncio.TimeoutError."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while await self.calls() != calls:
            if loop.time() - began > within_s:
                raise asyncio.TimeoutError(f"it holds {await self.calls()} calls")
            await asyncio.sleep(0.02)
        return loop.time() - began

    def events(self, call: str) -> list[dict[str, Any]]:
        path = self.folder / "events" / f"{call}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def open_account(self, code: str, number: str) -> None:
        """Somebody whose password is OLD_PASSWORD."""
        self._register.add(code=code, phone=number, name="Người Thử", password_hash=self._old_hash)

    def account(self, code: str) -> Account:
        found = self._register.find(code)
        assert found is not None
        return found

    def lets_in(self, code: str, password: str) -> bool:
        """Whether it is the account's password."""
        return Argon2Hasher().verify(self.account(code).password_hash, password)

    def _health(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self._address.http_port}/health"
        with urllib.request.urlopen(url, timeout=5) as answer:
            health: dict[str, Any] = json.load(answer)
        return health

    def _configure(self) -> Settings:
        """The project's settings beside the project's own folders, but for the ports."""
        for name in ("nlu_data", "models", "audio_prompts"):
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "var").mkdir()
        text = (ROOT / "config.yml").read_text(encoding="utf-8")
        for name in ("http_port", "audiosocket_port"):
            text, changed = re.subn(rf"(?m)^(    {name}:) \d+", rf"\1 {getattr(self._address, name)}", text)
            assert changed == 1
        text = text.replace("    port: 9094", "    port: 0")
        config = self.folder / "config.yml"
        config.write_text(text, encoding="utf-8")
        return load_settings(config)
