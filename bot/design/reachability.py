"""Rules and stories that can never run, run twice, or contradict each other.

Sound, not complete: what is reported as dead is dead, since everything else is taken to be possible. Followed are
intents (a caller needs an example to say one, or the bot sends it), actions (something has to call them), forms
(something has to open them) and slot conditions (something has to set that value). Not covered: what a form's
`ignored_intents` or a slot's `not_intent` keep from happening, the order of events across rules, checkpoints, stories
that differ in their history only, and what policies other than RulePolicy learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, takewhile
from typing import Any, Final

from bot.design.bot_words import BotWords, bot_words
from bot.design.findings import Finding, error, warning
from bot.design.names import OWN_SLOTS
from bot.design.sources import Design, Rule, Step, StepKind

REQUESTED_SLOT: Final = "requested_slot"  # Rasa's own: what the form asks for


def check_rules(design: Design) -> Iterator[Finding]:
    """Dead, double and contradicting rules, double names, and conditions that tell nothing apart."""
    for rule in design.rules:
        yield from _without_influence(design, rule)
    yield from _dead(design)
    for one, other in combinations(design.rules, 2):
        yield from _double(design, one, other)


def check_wordings(design: Design) -> Iterator[Finding]:
    """Wordings that are never chosen, and responses that have no words for the rest of the cases."""
    possible = _Possible(design, bot_words())
    for variation in design.variations:
        for slot, value in variation.conditions:
            if not possible.is_set(slot, value):
                yield error(
                    "never_said",
                    variation.at,
                    f"{variation.prompt_id} không bao giờ được nói: không gì đặt {slot} thành {_shown(value)}. "
                    "Sửa điều kiện, hoặc xóa cách nói này.",
                )
    always = {variation.response for variation in design.variations if not variation.conditions}
    for response in dict.fromkeys(variation.response for variation in design.variations):
        if response not in always:
            yield warning(
                "no_default_wording",
                design.at("responses", response),
                f"{response} không có cách nói nào không kèm condition: khi không điều kiện nào đúng, trợ lý im lặng. "
                "Thêm một cách nói chung.",
            )


def _without_influence(design: Design, rule: Rule) -> Iterator[Finding]:
    for step in (*rule.conditions, *rule.steps):
        if step.kind is StepKind.SLOT and not _influences(design, step.name):
            yield warning(
                "slot_without_influence",
                step.at,
                f"{rule.title}: slot {step.name} có influence_conversation: false nên Rasa bỏ qua điều kiện này. "
                "Bỏ điều kiện, hoặc đổi slot thành influence_conversation: true.",
            )


@dataclass(slots=True)
class _Possible:
    """What can happen in a call, as far as the rules walked so far tell."""

    design: Design
    words: BotWords
    actions: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)

    def walk(self, rule: Rule) -> str:
        """Let a rule run as far as it can; why it cannot start or go on, empty when it runs to its end."""
        for condition in rule.conditions:
            if problem := self._condition(condition):
                return problem
        for index, step in enumerate(rule.steps):
            if problem := self._begins(rule, step) if index == 0 else self._condition(step):
                return problem
            if step.kind is StepKind.ACTION and (index or step.name in self.design.forms):
                self.actions.add(step.name)
            if step.kind is StepKind.LOOP and step.name:
                self.loops.add(step.name)
        return ""

    def _begins(self, rule: Rule, step: Step) -> str:
        """A rule that begins with an action follows that action; one that begins with a form follows its end."""
        if step.kind is StepKind.ACTION and not rule.is_rule:
            return ""  # a story may begin with what the bot does by itself
        if step.kind is StepKind.ACTION and step.name in self.design.forms:
            return "" if step.name in self.loops else f"không luật nào mở biểu mẫu {step.name}"
        if step.kind is StepKind.ACTION:
            return "" if step.name in self.actions else f"không luật nào gọi {step.name} trước đó"
        return self._condition(step)

    def _condition(self, step: Step) -> str:
        """Why a step that is not the bot's to decide cannot come about."""
        if step.kind is StepKind.INTENT and not any(map(self._is_said, step.names)):
            return f"ý định {' hay '.join(step.names)} không có ví dụ nào và máy không tự gửi"
        if step.kind is StepKind.SLOT and not self.is_set(step.name, step.value):
            return f"không gì đặt {step.name} thành {_shown(step.value)}"
        return ""

    def needs_loop(self, rule: Rule) -> str:
        """The form of the rule's condition that nothing opens."""
        asked = (step.name for step in rule.conditions if step.kind is StepKind.LOOP)
        return next((name for name in asked if name and name not in self.loops), "")

    def _is_said(self, intent: str) -> bool:
        return intent in self.words.intents or any(example.intent == intent for example in self.design.examples)

    def is_set(self, name: str, value: Any) -> bool:
        """Whether a slot can hold a value; an unknown slot is for `bot.design.names` to tell."""
        if name == REQUESTED_SLOT:
            return value is None or any(value in slots for slots in self.design.forms.values())
        slot = self.design.slots.get(name)
        if value is None or not isinstance(slot, Mapping):
            return True  # every slot is empty at first
        return _fits(slot, value) and (value == slot.get("initial_value") or self._is_filled(name, value))

    def _is_filled(self, name: str, value: Any) -> bool:
        if any(mapping.get("type") != "custom" for slot, mapping in self.design.mappings if slot == name):
            return True
        return name in self.words.names and (not isinstance(value, str) or value in self.words.names)


