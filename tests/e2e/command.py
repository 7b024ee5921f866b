"""The command `nhanh8` as people run it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """Runs `nhanh8` in the project, over a database of the test's own."""

    root: Path
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "accounts.db"

    def __call__(self, *arguments: str, config: Path | None = None, stdin: str | None = None) -> Result:
        options = ["--accounts", f"sqlite:///{self.database}", "--log-level", "warning"]
        options += ["--config", str(config)] if config else []
        done = subprocess.run(
            [sys.executable, "-c", "from bot.cli.main import main; main()", *options, *arguments],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)
