"""What the bot's own code can say, send and set, read from its source: a list beside it would not keep up with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import bot.dialogue

_EVENT: Final = re.compile(r"/(\w+)")
_RESPONSE: Final = re.compile(r"utter_\w+")
_ACTION: Final = re.compile(r"(?:action|validate)_\w+")


@dataclass(frozen=True, slots=True)
class BotWords:
    """`names`: every string and keyword in the dialogue's code, so also each slot that it sets and each value.

    `responses` are those that it says by itself, `intents` those that it sends without the caller speaking;
    `said_by` has the responses of each action and form validator, by its name in the domain.
    """

    names: frozenset[str]
    responses: frozenset[str]
    intents: frozenset[str]
    said_by: Mapping[str, tuple[str, ...]]


@cache
def bot_words() -> BotWords:
    """Of the package `bot.dialogue`; takes a tenth of a second once."""
    folder = Path(next(iter(bot.dialogue.__path__)))
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))]
    names = frozenset(name for tree in trees for name in _names(tree))
    return BotWords(
        names=names,
        responses=frozenset(filter(_RESPONSE.fullmatch, names)),
        intents=frozenset(event[1] for event in map(_EVENT.fullmatch, names) if event),
        said_by=dict(said for tree in trees for said in _said(tree)),
    )


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def _said(tree: ast.Module) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each action's name and the responses in its class."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            named = [name for name in _names(node) if _ACTION.fullmatch(name)]
            if named:
                yield named[0], tuple(dict.fromkeys(filter(_RESPONSE.fullmatch, _names(node))))
