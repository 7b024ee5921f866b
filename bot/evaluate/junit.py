"""Figures as JUnit's XML, which build servers show: a suite for each channel and engine, a case for each answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from bot.errors import AudioError


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that was tried; `failure` says what went wrong, None where it went well."""

    name: str
    seconds: float
    failure: str | None


def write_junit(path: Path, suites: Mapping[str, Iterable[Case]], *, command: str = "nhanh8 evaluate") -> None:
    """`command` is what tried them. Raises AudioError: it cannot be written."""
    root = ElementTree.Element("testsuites", name=command)
    for name, cases in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", name=name)
        counted = failed = 0
        for case in cases:
            element = ElementTree.SubElement(
                suite, "testcase", classname=name, name=case.name, time=f"{case.seconds:.3f}"
            )
            counted += 1
            if case.failure is not None:
                failed += 1
                ElementTree.SubElement(element, "failure", message=case.failure)
        suite.set("tests", str(counted))
        suite.set("failures", str(failed))
    ElementTree.indent(root)
    try:
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise AudioError(f"Không ghi được {path}: {error.strerror}.") from None