def _dead(design: Design) -> Iterator[Finding]:
    possible = _Possible(design, bot_words())
    waiting = list(design.rules)
    while True:  # each round may open what others wait for
        blocked = {id(rule): _blocked(possible, rule) for rule in waiting}
        still = [rule for rule in waiting if blocked[id(rule)]]
        if len(still) == len(waiting):
            break
        waiting = still
    for rule in waiting:
        if not _names_unknown(design, rule):
            yield error(
                "never_runs",
                rule.at,
                f"{rule.title} không bao giờ chạy hết: {blocked[id(rule)]}. Sửa điều kiện, hoặc xóa luật.",
            )


def _blocked(possible: _Possible, rule: Rule) -> str:
    if form := possible.needs_loop(rule):
        return f"không luật nào mở biểu mẫu {form}"
    return possible.walk(rule)


def _names_unknown(design: Design, rule: Rule) -> bool:
    """Whether it names something that is not there: Rasa's checks or ours tell that already."""
    known = {
        StepKind.INTENT: design.intents.keys(),
        StepKind.LOOP: design.forms.keys(),
        StepKind.SLOT: design.slots.keys() | OWN_SLOTS,
    }
    steps = (*rule.conditions, *rule.steps)
    return any(name not in known[step.kind] for step in steps if step.kind in known for name in step.names)


def _double(design: Design, one: Rule, other: Rule) -> Iterator[Finding]:
    if one.name == other.name and one.is_rule == other.is_rule:
        yield warning("same_name", other.at, f"{other.title} trùng tên với {one.at}. Đặt tên khác.")
    if not (one.is_rule and other.is_rule) or _key(design, one.conditions) != _key(design, other.conditions):
        return
    first, second = _told_apart(design, one), _told_apart(design, other)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))))
    if first == second:
        yield warning("double_rule", other.at, f"{other.title} trùng hẳn với {one.title} ({one.at}). Xóa một luật.")
    elif same and _decides(first, same) and _decides(second, same):
        yield error(
            "contradiction",
            other.at,
            f"{other.title} trái với {one.title} ({one.at}): cùng tình huống nhưng trợ lý làm hai việc khác nhau. "
            "Thêm điều kiện để phân biệt, hoặc bỏ một luật.",
        )


def _told_apart(design: Design, rule: Rule) -> list[Step]:
    """The steps that Rasa tells apart, ending in listening where the caller speaks next."""
    told = [step for step in rule.steps if step.kind is not StepKind.SLOT or _influences(design, step.name)]
    return [*told, Step(StepKind.ACTION, ("action_listen",), rule.at)] if rule.waits else told


def _decides(steps: list[Step], index: int) -> bool:
    """Whether the bot decides what comes at `index`."""
    return index < len(steps) and steps[index].kind is StepKind.ACTION


def _key(design: Design, conditions: Iterable[Step]) -> frozenset[tuple[Any, ...]]:
    told = (step for step in conditions if step.kind is not StepKind.SLOT or _influences(design, step.name))
    return frozenset((step.kind, step.names, str(step.value)) for step in told)


def _influences(design: Design, slot: str) -> bool:
    """Whether rules can tell the slot's values apart."""
    definition = design.slots.get(slot)
    if not isinstance(definition, Mapping):
        return True
    return bool(definition.get("influence_conversation", definition.get("type") != "any"))


def _fits(slot: Mapping[str, Any], value: Any) -> bool:
    if slot.get("type") == "categorical":
        return str(value).lower() in {str(one).lower() for one in slot.get("values") or ()}
    return slot.get("type") != "bool" or isinstance(value, bool)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
