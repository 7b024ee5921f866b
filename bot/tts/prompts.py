"""Everything that the bot says: the domain's responses and the ten digits, cut into pieces that can be recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Union

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot.errors import PromptError
from bot.replies import PLACE, prompt_id
from bot.vietnamese.speech import digit_words
from bot.yaml_lines import load_yaml


@dataclass(frozen=True, slots=True)
class Piece:
    """A fixed piece of speech: `<id>.wav` is its recording, `text` what it must say."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is spoken."""

    name: str


Part = Union[Piece, Place]

DIGITS: Final = tuple(Piece(f"digit_{digit}", digit_words(str(digit))[0]) for digit in range(10))


class Position(Enum):
    """Where in a string of digits one stands: the end of its recording's name."""

    MEDIAL = ""
    GROUP = "-group"  # before a pause
    LAST = "-last"


def digit_take(digit: Piece, position: Position) -> Piece:
    """The digit as it is said there."""
    return Piece(digit.id + position.value, digit.text)


# A voice needs none of these: where one is missing, the digit itself is played.
TAKES: Final = {
    digit_take(digit, position): digit for digit in DIGITS for position in Position if position is not Position.MEDIAL
}


def parts(prompt: str, text: str) -> tuple[Part, ...]:
    """A designer's text in order. A text without places is one piece named as the prompt; else its fixed pieces are
    `<prompt>-1`, `<prompt>-2` (a dot would take the name of the response's next variation). Bare punctuation is none.
    """
    split = PLACE.split(text)
    if len(split) == 1:
        return (Piece(prompt, text.strip()),) if _has_words(text) else ()
    found: list[Part] = []
    number = 0
    for index, fragment in enumerate(split):
        if index % 2:
            found.append(Place(fragment))
        elif _has_words(fragment):
            number += 1
            found.append(Piece(f"{prompt}-{number}", fragment.strip(" ,.;:\n")))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One variation of a response."""

    id: str
    text: str

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(part for part in parts(self.id, self.text) if isinstance(part, Piece))


@dataclass(frozen=True, slots=True)
class PromptCatalog:
    """All prompts, in the designer's order."""

    prompts: tuple[Prompt, ...]

    @property
    def responses(self) -> frozenset[str]:
        """The ids by which rules and call scripts may name a prompt: every response, and each variation of it."""
        return frozenset(prompt.id for prompt in self.prompts)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What a voice has to say: the pieces of every prompt, then the digits."""
        return (*(piece for prompt in self.prompts for piece in prompt.pieces), *DIGITS)

    @property
    def recordable(self) -> tuple[Piece, ...]:
        """What a voice artist may record, pieces of one mood together: the digits place by place, then the prompts."""
        digits = (digit_take(digit, position) for position in Position for digit in DIGITS)
        return (*digits, *(piece for prompt in self.prompts for piece in prompt.pieces))

    @classmethod
    def load(cls, domain: Path) -> PromptCatalog:
        """Read `responses:` of a Rasa domain file, or of every `*.yml` in a folder.

        Raises:
            PromptError: no such file, or a response without a text; names file and line.
        """
        files = sorted(domain.glob("*.yml")) if domain.is_dir() else [domain]
        return cls(tuple(prompt for file in files for prompt in _prompts(file)))


def _prompts(file: Path) -> Iterator[Prompt]:
    data = load_yaml(file, PromptError)
    responses = data.get("responses")
    if responses is None:
        return
    if not isinstance(responses, CommentedMap):
        raise misplaced(file, data.lc.value("responses")[0], "responses: phải là danh sách các câu utter_...")
    for name, variations in responses.items():
        if not isinstance(variations, CommentedSeq) or not variations:
            raise misplaced(file, responses.lc.key(name)[0], f"{name} cần ít nhất một dòng - text: ...")
        for index, variation in enumerate(variations):
            text = variation.get("text") if isinstance(variation, CommentedMap) else None
            if not isinstance(text, str) or not text.strip():
                raise misplaced(file, variations.lc.item(index)[0], f"{name} thiếu text:")
            yield Prompt(prompt_id(str(name), index), text)


def misplaced(file: Path, line: int, what: str) -> PromptError:
    return PromptError(f"{file}:{line + 1}: {what}. Sửa lại dòng này.")


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
