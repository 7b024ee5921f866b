"""Names that Rasa takes as they come: slots in rules and conditions, intents in slot mappings, sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final

from ruamel.yaml.comments import CommentedSeq

from bot.design.findings import At, Finding, error
from bot.design.sources import Design, StepKind, one_or_more
from bot.yaml_lines import line_of

OWN_SLOTS: Final = frozenset({"requested_slot", "session_started_metadata"})  # Rasa's
_SECTIONS: Final = (
    *("version", "intents", "entities", "slots", "forms", "actions", "responses", "session_config"),
    *("e2e_actions", "config"),
)


def check_names(design: Design) -> Iterator[Finding]:
    """Each name that nothing in the domain bears."""
    yield from _sections(design)
    yield from _slots_of_rules(design)
    yield from _slots_of_conditions(design)
    yield from _mappings(design)


def _sections(design: Design) -> Iterator[Finding]:
    for name in design.domain:
        if name not in _SECTIONS:
            at = At(design.domain_file, line_of(design.domain, name))
            yield error("unknown_section", at, f"Rasa không biết mục {name}.{_meant(str(name), _SECTIONS)}")


def _slots_of_rules(design: Design) -> Iterator[Finding]:
    for rule in (*design.rules, *design.tests):
        for step in (*rule.conditions, *rule.steps):
            if step.kind is StepKind.SLOT and step.name not in design.slots.keys() | OWN_SLOTS:
                yield _unknown_slot(design, step.at, rule.title, step.name)


def _slots_of_conditions(design: Design) -> Iterator[Finding]:
    for variation in design.variations:
        for slot, _ in variation.conditions:
            if slot not in design.slots:
                yield _unknown_slot(design, variation.at, f"điều kiện của {variation.prompt_id}", slot)


def _mappings(design: Design) -> Iterator[Finding]:
    for slot, mapping in design.mappings:
        for key in ("intent", "not_intent"):
            for intent in one_or_more(mapping.get(key)):
                if str(intent) not in design.intents:
                    yield error(
                        "unknown_intent",
                        _at(design, slot, mapping[key], intent),
                        f"{key} của slot {slot} có ý định {intent}, domain.yml không có ý định này."
                        f"{_meant(str(intent), design.intents)}",
                    )


def _at(design: Design, slot: str, entries: Any, intent: Any) -> At:
    if isinstance(entries, CommentedSeq):
        return At(design.domain_file, entries.lc.item(entries.index(intent))[0] + 1)
    return design.at("slots", slot)


def _unknown_slot(design: Design, at: At, where: str, slot: str) -> Finding:
    return error(
        "unknown_slot", at, f"{where} dùng slot {slot}, domain.yml không có slot này.{_meant(slot, design.slots)}"
    )


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f" Có phải {near[0]}?" if near else " Sửa tên, hoặc thêm vào domain.yml."
