"""What of a design the calls of its cases touched: wordings of responses, rules and stories, slots, intents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.design.case_run import Passage, Played
from bot.design.findings import At
from bot.design.sources import Design, Rule, Step, StepKind


@dataclass(frozen=True, slots=True)
class Share:
    """How many things of one kind there are, and those that no call touched, by name."""

    count: int
    untouched: Mapping[str, At]

    @property
    def touched(self) -> int:
        return self.count - len(self.untouched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A wording is touched when the bot says it, a rule when its steps came about one after the other under its
    conditions, whatever made Rasa choose them; a slot when it held something, an intent when it was understood.
    """

    wordings: Share
    rules: Share
    slots: Share
    intents: Share

    @property
    def shares(self) -> dict[str, Share]:
        return {"wordings": self.wordings, "rules": self.rules, "slots": self.slots, "intents": self.intents}

    def as_json(self) -> dict[str, Any]:
        return {
            kind: {
                "count": share.count,
                "touched": share.touched,
                "untouched": [
                    {"name": name, "file": str(at.file), "line": at.line or None}
                    for name, at in share.untouched.items()
                ],
            }
            for kind, share in self.shares.items()
        }


def coverage(design: Design, calls: Iterable[Played]) -> Coverage:
    """Over all calls, whether they went as their cases say or not."""
    said: set[str] = set()
    intents: set[str] = set()
    slots: set[str] = set()
    rules: set[int] = set()
    for played in calls:
        said |= {say.prompt_id for turn in played.turns if turn.reply for say in turn.reply.says}
        intents |= {passage.intent for passage in played.passages}
        slots |= {name for passage in played.passages for name, value in passage.slots.items() if value is not None}
        rules |= {at for at, rule in enumerate(design.rules) if at not in rules and _runs(rule, played.passages)}
    return Coverage(
        wordings=_share({each.prompt_id: each.at for each in design.variations}, said),
        rules=_share({rule.title: rule.at for rule in design.rules}, {design.rules[at].title for at in rules}),
        slots=_share({name: design.at("slots", name) for name in design.slots}, slots),
        intents=_share(design.intents, intents),
    )


def _share(things: Mapping[str, At], touched: set[str]) -> Share:
    return Share(len(things), {name: at for name, at in things.items() if name not in touched})


def _runs(rule: Rule, passages: Sequence[Passage]) -> bool:
    stretches = _stretches(rule.steps)
    return any(
        all(_holds(condition, passages[start - 1] if start else None) for condition in rule.conditions)
        and all(_fits(*stretch, passage) for stretch, passage in zip(stretches, passages[start:], strict=False))
        for start in range(len(passages) - len(stretches) + 1)
    )


def _stretches(steps: Sequence[Step]) -> list[tuple[Step, list[Step]]]:
    """Each intent and action of a rule with what has to hold after it."""
    stretches: list[tuple[Step, list[Step]]] = []
    for step in steps:
        if step.kind in (StepKind.INTENT, StepKind.ACTION):
            stretches.append((step, []))
        elif stretches:
            stretches[-1][1].append(step)
    return stretches


def _fits(step: Step, following: Iterable[Step], passage: Passage) -> bool:
    name = passage.intent if step.kind is StepKind.INTENT else passage.action
    return name in step.names and all(_holds(each, passage) for each in following)


def _holds(step: Step, passage: Passage | None) -> bool:
    if step.kind is StepKind.LOOP:
        return (passage.loop if passage else None) == (step.name or None)
    if step.kind is StepKind.SLOT:
        value = passage.slots.get(step.name) if passage else None
        return value == step.value if step.sets else value is not None
    return True  # checkpoints lead anywhere
