"""A real terminal, key by key."""

from __future__ import annotations

import io
import os
import pty
import sys
import termios
from collections.abc import Iterator

import pytest

from bot.cli.single_keys import END, ENTER, single_keys
from bot.errors import DeviceError


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where a test types; the other end is stdin."""
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        yield master
    os.close(master)


def test_keys_come_one_by_one_without_enter(keyboard: int) -> None:
    with single_keys() as read_key:
        os.write(keyboard, b"nB\r\x04")
        assert [read_key(None) for _ in range(4)] == ["n", "b", ENTER, END]
        assert read_key(0) is None


def test_arrows_and_letters_with_marks_are_no_keys(keyboard: int) -> None:
    with single_keys() as read_key:
        os.write(keyboard, b"\x1b[D")
        assert read_key(None) is None
        os.write(keyboard, "đq".encode())
        assert [read_key(None) for _ in range(3)] == ["", "", "q"]


@pytest.mark.usefixtures("keyboard")
def test_the_terminal_is_left_as_it_was() -> None:
    before = termios.tcgetattr(sys.stdin)
    with single_keys():
        assert termios.tcgetattr(sys.stdin) != before
    assert termios.tcgetattr(sys.stdin) == before


def test_a_terminal_that_is_gone_ends() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", terminal)
        try:
            with single_keys() as read_key:
                os.close(master)
                assert read_key(None) == END
        except termios.error:
            pass  # a terminal that is gone has no settings to be given back


def test_without_a_terminal_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(DeviceError, match="cửa sổ dòng lệnh"), single_keys():
        pass
