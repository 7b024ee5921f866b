"""SECURITY.md rests on tests that exist, and speaks of every requirement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::([Tt]est\w+)`", TEXT)))


def test_it_names_its_tests() -> None:
    assert len(TESTS) > 50
    assert len(re.findall(r"tests/[\w/.]+::", TEXT)) == len(re.findall(r"`tests/[\w/]+\.py::[Tt]est\w+`", TEXT))


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_each_test_that_it_names_is_there(file: str, name: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:(?:async )?def {name}\(|{name} = )", source, re.MULTILINE)


def test_every_threat_that_is_stopped_names_a_test_and_every_line_says_whether_it_is_met() -> None:
    threats = _rows("## Threats")
    assert len(threats) > 20
    assert [row for row in threats if "::test_" not in row] == []
    for heading in ("## OWASP ASVS", "## OWASP Forgot"):
        rows = _rows(heading)
        assert len(rows) > 15
        assert [row for row in rows if not re.search(r"\| (?:yes|no|in part|\*agency\*)", row)] == []


def test_other_files_that_it_names_are_there() -> None:
    named = set(re.findall(r"`((?:bot|tests)/[\w/]+\.py)`", TEXT))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def _rows(heading: str) -> list[str]:
    section = TEXT[TEXT.index(heading) :].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]
