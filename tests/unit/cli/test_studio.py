"""What who starts the studio is told before anything is loaded."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.cli.studio import TOKEN
from bot.errors import ListenError, Nhanh8Error, SettingsError

CONFIG = ["--config", str(Path(__file__).parents[3] / "config.yml"), "studio"]


def refusal(*options: str) -> Nhanh8Error:
    error = CliRunner().invoke(app, [*CONFIG, *options]).exception
    assert isinstance(error, Nhanh8Error)
    return error


def test_a_port_that_is_taken_is_told_by_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = refusal("--port", str(port))
    assert isinstance(error, ListenError)
    assert f"127.0.0.1:{port}" in str(error)
    assert "--port" in str(error)


def test_an_address_that_is_not_ours_is_told() -> None:
    assert isinstance(refusal("--host", "192.0.2.8", "--port", "0"), ListenError)  # RFC 5737: nobody's


def test_a_token_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "8888")
    error = refusal("--port", "0")
    assert isinstance(error, SettingsError)
    assert TOKEN in str(error)


def test_a_certificate_needs_a_key_that_fits(tmp_path: Path) -> None:
    certificate, key = tmp_path / "studio.pem", tmp_path / "studio.key"
    assert "--key" in str(refusal("--port", "0", "--certificate", str(certificate)))
    assert str(key) in str(refusal("--port", "0", "--certificate", str(certificate), "--key", str(key)))
    certificate.write_text("no certificate")
    key.write_text("no key")
    assert "PEM" in str(refusal("--port", "0", "--certificate", str(certificate), "--key", str(key)))
