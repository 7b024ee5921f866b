"""The best word sequence of a decoding graph by plain Viterbi search, without beams: what Vosk must agree with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recipe.graph import Arc, Graph, GraphCosts, word_sequence
from recipe.kaldi import Floats, pdf_of

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]

VOSK_GRAPH_SCALE: Final = 0.9  # Vosk scales graph costs in its lattice so, before it takes the best path


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """Weights of the network's and of the graph's negative log-probabilities in a path's cost."""

    acoustic: float = 1.0
    graph: float = 1.0


@dataclass(frozen=True, slots=True)
class Decoding:
    """The words of a path and its cost; no words and an infinite cost where there is no path."""

    words: tuple[str, ...]
    cost: float


def best_path(
    log_probs: Floats, graph: Graph, word_costs: Mapping[str, float], scales: Scales | None = None
) -> Decoding:
    """The cheapest path through `log_probs` [output frames, outputs].

    Words without a cost in `word_costs` are not said: the words of a grammar, or all of the lexicon.
    """
    search = _Search(graph, word_costs, scales or Scales())
    cost = np.full(search.states, np.inf)
    cost[0] = 0.0
    came_by = np.full((len(log_probs) + 1, search.states), -1)
    search.relax(cost, came_by[0])
    for frame, arcs in zip(log_probs, came_by[1:], strict=True):
        cost = search.step(cost, frame, arcs)
        search.relax(cost, arcs)
    end = min(graph.finals, key=lambda state: float(cost[state]))
    return Decoding(search.trace(came_by, end) if np.isfinite(cost[end]) else (), float(cost[end]))


def score(
    log_probs: Floats,
    words: Sequence[str],
    word_costs: Mapping[str, float],
    costs: GraphCosts,
    scales: Scales | None = None,
) -> float:
    """The cost of saying exactly `words` in these frames; infinite where they do not fit.

    Raises:
        ValueError: a word is no syllable, or has no cost.
    """
    missing = sorted(set(words) - set(word_costs))
    if missing:
        raise ValueError(f"words without a cost: {' '.join(missing)}")
    return best_path(log_probs, word_sequence(words, costs), word_costs, scales).cost


class _Search:
    """A graph as arrays: the arcs that read a frame, by target state, and then those that read nothing."""

    def __init__(self, graph: Graph, word_costs: Mapping[str, float], scales: Scales) -> None:
        self._words = graph.words
        self._acoustic = scales.acoustic
        allowed = [arc for arc in graph.arcs if not arc.says or graph.words[arc.says - 1] in word_costs]
        reading = sorted((arc for arc in allowed if arc.reads), key=lambda arc: arc.target)
        self._arcs: list[Arc] = [*reading, *(arc for arc in allowed if not arc.reads)]
        self.states = 1 + max(max(arc.source, arc.target) for arc in graph.arcs)
        said = [word_costs[graph.words[arc.says - 1]] if arc.says else 0.0 for arc in self._arcs]
        self._source = np.array([arc.source for arc in self._arcs])
        self._target = np.array([arc.target for arc in self._arcs])
        self._cost = scales.graph * (np.array([arc.cost for arc in self._arcs]) + np.array(said))
        self._pdf = np.array([pdf_of(arc.reads) for arc in reading])
        self._reading = slice(0, len(reading))
        self._silent = slice(len(reading), len(self._arcs))

    def step(self, cost: Doubles, frame: Floats, came_by: Integers) -> Doubles:
        """The cost of each state after one more frame; notes the arc that led there."""
        reading = self._reading
        reached = cost[self._source[reading]] + self._cost[reading] - self._acoustic * frame[self._pdf].astype(float)
        after = np.full(self.states, np.inf)
        np.minimum.at(after, self._target[reading], reached)
        self._note(after, reached, 0, came_by)
        return after

    def relax(self, cost: Doubles, came_by: Integers) -> None:
        """Follows the arcs that read nothing until no state gets cheaper."""
        silent = self._silent
        while True:
            reached = cost[self._source[silent]] + self._cost[silent]
            cheaper = cost.copy()
            np.minimum.at(cheaper, self._target[silent], reached)
            reached[reached >= cost[self._target[silent]]] = np.inf
            if not np.isfinite(reached).any():
                return
            self._note(cheaper, reached, silent.start, came_by)
            cost[:] = cheaper

    def trace(self, came_by: Integers, state: int) -> tuple[str, ...]:
        """The words on the way to a state after the last frame."""
        words: list[str] = []
        frame = len(came_by) - 1
        while (number := int(came_by[frame, state])) >= 0:
            arc = self._arcs[number]
            if arc.says:
                words.append(self._words[arc.says - 1])
            state, frame = arc.source, frame - bool(arc.reads)
        return tuple(reversed(words))

    def _note(self, best: Doubles, reached: Doubles, first: int, came_by: Integers) -> None:
        targets = self._target[first : first + len(reached)]
        won = np.flatnonzero(np.isfinite(reached) & (reached == best[targets]))
        came_by[targets[won]] = won + first
