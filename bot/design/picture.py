"""The conversation's graph as an SVG picture, laid out by Graphviz (`pip install 'nhanh8[design]'` brings its own)."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.design.graph import Conversation, Edge, EdgeKind, Node, NodeKind
from bot.errors import DialogueError

if TYPE_CHECKING:
    from pygraphviz import AGraph

Counts = Mapping[Edge, int]
Link = Callable[[str], str]  # the address of what is known of a response or an intent, by its name

_FONT: Final = "DejaVu Sans,Verdana,Arial,sans-serif"
_SIZE: Final = re.compile(r'(width|height)="(\d+)pt"')  # a third bigger than its letters need on a screen
_LINE: Final = 36  # characters
_TEXT: Final = 120  # characters of a response
_ROWS: Final = 6  # of a group that no form holds
_INK, _PALE, _EDGE_INK = "#1f2933", "#616e7c", "#52606d"
_CALLER: Final = "#9c4221"
_HEADS: Final = {
    NodeKind.START: "#334e68",
    NodeKind.ACTION: "#7b8794",
    NodeKind.SAYS: "#2f855a",
    NodeKind.QUESTION: "#2b6cb0",
    NodeKind.GROUP: _CALLER,
}
_HANGS_UP: Final = "#c53030"
_EDGES: Final = {EdgeKind.INTENT: _CALLER, EdgeKind.SLOT: "#6b46c1", EdgeKind.NEXT: _EDGE_INK}
_ANSWERS: Final = {
    "menu": "nói tên dịch vụ, hoặc bấm một phím",
    "code": "đọc hoặc bấm các chữ số",
    "yes_no": "đúng, sai, hoặc phím 1, 2",
    "closing": "nghe lại, hỏi thêm, hoặc thôi",
}
_LEGEND: Final = (
    (_HEADS[NodeKind.QUESTION], "trợ lý hỏi, một ô của biểu mẫu"),
    (_HEADS[NodeKind.SAYS], "trợ lý nói"),
    (_HEADS[NodeKind.ACTION], "phần mềm làm"),
    (_CALLER, "người gọi nói hoặc bấm (ý định, kèm một ví dụ)"),
    (_EDGES[EdgeKind.SLOT], "kết quả quyết định (slot)"),
    (_HANGS_UP, "trợ lý gác máy"),
)


def svg(drawn: Conversation, counts: Counts | None = None, link: Link | None = None) -> str:
    """The picture; with `counts`, each edge and reaction says how many calls took it. With `link`, the words of each
    response and intent lead to its address.

    Raises:
        DialogueError: pygraphviz is not installed.
    """
    try:
        from pygraphviz import AGraph  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise DialogueError("Chưa có thư viện vẽ. Cài: pip install 'nhanh8[design]'") from None
    graph = AGraph(directed=True, compound="true", rankdir="TB", nodesep="0.3", ranksep="0.5", fontname=_FONT)
    graph.node_attr.update(shape="plain", fontname=_FONT, fontsize="12", fontcolor=_INK)
    graph.edge_attr.update(fontname=_FONT, fontsize="11", arrowsize="0.7", penwidth="1.4")
    _Picture(graph, drawn, counts, link).draw()
    drawing: bytes = graph.draw(format="svg", prog="dot")
    return _SIZE.sub(r'\1="\2"', drawing.decode(), count=2)


class _Picture:
    def __init__(self, graph: AGraph, drawn: Conversation, counts: Counts | None, link: Link | None) -> None:
        self._graph = graph
        self._drawn = drawn
        self._counts = counts
        self._link = link
        sources, led_to = {edge.source for edge in drawn.edges}, Counter(edge.target for edge in drawn.edges)
        self._asides = {  # drawn in their group, with what leads to them as a heading instead of an edge
            edge.target: edge
            for edge in drawn.edges
            if edge.target not in sources and led_to[edge.target] == 1 and self._is_group(edge.source)
        }
        self._leads = {edge.source for edge in drawn.edges if edge.target not in self._asides}

    def draw(self) -> None:
        for node in self._drawn.nodes.values():
            if node.kind is not NodeKind.GROUP or node.id in self._leads:
                self._graph.add_node(node.id, label=self._label(node), tooltip=self._all_words(node))
        for edge in self._drawn.edges:
            if edge.target not in self._asides:
                self._edge(edge)
        for form, slots in self._drawn.forms.items():
            self._group(form, f"Biểu mẫu {form}", "#ebf4ff", rows=len(slots))
        for node in self._drawn.nodes.values():
            if node.kind is NodeKind.GROUP:
                self._group(node.id, node.name, "#fffaf0", rows=_ROWS)
        self._graph.add_node("legend", label=_legend(counted=self._counts is not None))
        if self._asides:
            self._graph.add_edge(list(self._asides)[-1], "legend", style="invis")

    def _is_group(self, name: str) -> bool:
        node = self._drawn.nodes.get(name)
        return name in self._drawn.forms or (node is not None and node.kind is NodeKind.GROUP)

    def _edge(self, edge: Edge) -> None:
        label = _edge_label(edge, self._example(edge), self._count(edge))
        ends = {}
        if self._is_group(edge.source):
            ends["ltail"] = f"cluster_{edge.source}"
        tail = self._member(edge.source)
        head = self._drawn.nodes[edge.target]
        if head.form and self._drawn.nodes[tail].form != head.form:
            ends["lhead"] = f"cluster_{head.form}"
        color = _EDGES[edge.kind]
        if edge.kind is EdgeKind.INTENT:
            ends["labelURL"] = self._address(_first_intent(edge))
        self._graph.add_edge(tail, edge.target, label=label, color=color, fontcolor=color, **ends)

    def _member(self, name: str) -> str:
        """A node of a group, to hang an edge on."""
        members = (node.id for node in self._drawn.nodes.values() if node.form == name)
        return next(members, name) if name in self._drawn.forms else name

    def _group(self, name: str, title: str, color: str, *, rows: int) -> None:
        """A box around a form's questions, or a heading, and what is said meanwhile in columns beside it."""
        asides = [target for target, edge in self._asides.items() if edge.source == name]
        members = [node.id for node in self._drawn.nodes.values() if node.form == name and node.id not in asides]
        members += [name] if name in self._leads and name not in self._drawn.forms else []
        if not asides and not members:
            return
        self._graph.add_subgraph(
            [*members, *asides], name=f"cluster_{name}", label=title, style="rounded,filled", color="#bcccdc",
            fillcolor=color, fontsize="14", fontcolor=_INK, margin="14", labeljust="l",
        )  # fmt: skip
        rows = max(rows, 1)
        for start in range(0, len(asides), rows):
            column = asides[start : start + rows]
            for above, below in pairwise(column):
                self._graph.add_edge(above, below, style="invis", weight="10")

    def _label(self, node: Node) -> str:
        return _table([*self._head(node), *self._words(node), *self._foot(node)], _HEADS[node.kind])

    def _head(self, node: Node) -> Iterator[str]:
        aside = self._asides.get(node.id)
        if aside and aside.label:
            said = _caller(aside.label, self._example(aside)) + self._times(aside)
            yield _row(said, fill=_CALLER, address=self._address(_first_intent(aside)))
        if node.kind is NodeKind.QUESTION:
            yield _row(_bold(f"Hỏi {node.name}"), fill=_HEADS[node.kind])
        elif node.kind is not NodeKind.SAYS:
            yield _row(_bold(node.name), fill=_HEADS[node.kind])

    def _words(self, node: Node) -> Iterator[str]:
        for response in node.responses:
            variation = self._drawn.first_wording(response)
            text, address = variation.text if variation else "", self._address(response)
            yield _row(_small(response), address=address)
            yield _row(_lines(f"“{textwrap.shorten(text, _TEXT, placeholder='…')}”"), address=address)

    def _foot(self, node: Node) -> Iterator[str]:
        if node.kind is NodeKind.QUESTION:
            for response in node.responses:
                variation = self._drawn.first_wording(response)
                expect = str(variation.metadata.get("expect", "")) if variation else ""
                yield _row(_small(f"Người gọi: {_ANSWERS.get(expect, expect)}", _CALLER))
                others = len(self._drawn.wordings.get(response, ())) - 1
                if others:
                    yield _row(_small(f"và {others} cách hỏi khác, khi nghe chưa rõ hoặc cần sửa"))
        if node.returns:
            yield _row(_small("rồi hỏi lại câu đang dở"))
        if node.outcome:
            yield _row(_bold(f"Gác máy: {node.outcome}"), fill=_HANGS_UP)

    def _all_words(self, node: Node) -> str:
        return "\n".join(
            f"{wording.prompt_id}: {wording.text}"
            for response in node.responses
            for wording in self._drawn.wordings.get(response, ())
        )

    def _example(self, edge: Edge) -> str:
        return self._drawn.examples.get(_first_intent(edge), "") if edge.kind is EdgeKind.INTENT else ""

    def _address(self, name: str) -> str:
        return self._link(name) if self._link else ""

    def _count(self, edge: Edge) -> int | None:
        return None if self._counts is None else self._counts.get(edge, 0)

    def _times(self, edge: Edge) -> str:
        count = self._count(edge)
        return "" if count is None else _lines(f"{count} cuộc gọi")


