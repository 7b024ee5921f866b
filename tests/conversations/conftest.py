"""A mark for what loads Rasa once more, in a process of its own."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: starts Rasa's command line, ten to twenty seconds")
