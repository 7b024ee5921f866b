"""`nhanh8 models` as people read it; the download itself is tested with the model store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.asr.model_store import Fetched
from bot.cli import models
from bot.cli.main import app
from bot.errors import ModelError

NAME = "vosk-model-small-vn-0.4"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "config.yml").write_text("bot:\n  recogniser:\n    model: models/ours\n", encoding="utf-8")
    (tmp_path / "models/dialogue").mkdir(parents=True)
    make_model(tmp_path / "models/ours")
    return tmp_path


def make_model(folder: Path, rate_hz: int = 8000, graph: tuple[str, ...] = ("HCLr.fst", "Gr.fst")) -> Path:
    files = {"am/final.mdl": b"\0B<TransitionModel>", "conf/mfcc.conf": f"--sample-frequency={rate_hz}\n".encode()}
    files |= {"conf/model.conf": b"-", "graph/disambig_tid.int": b"1\n"} | {f"graph/{name}": b"fst" for name in graph}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def run(project: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(project / "config.yml"), "models", *arguments])


def fetching(monkeypatch: pytest.MonkeyPatch, result: Fetched | BaseException) -> list[Any]:
    asked: list[Any] = []

    def fetch(model: Any, into: Path, **options: Any) -> Fetched:
        asked.append((model.name, into, options["url"], options["sha256"]))
        options["progress"](1, 2)
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(models, "fetch", fetch)
    return asked


def test_list_tells_what_is_there_what_is_used_and_what_there_is_to_fetch(project: Path) -> None:
    make_model(project / "models" / NAME)
    lines = {line.split()[1]: line for line in run(project, "list").stdout.splitlines() if line.startswith("│")}
    assert "đang dùng" in lines["ours"]
    assert "có sẵn" in lines[NAME]
    assert "chưa tải" in lines["vosk-model-vn-0.4"]
    assert "dialogue" not in lines


def test_fetch_says_what_to_write_into_the_settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_model(project / "models" / NAME)
    asked = fetching(monkeypatch, Fetched(folder, "0" * 64, compared=True))
    result = run(project, "fetch", NAME)
    assert result.exit_code == 0
    assert asked == [(NAME, project / "models", None, None)]
    assert "SHA-256 khớp" in result.stdout
    assert f"    model: models/{NAME}\n" in result.stdout
    assert "Hz" not in result.stdout


def test_options_are_handed_on_and_a_folder_elsewhere_is_named_whole(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    asked = fetching(monkeypatch, Fetched(make_model(elsewhere / NAME)))
    result = run(project, "fetch", NAME, "--url", "http://mirror/x.zip", "--sha256", "abc", "--into", str(elsewhere))
    assert asked == [(NAME, elsewhere, "http://mirror/x.zip", "abc")]
    assert "đã có sẵn" in result.stdout
    assert f"    model: {elsewhere / NAME}\n" in result.stdout


def test_a_download_that_nothing_vouches_for_shows_its_checksum(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, Fetched(make_model(project / "models" / NAME), "e" * 64))
    output = run(project, "fetch", NAME).stdout
    assert "không có gì để so" in output
    assert "e" * 64 in output
    assert "khớp" not in output


def test_what_a_model_cannot_do_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, Fetched(make_model(project / "models" / NAME, 16_000, ("HCLG.fst",))))
    output = run(project, "fetch", NAME).stdout
    assert "16000 Hz" in output
    assert "không giới hạn được từ" in output


def test_ctrl_c_says_how_to_go_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetching(monkeypatch, KeyboardInterrupt())
    result = run(project, "fetch", NAME)
    assert result.exit_code == models.INTERRUPTED
    assert "tải tiếp" in result.output


def test_an_unknown_name_lists_the_known_ones(project: Path) -> None:
    result = run(project, "fetch", "vosk-model-xx")
    assert isinstance(result.exception, ModelError)
    assert NAME in str(result.exception)
