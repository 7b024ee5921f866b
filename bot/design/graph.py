"""The conversation as a graph, from rules, stories and forms: what the bot does and says, and what leads there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Final

from bot.design.bot_words import bot_words
from bot.design.reachability import REQUESTED_SLOT
from bot.design.sources import Design, Rule, Step, StepKind, Variation, questions
from bot.dialogue.code_slot import SECOND_FACTOR

START: Final = "start"
ANYTIME: Final = "anytime"
TROUBLE: Final = "trouble"
UNUSED: Final = "unused"
FORM_DONE: Final = "xong biểu mẫu"
START_INTENT: Final = "start_call"  # sent for the caller when the call is answered


class NodeKind(Enum):
    START = "start"
    ACTION = "action"  # code
    SAYS = "says"  # the bot's words in one rule
    QUESTION = "question"  # of a form's slot
    GROUP = "group"  # no step: where side questions, words in trouble and unused words hang


class EdgeKind(Enum):
    INTENT = "intent"  # the caller says or presses something
    SLOT = "slot"  # an action's result decides
    NEXT = "next"


@dataclass(slots=True)
class Node:
    """`responses` in the order in which they are said. `form` is the form that it is part of.

    `returns`: the bot asks its last question again afterwards. `outcome`: it hangs up, and the call ends so.
    """

    id: str
    kind: NodeKind
    name: str
    responses: list[str] = field(default_factory=list)
    form: str = ""
    returns: bool = False
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` and `target` are ids of nodes, or names of forms: all that happens while the form asks."""

    source: str
    target: str
    kind: EdgeKind
    label: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """`examples`: what a caller says for each intent, where one can be said."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    forms: Mapping[str, tuple[str, ...]]
    wordings: Mapping[str, tuple[Variation, ...]]
    examples: Mapping[str, str]

    def first_wording(self, response: str) -> Variation | None:
        """The one without a condition, which is said as long as nothing went wrong."""
        wordings = self.wordings.get(response, ())
        return next((each for each in wordings if not each.conditions), wordings[0] if wordings else None)


def conversation(design: Design) -> Conversation:
    """Every rule, story and form of the design, and every response."""
    return _Drawing(design).conversation()


class _Drawing:
    """The graph so far."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._words = bot_words()
        self._nodes: dict[str, Node] = {}
        self._edges: dict[Edge, None] = {}
        self.wordings: dict[str, tuple[Variation, ...]] = {}
        for variation in design.variations:
            self.wordings[variation.response] = (*self.wordings.get(variation.response, ()), variation)

    def conversation(self) -> Conversation:
        self.node(Node(START, NodeKind.START, "Có cuộc gọi đến"))
        for form, slots in self._design.forms.items():
            self._form(form, slots)
        for number, rule in enumerate(self._design.rules):
            _Path(self, self._design, rule, number).walk()
        self._rest()
        examples = {each.intent: each.text for each in reversed(self._design.examples) if each.text[:1] != "["}
        return Conversation(self._nodes, tuple(self._edges), self._design.forms, self.wordings, examples)

    def node(self, node: Node) -> Node:
        """The node, or the one that is there already."""
        return self._nodes.setdefault(node.id, node)

    def find(self, name: str) -> Node | None:
        return self._nodes.get(name)

    def edge(self, source: str, target: str, kind: EdgeKind, label: str = "") -> None:
        self._edges[Edge(source, target, kind, label)] = None

    def action(self, name: str, form: str = "") -> Node:
        said = [response for response in self._words.said_by.get(name, ()) if response in self.wordings]
        return self.node(Node(f"action:{name}", NodeKind.ACTION, name, said, form))

    def anytime(self) -> str:
        return self.node(Node(ANYTIME, NodeKind.GROUP, "Lúc nào cũng hỏi được")).id

    def outcome(self, response: str) -> str:
        """How the call ends if the response hangs up."""
        ends = (wording.metadata for wording in self.wordings.get(response, ()) if wording.metadata.get("hang_up"))
        return next((str(metadata.get("outcome", "")) for metadata in ends), "")

    def _form(self, form: str, slots: Sequence[str]) -> None:
        for slot in slots:
            asked = [each for each in questions(form, slot) if each in self.wordings]
            self.node(Node(question(form, slot), NodeKind.QUESTION, slot, asked[:1], form))
        for slot, following in pairwise(slots):
            self.edge(question(form, slot), question(form, following), EdgeKind.NEXT)
        for response in self._words.said_by.get(f"validate_{form}", ()):
            self._said(form, response, form)

    def _rest(self) -> None:
        """What no rule says: the bot's own words in trouble, and what nobody says."""
        shown = {response for node in self._nodes.values() for response in node.responses}
        for response in self.wordings:
            if response not in shown:
                place = (TROUBLE, "Khi có sự cố") if response in self._words.responses else (UNUSED, "Chưa ai dùng")
                self._said(self.node(Node(place[0], NodeKind.GROUP, place[1])).id, response)

    def _said(self, source: str, response: str, form: str = "") -> None:
        if response in self.wordings:
            outcome = self.outcome(response)
            node = Node(f"says:{response}", NodeKind.SAYS, "", [response], form, bool(form) and not outcome, outcome)
            self.edge(source, self.node(node).id, EdgeKind.NEXT)


