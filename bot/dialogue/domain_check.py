"""What the bot relies on in the designer's domain.yml and Rasa does not check; every mistake with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from bot.dialogue.code_slot import Notice
from bot.dialogue.rasa_dialogue import PLEASE_WAIT, TROUBLE_RESPONSES
from bot.errors import DialogueError
from bot.replies import PLACE, Expect, Outcome
from bot.yaml_lines import line_of, load_yaml

_EXPECTS = tuple(expect.value for expect in Expect)
_OUTCOMES = tuple(outcome.value for outcome in Outcome)
_NOTICES = tuple(notice.value for notice in Notice)
_METADATA: dict[str, tuple[Any, ...]] = {
    "expect": _EXPECTS,
    "outcome": _OUTCOMES,
    "hang_up": (True, False),
    "interruptible": (True, False),
}


def check_domain(domain: Path) -> None:
    """Check every response of a Rasa domain file that Rasa itself can read.

    Raises:
        DialogueError: all mistakes, each with file and line.
    """
    document = load_yaml(domain, DialogueError)
    responses = document.get("responses") or CommentedMap()
    mistakes = [
        f"{domain}:{line}: {problem}" for line, problem in _mistakes(responses, set(document.get("slots") or ()))
    ]
    needed = (*TROUBLE_RESPONSES.values(), PLEASE_WAIT)
    mistakes += [f"{domain}: thiếu câu {name}." for name in needed if name not in responses]
    if mistakes:
        raise DialogueError("Cần sửa lời thoại:\n" + "\n".join(mistakes))


def _mistakes(responses: CommentedMap, slots: set[str]) -> Iterator[tuple[int, str]]:
    for name, variations in responses.items():
        for index, variation in enumerate(variations or ()):
            if isinstance(variation, CommentedMap):  # Rasa names what is not
                at = variations.lc.item(index)[0] + 1
                yield from _of_text(variation, slots, at)
                yield from _of_condition(variation, at)
                yield from _of_metadata(str(name), variation, at)


def _of_text(variation: CommentedMap, slots: set[str], at: int) -> Iterator[tuple[int, str]]:
    text = variation.get("text")
    if not isinstance(text, str) or not text.strip():
        yield at, "thiếu text."
        return
    line, metadata = line_of(variation, "text"), variation.get("metadata") or {}
    for place in PLACE.findall(text):
        if place not in slots:
            yield line, f"{{{place}}} không phải slot nào. Có thể dùng: {{bhxh_code}}, {{partial_code}}, {{password}}."
        if place == "password" and metadata.get("interruptible", True):
            yield line, "câu có {password} phải có metadata interruptible: false."


def _of_condition(variation: CommentedMap, at: int) -> Iterator[tuple[int, str]]:
    for condition in variation.get("condition") or ():
        if condition.get("name") == "notice" and condition.get("value") not in _NOTICES:
            yield at, f"notice không có giá trị {condition.get('value')!r}. Có thể dùng: {', '.join(_NOTICES)}."


def _of_metadata(name: str, variation: CommentedMap, at: int) -> Iterator[tuple[int, str]]:
    metadata = variation.get("metadata") or CommentedMap()
    if not isinstance(metadata, CommentedMap):
        yield at, "metadata phải là bảng khóa: giá trị, ví dụ {expect: code}."
        return
    for key, value in metadata.items():
        if key not in _METADATA:
            yield line_of(metadata, key), f"metadata lạ {key!r}. Có thể dùng: {', '.join(_METADATA)}."
        elif value not in _METADATA[key]:
            may = ", ".join(str(one).lower() for one in _METADATA[key])
            yield line_of(metadata, key), f"{key} không có giá trị {value!r}. Có thể dùng: {may}."
    if bool(metadata.get("hang_up")) != ("outcome" in metadata):
        yield at, "hang_up: true và outcome phải đi cùng nhau."
    if name.startswith("utter_ask_") and "expect" not in metadata:
        yield at, "câu hỏi phải có metadata expect."
