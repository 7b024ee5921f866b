"""viet-asr where it is missing."""

from __future__ import annotations

import sys

import pytest

from bot.asr.vietasr_engine import VietAsrRecognizer
from bot.errors import ModelError


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vietasr", None)
    with pytest.raises(ModelError, match=r"pip install 'nhanh8\[vietasr\]'"):
        VietAsrRecognizer()
