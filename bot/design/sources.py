"""The designer's files as written, each entry with its line: responses, examples, rules and stories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.design.findings import At
from bot.dialogue.training import DialogueSources
from bot.errors import DialogueError
from bot.replies import prompt_id
from bot.yaml_lines import line_of, load_yaml


@dataclass(frozen=True, slots=True)
class Example:
    """One NLU example; `text` as it is written, entity marks included."""

    intent: str
    text: str
    at: At


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One wording of a response; `conditions` are the (slot, value) pairs that choose it."""

    response: str
    prompt_id: str
    text: str
    metadata: Mapping[str, Any]
    conditions: tuple[tuple[str, Any], ...]
    at: At


class StepKind(Enum):
    INTENT = "intent"  # names: any of them
    ACTION = "action"  # names: one
    SLOT = "slot_was_set"  # names: one; value
    LOOP = "active_loop"  # names: the form; none when it ends
    OTHER = "other"  # checkpoints and what else Rasa knows


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a rule or story, or of a rule's condition. `sets` says that a slot step names its value."""

    kind: StepKind
    names: tuple[str, ...]
    at: At = field(compare=False)
    value: Any = None
    sets: bool = True

    @property
    def name(self) -> str:
        return self.names[0] if self.names else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule or a story. `waits`: the caller speaks next."""

    name: str
    is_rule: bool
    conditions: tuple[Step, ...]
    steps: tuple[Step, ...]
    waits: bool
    at: At

    @property
    def title(self) -> str:
        return f"{'luật' if self.is_rule else 'truyện'} “{self.name}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """All of it. `tests` are the stories of `test_*.yml`, which nothing is trained from."""

    domain_file: Path
    domain: CommentedMap
    variations: tuple[Variation, ...]
    examples: tuple[Example, ...]
    rules: tuple[Rule, ...]
    tests: tuple[Rule, ...]

    @property
    def intents(self) -> dict[str, At]:
        return self._named("intents")

    @property
    def actions(self) -> dict[str, At]:
        return self._named("actions")

    @property
    def slots(self) -> Mapping[str, Any]:
        return _table(self.domain.get("slots"))

    @property
    def forms(self) -> dict[str, tuple[str, ...]]:
        """Each form's slots, in the order of asking."""
        forms = _table(self.domain.get("forms"))
        return {str(name): tuple(map(str, _items(_table(form).get("required_slots")))) for name, form in forms.items()}

    @property
    def mappings(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each slot's name with each of its mappings."""
        for name, slot in self.slots.items():
            yield from ((str(name), _table(mapping)) for mapping in _items(_table(slot).get("mappings")))

    def at(self, section: str, name: str) -> At:
        """Where the domain defines it, else where the section begins."""
        table = self.domain.get(section)
        if isinstance(table, CommentedSeq):
            return self._named(section).get(name, self._section(section))
        return At(self.domain_file, line_of(table, name)) if name in _table(table) else self._section(section)

    def _section(self, section: str) -> At:
        return At(self.domain_file, line_of(self.domain, section) if section in self.domain else 0)

    def _named(self, section: str) -> dict[str, At]:
        """The entries of a list; one may be a name, or a table of one name and its options."""
        entries = self.domain.get(section)
        if not isinstance(entries, CommentedSeq):
            return {}
        return {
            str(next(iter(entry)) if isinstance(entry, Mapping) and entry else entry): At(
                self.domain_file, entries.lc.item(index)[0] + 1
            )
            for index, entry in reversed(list(enumerate(entries)))  # the first of doubles stays
        }


def read_design(sources: DialogueSources) -> Design:
    """Raises DialogueError: a file cannot be read or is no YAML table; names file and line."""
    domain = load_yaml(sources.domain, DialogueError)
    training = {file: load_yaml(file, DialogueError) for file in sources.training_files}
    testing = {file: load_yaml(file, DialogueError) for file in sorted(sources.nlu_dir.rglob("test_*.yml"))}
    return Design(
        domain_file=sources.domain,
        domain=domain,
        variations=tuple(_variations(sources.domain, domain)),
        examples=tuple(example for file, data in training.items() for example in _examples(file, data)),
        rules=tuple(rule for file, data in training.items() for rule in _rules(file, data)),
        tests=tuple(rule for file, data in testing.items() for rule in _rules(file, data)),
    )


def _variations(file: Path, domain: CommentedMap) -> Iterator[Variation]:
    for name, wordings in _table(domain.get("responses")).items():
        for index, wording in enumerate(_items(wordings)):
            if not isinstance(wording, CommentedMap) or not isinstance(wording.get("text"), str):
                continue  # the domain's own check names it
            conditions = tuple(
                (str(one.get("name")), one.get("value")) for one in map(_table, _items(wording.get("condition")))
            )
            yield Variation(
                response=str(name),
                prompt_id=prompt_id(str(name), index),
                text=str(wording["text"]),
                metadata=_table(wording.get("metadata")),
                conditions=conditions,
                at=At(file, line_of(wording, "text")),
            )


def _examples(file: Path, data: CommentedMap) -> Iterator[Example]:
    for block in _items(data.get("nlu")):
        if not isinstance(block, CommentedMap) or "intent" not in block:
            continue
        intent, examples = str(block["intent"]), block.get("examples")
        if isinstance(examples, str):  # a literal block: its text begins on the line after its key
            for line, text in enumerate(examples.split("\n"), start=line_of(block, "examples") + 1):
                if text.strip().startswith("-"):
                    yield Example(intent, text.strip().removeprefix("-").strip(), At(file, line))
        for example in _items(examples):
            if isinstance(example, CommentedMap) and isinstance(example.get("text"), str):
                text = example["text"].strip().removeprefix("-").strip()
                yield Example(intent, text, At(file, line_of(example, "text")))


def _rules(file: Path, data: CommentedMap) -> Iterator[Rule]:
    for section, head in (("rules", "rule"), ("stories", "story")):
        for entry in _items(data.get(section)):
            if isinstance(entry, CommentedMap) and head in entry:
                yield Rule(
                    name=str(entry[head]),
                    is_rule=head == "rule",
                    conditions=tuple(_steps(file, entry.get("condition"))),
                    steps=tuple(_steps(file, entry.get("steps"))),
                    waits=entry.get("wait_for_user_input") is not False,
                    at=At(file, line_of(entry, head)),
                )


def _steps(file: Path, entries: Any) -> Iterator[Step]:
    for index, entry in enumerate(_items(entries)):
        at = At(file, entries.lc.item(index)[0] + 1)
        if not isinstance(entry, CommentedMap):
            yield Step(StepKind.OTHER, (), at)
        elif "intent" in entry:
            yield Step(StepKind.INTENT, (str(entry["intent"]),), at)
        elif "action" in entry:
            yield Step(StepKind.ACTION, (str(entry["action"]),), at)
        elif "active_loop" in entry:
            form = entry["active_loop"]
            yield Step(StepKind.LOOP, () if form is None else (str(form),), at)
        elif "slot_was_set" in entry:
            yield from _slot_steps(file, entry["slot_was_set"], at)
        else:
            either = [_table(one).get("intent") for one in _items(entry.get("or"))]
            intents = tuple(map(str, either)) if either and all(either) else ()
            yield Step(StepKind.INTENT if intents else StepKind.OTHER, intents, at)


def _slot_steps(file: Path, slots: Any, at: At) -> Iterator[Step]:
    for index, slot in enumerate(_items(slots)):
        where = At(file, slots.lc.item(index)[0] + 1)
        if isinstance(slot, Mapping):
            yield from (Step(StepKind.SLOT, (str(name),), where, value) for name, value in slot.items())
        else:
            yield Step(StepKind.SLOT, (str(slot),), where, sets=False)
    if isinstance(slots, Mapping):
        yield from (Step(StepKind.SLOT, (str(name),), at, value) for name, value in slots.items())


def one_or_more(value: Any) -> list[Any]:
    """The entries of a YAML value that may be one text, a list or nothing."""
    return [value] if isinstance(value, str) else _items(value)


def questions(form: str, slot: str) -> tuple[str, str]:
    """The responses with which Rasa asks for a form's slot, the first that there is."""
    return f"utter_ask_{form}_{slot}", f"utter_ask_{slot}"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, CommentedSeq) else []
