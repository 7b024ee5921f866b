"""Trains the Rasa dialogue when its sources changed; the model's file name holds their hash."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.error import YAMLError

from bot.dialogue.domain_check import check_domain
from bot.errors import DialogueError
from bot.yaml_lines import load_yaml

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")  # nothing leaves the machine
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclass(frozen=True, slots=True)
class DialogueSources:
    """What the dialogue is trained from: Rasa's part of config.yml and everything in `nlu_data/` but its tests."""

    config: Path
    nlu_dir: Path
    models_dir: Path

    @property
    def domain(self) -> Path:
        return self.nlu_dir / "domain.yml"

    @property
    def cases_dir(self) -> Path:
        """Where e2e cases are, which nothing is trained from."""
        return self.nlu_dir / "tests" / "e2e"

    @property
    def training_files(self) -> list[Path]:
        """Rasa YAML files with examples, rules and stories."""
        files = sorted(self.nlu_dir.rglob("*.yml"))
        return [f for f in files if f != self.domain and not self._is_test(f)]

    def _is_test(self, file: Path) -> bool:
        """Rasa's test stories go by their name; our cases by their folder, since they may be called anything."""
        return file.name.startswith("test_") or self.cases_dir in file.parents

    @property
    def model(self) -> Path:
        """Where the model of the sources as they are now is, or will be."""
        return self.models_dir / f"dialogue-{self._hash()}.tar.gz"

    def _hash(self) -> str:
        digest = hashlib.sha256(json.dumps(_rasa_part(self.config), sort_keys=True).encode())
        for file in [self.domain, *self.training_files]:
            try:
                digest.update(file.relative_to(self.nlu_dir).as_posix().encode() + b"\0" + file.read_bytes())
            except OSError as error:
                raise DialogueError(f"Không đọc được {file}: {error.strerror}.") from None
        return digest.hexdigest()[:16]


def train(sources: DialogueSources, *, force: bool = False) -> bool:
    """Train unless the model of these sources exists; True when it did train. Takes about half a minute.

    Raises:
        DialogueError: the sources have a mistake; Rasa's message, with file and line where it gives them.
    """
    model = sources.model
    check_domain(sources.domain)
    if model.exists() and not force:
        return False
    import rasa  # noqa: PLC0415 - takes seconds; only those who train wait for it
    from rasa.shared.exceptions import RasaException  # noqa: PLC0415

    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):  # a hundred progress bars
            result = rasa.train(
                domain=str(sources.domain),
                config=str(sources.config),
                training_files=[str(f) for f in sources.training_files],
                output=str(sources.models_dir),
                fixed_model_name=model.name.removesuffix(".tar.gz"),
            )
    except (RasaException, YAMLError, ValueError) as error:
        raise DialogueError(f"Không huấn luyện được hội thoại: {error}") from None
    if result.code != 0 or not model.exists():
        raise DialogueError(
            f"Rasa không tạo được mô hình hội thoại. Sửa trong nlu_data/ theo lời Rasa:\n{said.getvalue()}"
        )
    for old in sources.models_dir.glob("dialogue-*.tar.gz"):
        if old != model:
            old.unlink()
    return True


def _rasa_part(config: Path) -> dict[str, object]:
    return {key: value for key, value in load_yaml(config, DialogueError).items() if key != "bot"}
