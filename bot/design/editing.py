"""Edits of one value in a designer's YAML file: all but its own lines stay, with comments, order and quotes.

Dumping a whole file through ruamel.yaml would rewrite it here and there (`[{type: custom}]`, `null`). So ruamel.yaml
finds where the value stands and quotes the new one, and the text around it is never touched.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final, Union, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from bot.design.findings import At
from bot.dialogue.training import DialogueSources
from bot.errors import DialogueError
from bot.yaml_lines import bad_syntax, line_of, load_yaml

_Keys = Sequence[Union[str, int]]
_BLOCKS: Final = ("|", ">")
_QUOTED: Final = {'"': DoubleQuotedScalarString, "'": SingleQuotedScalarString}
_WIDEST: Final = 1_000_000  # characters of a line: ruamel.yaml breaks none


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEdit:
    """The new words of a response's variation, which counts from 0."""

    response: str
    variation: int
    text: str

    def apply(self, file: Path, before: str) -> str:
        """The file's text with the words in it. Raises DialogueError: what cannot be edited so, with file and line."""
        place = _find(file, before, ("responses", self.response, self.variation, "text"))
        return _replaced(place, one_line(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesEdit:
    """All examples of an intent in one block of a file; `block` is its number among the file's `nlu:`, from 0."""

    intent: str
    block: int
    examples: tuple[str, ...]

    def apply(self, file: Path, before: str) -> str:
        """The file's text with the examples in it; lines of examples that stay are not touched.

        Raises:
            DialogueError: no example is left, another intent stands there, or it is no `|` block; names file and line.
        """
        place = _find(file, before, ("nlu", self.block, "examples"))
        intent = _find(file, before, ("nlu", self.block, "intent"))
        if intent.node.value != self.intent:
            raise intent.error(f"ở đây không còn là ví dụ của {self.intent}. Tải lại trang rồi sửa lại.")
        examples = [each for each in map(as_example, self.examples) if each]
        if not examples:
            raise place.error(f"{self.intent} cần ít nhất một ví dụ. Muốn bỏ ý định thì sửa trong tệp.")
        return _with_examples(place, examples)


Edit = Union[TextEdit, ExamplesEdit]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleBlock:
    """Where a file holds examples of an intent. `editable`: they are lines of a `|` block."""

    intent: str
    number: int
    examples: tuple[str, ...]
    editable: bool
    at: At


def example_blocks(sources: DialogueSources) -> Iterator[ExampleBlock]:
    """Each block of examples, in the order of the files. Raises DialogueError: a file cannot be read."""
    for file in sources.training_files:
        nlu = load_yaml(file, DialogueError).get("nlu")
        for number, block in enumerate(nlu if isinstance(nlu, CommentedSeq) else ()):
            if isinstance(block, CommentedMap) and "intent" in block:
                examples = block.get("examples")
                yield ExampleBlock(
                    intent=str(block["intent"]),
                    number=number,
                    examples=tuple(_examples(examples)),
                    editable=isinstance(examples, str),
                    at=At(file, line_of(block, "intent")),
                )


def one_line(text: str) -> str:
    """As it is spoken: NFC, one space between words, no line breaks, nothing invisible that came with a copy."""
    visible = (char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", "".join(visible)).split())


def as_example(line: str) -> str:
    """An example without the dash that it is written or copied with."""
    return one_line(line).lstrip("- ")


@dataclass(frozen=True, slots=True)
class _Place:
    """A scalar in the text of a file."""

    file: Path
    text: str
    keys: _Keys
    node: ScalarNode

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    @property
    def written(self) -> str:
        return self.text[self.node.start_mark.index : self.node.end_mark.index]

    def with_written(self, written: str) -> str:
        return self.text[: self.node.start_mark.index] + written + self.text[self.node.end_mark.index :]

    def error(self, problem: str) -> DialogueError:
        return DialogueError(f"{self.file}:{self.line}: {problem}")


def _find(file: Path, text: str, keys: _Keys) -> _Place:
    try:
        node: Node | None = YAML().compose(text)
    except YAMLError as trouble:
        raise DialogueError(bad_syntax(file, trouble)) from None
    for step in keys:
        node = _child(node, step)
    if not isinstance(node, ScalarNode):
        where = " › ".join(map(str, keys))
        raise DialogueError(f"{file}:1: không thấy {where}. Tệp đã đổi: tải lại trang rồi sửa lại.")
    place = _Place(file, text, keys, node)
    if node.anchor or place.written[:1] == "*":
        raise place.error("giá trị này dùng chung với chỗ khác (& và *). Sửa trong tệp.")
    return place


def _child(node: Node | None, step: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return cast(Node, node.value[step])
    return None


def _replaced(place: _Place, words: str) -> str:
    """In the style that it is written in, or in double quotes where that style cannot hold the words."""
    if words == place.node.value.strip():
        return place.text
    wanted = _data(place.text)
    _set(wanted, place.keys, words)
    for written in (_in_style(place, words), _quoted(words, '"')):
        after = place.with_written(written)
        if _same(after, wanted, place.keys):
            return after
    raise place.error("không ghi lại được chỗ này. Sửa trong tệp.")


def _in_style(place: _Place, words: str) -> str:
    if place.node.style not in _BLOCKS:
        return _quoted(words, place.node.style)
    head, *body = place.written.splitlines(keepends=True)
    indent = next(line[: len(line) - len(line.lstrip())] for line in body if line.strip())
    filled = [index for index, line in enumerate(body) if line.strip()]
    ending = "\r\n" if head.endswith("\r\n") else "\n"
    return head + indent + words + ending + "".join(body[filled[-1] + 1 :])


def _quoted(words: str, style: str | None) -> str:
    """As ruamel.yaml writes it into a list of one line, where the plain style is narrowest."""
    writer = YAML()
    writer.width = _WIDEST  # type: ignore[assignment] # ruamel.yaml types it as its default, None
    line = CommentedSeq([_QUOTED.get(style or "", str)(words)])
    line.fa.set_flow_style()
    out = io.StringIO()
    writer.dump(line, out)
    return out.getvalue().strip()[1:-1]


def _with_examples(place: _Place, examples: Sequence[str]) -> str:
    if place.node.style != "|":
        raise place.error("ví dụ ở đây không viết theo khối “examples: |”. Sửa trong tệp.")
    head, *body = place.written.splitlines(keepends=True)
    lines = [index for index, line in enumerate(body) if line.strip().startswith("-")]
    old = [as_example(body[index]) for index in lines]
    first = body[lines[0]]
    start = first[: first.index("-")] + "- "
    ending = "\r\n" if head.endswith("\r\n") else "\n"
    if not body[-1].endswith("\n"):
        body[-1] += ending
    new: list[str] = []
    copied = 0  # lines of `body` that are in `new`, or are gone
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(a=old, b=examples, autojunk=False).get_opcodes():
        if kind == "equal":
            new += body[copied : lines[old_to - 1] + 1]
            copied = lines[old_to - 1] + 1
        else:
            for index in lines[old_from:old_to]:
                new += body[copied:index]  # a blank line or a remark between examples stays
                copied = index + 1
            new += [start + each + ending for each in examples[new_from:new_to]]
    after = place.with_written(head + "".join([*new, *body[copied:]]))
    if [as_example(each) for each in _examples(_get(_data(after), place.keys))] != list(examples):
        raise place.error("không ghi lại được chỗ này. Sửa trong tệp.")
    return after


def _examples(examples: Any) -> Iterator[str]:
    if isinstance(examples, str):
        yield from (as_example(line) for line in examples.split("\n") if line.strip().startswith("-"))
    for example in examples if isinstance(examples, CommentedSeq) else ():
        if isinstance(example, CommentedMap) and isinstance(example.get("text"), str):
            yield as_example(example["text"])


def _data(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _get(data: Any, keys: Iterable[str | int]) -> Any:
    for step in keys:
        data = data[step]
    return data


def _set(data: Any, keys: _Keys, value: Any) -> None:
    _get(data, keys[:-1])[keys[-1]] = value


def _same(text: str, wanted: Any, keys: _Keys) -> bool:
    """Whether nothing else changed; a block style may end its words with a line break."""
    try:
        data = _data(text)
        _set(data, keys, one_line(_get(data, keys)))
    except (YAMLError, LookupError, TypeError, AttributeError):
        return False
    return bool(data == wanted)