class _Path:
    """One rule or story on its way through the graph."""

    def __init__(self, drawing: _Drawing, design: Design, rule: Rule, number: int) -> None:
        self._drawing = drawing
        self._forms = design.forms
        self._rule = rule
        self._number = number
        self._form = next((step.name for step in rule.conditions if step.kind is StepKind.LOOP), "")
        self._here = ""
        self._or_here: list[str] = []  # what was asked before, where that is the last question
        self._why: list[str] = []
        self._kind = EdgeKind.NEXT
        self._saying: Node | None = None

    def walk(self) -> None:
        steps = self._rule.steps
        first = steps[0] if steps else None
        if first and first.kind is StepKind.ACTION:
            self._begin_after(first.name)
            steps = steps[1:]
        for step in steps:
            self._take(step)
        aside = first and first.kind is StepKind.INTENT and START_INTENT not in first.names
        if aside and self._rule.waits and self._saying and self._here == self._saying.id:
            self._saying.returns = not self._saying.outcome

    def _begin_after(self, action: str) -> None:
        """A rule that begins with an action goes on from it; one that begins with a form, from its last question."""
        if slots := self._forms.get(action):
            asked = [question(action, slot) for slot in slots]
            always = [name for name, slot in zip(asked, slots, strict=True) if slot != SECOND_FACTOR]
            self._here, self._or_here = asked[-1], always[-1:] if asked[-1] not in always else []
            self._why = [FORM_DONE]
        else:
            self._here = self._drawing.action(action).id

    def _take(self, step: Step) -> None:
        if step.kind is StepKind.INTENT:
            self._here = self._here or self._asked_by(step)
            self._why, self._kind, self._saying = [" / ".join(step.names)], EdgeKind.INTENT, None
        elif step.kind is StepKind.SLOT and step.name != REQUESTED_SLOT and step.value is not None:
            self._why.append(f"{step.name}: {step.value}")
            self._kind = EdgeKind.SLOT if self._kind is EdgeKind.NEXT else self._kind
        elif step.name in self._forms:
            self._open(step.name)
        elif step.kind is StepKind.ACTION and step.name.startswith("utter_"):
            self._say(step.name)
        elif step.kind is StepKind.ACTION:
            self._go(self._drawing.action(step.name, self._form if self._here == self._form else ""))

    def _asked_by(self, step: Step) -> str:
        if START_INTENT in step.names:
            return START
        return self._form if self._form in self._forms else self._drawing.anytime()

    def _say(self, response: str) -> None:
        if self._saying is None or self._saying.id != self._here:
            form = self._form if self._here == self._form else ""
            self._saying = self._drawing.node(Node(f"says:{self._number}:{response}", NodeKind.SAYS, "", form=form))
            self._go(self._saying)
        self._saying.responses.append(response)
        self._saying.outcome = self._drawing.outcome(response)

    def _open(self, form: str) -> None:
        """The form begins to ask, or asks on after what the caller said meanwhile."""
        here = self._drawing.find(self._here)
        first = self._drawing.find(question(form, self._forms[form][0])) if self._forms[form] else None
        if here and here.form == form and here.kind is not NodeKind.QUESTION:
            here.returns = True
        elif first and self._here not in (form, first.id):
            self._go(first)

    def _go(self, node: Node) -> None:
        for here in filter(None, (self._here, *self._or_here)):
            self._drawing.edge(here, node.id, self._kind, ", ".join(self._why))
        self._here, self._or_here, self._why, self._kind = node.id, [], [], EdgeKind.NEXT


def question(form: str, slot: str) -> str:
    """The id of the node that asks for a form's slot."""
    return f"ask:{form}:{slot}"
