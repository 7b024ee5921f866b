"""What the designer's files say now, as the pages show it: read and drawn again only when a file changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Final
from urllib.parse import quote

from bot.design.editing import ExampleBlock, example_blocks
from bot.design.graph import Conversation, conversation
from bot.design.picture import svg
from bot.design.saving import DesignFiles
from bot.design.sources import Design, Rule, Variation, questions, read_design
from bot.tts.prompts import Piece, Prompt, PromptCatalog

PLACE: Final = "/dialogue/at/"


def address(name: str) -> str:
    """Of the page about a response or an intent."""
    return PLACE + quote(name, safe="")


@dataclass(frozen=True)
class Script:
    """`digests` are the files' when they were read, by name; `blocks` the examples of intents."""

    digests: Mapping[str, str]
    design: Design
    blocks: tuple[ExampleBlock, ...]

    @cached_property
    def graph(self) -> Conversation:
        return conversation(self.design)

    @cached_property
    def picture(self) -> str:
        """An `<svg>` whose words lead to their pages. Raises DialogueError: there is nothing to draw with."""
        drawing = svg(self.graph, link=address)
        return drawing[drawing.index("<svg") :]

    @property
    def catalog(self) -> PromptCatalog:
        return PromptCatalog(tuple(Prompt(each.prompt_id, each.text) for each in self.design.variations))

    @property
    def responses(self) -> Mapping[str, tuple[Variation, ...]]:
        return self.graph.wordings

    @cached_property
    def intents(self) -> dict[str, list[ExampleBlock]]:
        """Those of the domain, in its order, then what only has examples."""
        known = sorted(self.design.intents.items(), key=lambda each: each[1])
        blocks: dict[str, list[ExampleBlock]] = {name: [] for name, _ in known}
        for block in self.blocks:
            blocks.setdefault(block.intent, []).append(block)
        return blocks

    def used_by(self, name: str) -> list[Rule]:
        """The rules and stories that name a response or an intent."""
        return [rule for rule in self.design.rules if any(name in step.names for step in rule.steps)]

    def asked_for(self, response: str) -> list[tuple[str, str]]:
        """(form, slot) of each question that the response is."""
        forms = self.design.forms.items()
        return [(form, slot) for form, slots in forms for slot in slots if response in questions(form, slot)]


def pieces(variation: Variation) -> tuple[Piece, ...]:
    """What of a wording is recorded."""
    return Prompt(variation.prompt_id, variation.text).pieces


class ScriptReader:
    """Reads the files, which takes a second, when they are not as they were."""

    def __init__(self, files: DesignFiles) -> None:
        self._files = files
        self._lock = Lock()
        self._read: Script | None = None

    def read(self) -> Script:
        """Raises DialogueError: a file cannot be read; names file and line."""
        with self._lock:
            digests = self._files.digests()  # before the files: a change in between is told when an edit is saved
            if self._read is None or self._read.digests != digests:
                sources = self._files.sources
                self._read = Script(digests, read_design(sources), tuple(example_blocks(sources)))
            return self._read