def _first_intent(edge: Edge) -> str:
    return edge.label.partition(" / ")[0]


def _edge_label(edge: Edge, example: str, count: int | None) -> str:
    lines = [edge.label] if edge.label else []
    lines += [f"“{example}”"] if example else []
    lines += [] if count is None else [f"{count} cuộc gọi"]
    return " " + "\n ".join(lines) if lines else ""


def _caller(intent: str, example: str) -> str:
    return _bold(intent) + (_lines(f"“{example}”") if example else "")


def _legend(*, counted: bool) -> str:
    rows = [
        f'<TR><TD ALIGN="LEFT" BGCOLOR="{color}">    </TD><TD ALIGN="LEFT">{text}</TD></TR>' for color, text in _LEGEND
    ]
    if counted:
        rows.append('<TR><TD ALIGN="LEFT"><B>n</B></TD><TD ALIGN="LEFT">bao nhiêu cuộc gọi đi qua</TD></TR>')
    return f'<<TABLE BORDER="1" COLOR="#bcccdc" CELLBORDER="0" CELLSPACING="3" CELLPADDING="3">{"".join(rows)}</TABLE>>'


def _table(rows: Sequence[str], color: str) -> str:
    return (
        f'<<TABLE BORDER="1.5" COLOR="{color}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="5" BGCOLOR="white">'
        f"{''.join(rows)}</TABLE>>"
    )


def _row(content: str, fill: str = "", address: str = "") -> str:
    paint = f' BGCOLOR="{fill or "white"}"' if fill or address else ""  # makes all of the cell lead to the address
    paint += f' HREF="{escape(address)}"' if address else ""
    text = f'<FONT COLOR="white">{content}</FONT>' if fill else content
    return f'<TR><TD ALIGN="LEFT" BALIGN="LEFT"{paint}>{text}</TD></TR>'


def _bold(text: str) -> str:
    return f"<B>{escape(text)}</B><BR/>"


def _small(text: str, color: str = _PALE) -> str:
    return f'<FONT POINT-SIZE="10" COLOR="{color}">{_lines(text)}</FONT>'


def _lines(text: str) -> str:
    return "".join(f"{escape(line)}<BR/>" for line in textwrap.wrap(text, _LINE, break_long_words=False))
