"""How many calls took each edge of the conversation's graph, from the events that calls left (`--events`)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.design.graph import START, Conversation, Edge, EdgeKind, Node, NodeKind
from bot.design.reachability import REQUESTED_SLOT
from bot.errors import ScriptError
from bot.events import Kind
from bot.replies import Expect


@dataclass(slots=True)
class Turn:
    """What the dialogue understood, the slot that it asks for, and the responses that it began to say."""

    intent: str
    asks: str = ""
    responses: list[str] = field(default_factory=list)


def read_calls(place: Path) -> list[list[Turn]]:
    """The calls in a `.jsonl` file of events, or in every one below a folder.

    Raises:
        ScriptError: nothing there, or a line that is no event; names file and line.
    """
    files = sorted(place.rglob("*.jsonl")) if place.is_dir() else [place]
    calls: list[list[Turn]] = []
    for file in files:
        for event in _events(file):
            if event["event"] == Kind.CALL_STARTED.value:
                calls.append([])
            elif event["event"] == Kind.DECIDED.value and calls:
                calls[-1].append(_turn(event))
            elif event["event"] == Kind.PROMPT.value and calls and calls[-1]:
                response, said = str(event.get("prompt_id")).partition(".")[0], calls[-1][-1].responses
                if said[-1:] != [response]:  # a prompt that was stopped and goes on
                    said.append(response)
    if not calls:
        raise ScriptError(
            f"Không có cuộc gọi nào trong {place}. Ghi bằng: nhanh8 call --events, rồi chỉ vào tệp .jsonl."
        )
    return calls


def count_calls(drawn: Conversation, calls: Iterable[Sequence[Turn]]) -> Counter[Edge]:
    """Each edge with the number of calls that took it at least once."""
    return Counter(edge for call in calls for edge in set(_Way(drawn).edges(call)))


def _events(file: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ScriptError(f"Không đọc được {file}. Chỉ vào tệp .jsonl do --events ghi, hoặc thư mục của nó.") from None
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or "event" not in event:
            raise ScriptError(f"{file}:{number}: không phải sự kiện của cuộc gọi. Chỉ vào tệp .jsonl do --events ghi.")
        yield event


def _turn(event: dict[str, Any]) -> Turn:
    slots, hangs_up = event.get("slots"), event.get("expect") == Expect.NOTHING.value
    asks = slots.get(REQUESTED_SLOT, "") if isinstance(slots, dict) and not hangs_up else ""
    return Turn(str(event.get("intent")), str(asks))


class _Way:
    """One call on its way through the graph. What fits nowhere is passed over.

    A question counts as asked though the caller answers before it is said.
    """

    def __init__(self, drawn: Conversation) -> None:
        self._drawn = drawn
        self._here = START
        self._questions = {node.name: node.responses for node in drawn.nodes.values() if node.kind is NodeKind.QUESTION}
        self._out: dict[str, list[Edge]] = {}
        for edge in drawn.edges:
            self._out.setdefault(edge.source, []).append(edge)

    def edges(self, call: Sequence[Turn]) -> Iterator[Edge]:
        for turn in call:
            asked = self._questions.get(turn.asks, [])
            left = turn.responses if turn.responses[-1:] == asked else [*turn.responses, *asked]
            while left:
                aside = self._aside(turn.intent, left)
                if aside:
                    yield aside
                    left = left[len(self._node(aside.target).responses) :]
                elif self._node(self._here).responses[-1:] == left[:1]:  # asked again
                    left = left[1:]
                else:
                    path = self._path(left)
                    yield from self._taken(path)
                    self._here = path[-1].target if path else self._here
                    left = left[len(self._node(self._here).responses) if path else 1 :]

    def _node(self, name: str) -> Node:
        return self._drawn.nodes[name]

    def _aside(self, intent: str, left: Sequence[str]) -> Edge | None:
        """What is said on the caller's intent, or by a form, before it goes on."""
        for edge in self._drawn.edges:
            group = edge.source in self._drawn.forms or self._node(edge.source).kind is NodeKind.GROUP
            asked = edge.kind is not EdgeKind.INTENT or intent in edge.label.split(" / ")
            if group and asked and self._says(edge.target, left):
                return edge
        return None

    def _says(self, name: str, left: Sequence[str]) -> bool:
        said = self._node(name).responses
        return bool(said) and list(left[: len(said)]) == said

    def _path(self, left: Sequence[str]) -> list[Edge]:
        """The shortest way to a node that says the most of what is left, through nodes that may have said nothing."""
        ways: list[list[Edge]] = [[edge] for edge in self._out.get(self._here, ())]
        seen, found = {self._here}, []
        while ways:
            way = ways.pop(0)
            name = way[-1].target
            if name in seen:
                continue
            seen.add(name)
            if self._says(name, left):
                found.append(way)
            elif self._node(name).kind is not NodeKind.SAYS:
                ways += [[*way, edge] for edge in self._out.get(name, ())]
        return max(found, key=lambda way: len(self._node(way[-1].target).responses), default=[])

    def _taken(self, path: Sequence[Edge]) -> Iterator[Edge]:
        """All but the questions that the form had no need to ask."""
        for number, edge in enumerate(path):
            kinds = {self._node(edge.source).kind, self._node(edge.target).kind}
            asked_both = number == 0 and edge is path[-1]
            if kinds != {NodeKind.QUESTION} or asked_both:
                yield edge
