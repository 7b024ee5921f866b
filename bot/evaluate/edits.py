"""What has to be changed in what was heard to make it what was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.evaluate.extra import extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """How many digits were heard for others, heard though nobody said them, and not heard."""

    substituted: int
    inserted: int
    deleted: int

    @property
    def count(self) -> int:
        return self.substituted + self.inserted + self.deleted


def align(said: str, heard: str) -> list[tuple[str, str]]:
    """Pairs of said and heard digits with the fewest edits; "" stands for a digit that is missing on one side."""
    return list(_pairs(said, heard))


def edits(said: str, heard: str) -> Edits:
    """The fewest edits. Raises AudioError where jiwer is not installed."""
    counted = extra("jiwer").process_characters(said, heard)
    return Edits(substituted=counted.substitutions, inserted=counted.insertions, deleted=counted.deletions)


def wrong_places(said: str, heard: str) -> str:
    """Places of digits heard wrong or not at all, counted from 1; `+3` is a digit too many after the third."""
    places, at = [], 0
    for one, other in align(said, heard):
        at += bool(one)
        if one != other:
            places.append(str(at) if one else f"+{at}")
    return " ".join(places)


def _pairs(said: str, heard: str) -> Iterator[tuple[str, str]]:
    for piece in extra("jiwer").process_characters(said, heard).alignments[0]:
        ours = said[piece.ref_start_idx : piece.ref_end_idx]
        theirs = heard[piece.hyp_start_idx : piece.hyp_end_idx]
        for at in range(max(len(ours), len(theirs))):
            yield ours[at : at + 1], theirs[at : at + 1]
