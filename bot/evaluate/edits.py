"""What has to be changed in what was heard to make it what was said."""

from __future__ import annotations

from collections.abc import Iterator


def align(said: str, heard: str) -> list[tuple[str, str]]:
    """Pairs of said and heard digits with the fewest edits; "" stands for a digit that is missing on one side."""
    costs = [list(range(len(heard) + 1))]
    for row, digit in enumerate(said, start=1):
        costs.append([row])
        for column, other in enumerate(heard, start=1):
            swap = costs[row - 1][column - 1] + (digit != other)
            costs[row].append(min(swap, costs[row - 1][column] + 1, costs[row][column - 1] + 1))
    return list(_steps_back(said, heard, costs))[::-1]


def edits(said: str, heard: str) -> int:
    """How many digits have to be substituted, inserted or deleted."""
    return sum(one != other for one, other in align(said, heard))


def wrong_places(said: str, heard: str) -> str:
    """Places of digits heard wrong or not at all, counted from 1; `+3` is a digit too many after the third."""
    places, at = [], 0
    for one, other in align(said, heard):
        at += bool(one)
        if one != other:
            places.append(str(at) if one else f"+{at}")
    return " ".join(places)


def _steps_back(said: str, heard: str, costs: list[list[int]]) -> Iterator[tuple[str, str]]:
    row, column = len(said), len(heard)
    while row or column:
        swapped = row and column and costs[row - 1][column - 1] + (said[row - 1] != heard[column - 1])
        if row and column and costs[row][column] == swapped:
            row, column = row - 1, column - 1
            yield said[row], heard[column]
        elif row and costs[row][column] == costs[row - 1][column] + 1:
            row -= 1
            yield said[row], ""
        else:
            column -= 1
            yield "", heard[column]
