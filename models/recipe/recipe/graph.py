"""The decoding graph: any sequence of words with optional silence between them, and how likely each word is.

Vosk composes two graphs while it listens: `HCLr.fst` turns network frames into words, `Gr.fst` or a caller's grammar
weighs word sequences. Word numbers in both, and in `words.txt`, are those that OpenFst's `olabel_lookahead` gave them.
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bot.vietnamese.syllables import UNIT_ID, UNITS, units

from recipe.kaldi import SILENCE_PHONE, Pool, forward_id, self_loop_id

UNKNOWN: Final = "[unk]"
_ONSETS: Final = sum(unit.startswith("o_") for unit in UNITS)  # they come first
ANY_ONSET: Final = Pool("o_any", 1, _ONSETS)
ANY_RIME: Final = Pool("r_any", 1 + _ONSETS, len(UNITS) - _ONSETS)
POOLS: Final = (ANY_ONSET, ANY_RIME)
_NUMBERS: Final[Mapping[str, int]] = {**UNIT_ID, **{pool.name: len(UNITS) + n for n, pool in enumerate(POOLS, 1)}}
_PLUGIN: Final = "olabel_lookahead-fst.so"
_INSTALL: Final = "apt-get install libfst-tools libfst22-plugins-base"


class FstToolError(RuntimeError):
    """OpenFst's tools are not installed, or one of them failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCosts:
    """Costs of the word loop, as negative natural logarithms, before the acoustic scale has any say in them.

    silence: of one pause. unit_blank: of each blank frame inside a word; above 0 so that the blanks after a word drift
    into silence, which ends an utterance. word: of each word; negative for fewer deletions. unknown: of one `[unk]`,
    which is any onset before any rime.
    """

    silence: float = 0.1
    unit_blank: float = 0.03
    word: float = 0.0
    unknown: float = 4.0


class Arc(NamedTuple):
    """An arc between states; label 0 is nothing, `reads` is a Kaldi transition-id, `says` the number of a word."""

    source: int
    target: int
    reads: int
    says: int
    cost: float


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that starts in state 0; word number n + 1 is words[n]."""

    arcs: tuple[Arc, ...]
    finals: tuple[int, ...]
    words: tuple[str, ...]


def word_loop(words: Sequence[str], costs: GraphCosts) -> Graph:
    """The loop over `words`, all of them syllables, and `[unk]`, which becomes the last word.

    Raises:
        ValueError: a word is no syllable, or is there twice.
    """
    listed = (*words, UNKNOWN)
    if len(set(listed)) < len(listed):
        raise ValueError("a word is in the list twice")
    builder = _Builder()
    loop, pause, word = builder.pause("", costs)
    unknown = builder.state("unknown")
    builder.unit(word, "any onset", ANY_ONSET.name, costs, says=len(listed), cost=costs.unknown + costs.word)
    builder.unit(unknown, "any rime", ANY_RIME.name, costs)
    builder.arc(builder.state("any onset"), unknown)
    builder.arc(builder.state("any rime"), loop)
    for number, written in enumerate(words, start=1):
        onset, rime = units(written)
        if not builder.has(onset):
            builder.unit(word, onset, onset, costs)
        if not builder.has(rime):
            builder.unit(builder.state(onset), rime, rime, costs, says=number, cost=costs.word)
            builder.arc(builder.state(rime), loop)
        else:
            builder.arc(builder.state(onset), builder.state(rime), _enters(rime), says=number, cost=costs.word)
    return Graph(tuple(builder.arcs), (loop, pause, word), listed)


def word_sequence(words: Sequence[str], costs: GraphCosts) -> Graph:
    """Exactly these words, one after another, with the optional silences of the loop.

    Raises:
        ValueError: a word is no syllable.
    """
    builder = _Builder()
    listed = tuple(dict.fromkeys(words))
    between = builder.pause("0", costs)
    for at, written in enumerate(words, start=1):
        onset, rime = units(written)
        builder.unit(between[-1], f"{at} onset", onset, costs)
        says = listed.index(written) + 1
        builder.unit(builder.state(f"{at} onset"), f"{at} rime", rime, costs, says=says, cost=costs.word)
        between = builder.pause(f"{at}", costs)
        builder.arc(builder.state(f"{at} rime"), between[0])
    return Graph(tuple(builder.arcs), between, listed)


class _Builder:
    def __init__(self) -> None:
        self.arcs: list[Arc] = []
        self._states: dict[str, int] = {}

    def has(self, name: str) -> bool:
        return name in self._states

    def state(self, name: str) -> int:
        return self._states.setdefault(name, len(self._states))

    def arc(self, source: int, target: int, reads: int = 0, *, says: int = 0, cost: float = 0.0) -> None:
        self.arcs.append(Arc(source, target, reads, says, cost))

    def pause(self, name: str, costs: GraphCosts) -> tuple[int, int, int]:
        """States before, in and after an optional silence."""
        before, inside, after = (self.state(f"{name} {part}") for part in ("before", "inside", "after"))
        self.arc(before, inside, forward_id(SILENCE_PHONE), cost=costs.silence)
        self.arc(inside, inside, self_loop_id(SILENCE_PHONE))
        self.arc(inside, after)
        self.arc(before, after)
        return before, inside, after

    def unit(self, source: int, name: str, unit: str, costs: GraphCosts, *, says: int = 0, cost: float = 0.0) -> None:
        """A new state that a unit's frame leads to, and in which its blanks stay."""
        self.arc(source, self.state(name), _enters(unit), says=says, cost=cost)
        self.arc(self.state(name), self.state(name), self_loop_id(phone_of(unit)), cost=costs.unit_blank)


def phone_of(unit: str) -> int:
    """Kaldi's phone number of a sound unit or a pool; 1 is silence."""
    return _NUMBERS[unit] + 1


def _enters(unit: str) -> int:
    return forward_id(phone_of(unit))


def word_costs(words: Sequence[str], counts: Mapping[str, int]) -> dict[str, float]:
    """Negative log-probability of each word by itself: its count and one half, for `[unk]` as for an unseen word.

    Raises:
        ValueError: a word of `counts` is not in `words`, so nobody could ever hear it.
    """
    unheard = sorted(set(counts) - set(words))
    if unheard:
        raise ValueError(f"counted but not in the lexicon: {' '.join(unheard)}")
    total = sum(counts.values()) + len(words) / 2
    return {word: math.log(total) - math.log(counts.get(word, 0) + 0.5) for word in words}


def compile_loop(graph: Graph) -> tuple[bytes, dict[str, int]]:
    """`HCLr.fst`, and the number of each word in it.

    Raises:
        FstToolError: OpenFst's tools or the plugin are missing, or failed.
    """
    compiled = _sorted_fst(graph.arcs, graph.finals, "olabel")
    with tempfile.TemporaryDirectory() as folder:
        pairs = Path(folder) / "pairs"
        fst = _tool("fstconvert", "--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs}", given=compiled)
        relabelled = _pairs(pairs.read_text("ascii"))
    numbers = {word: relabelled[number] for number, word in enumerate(graph.words, start=1)}
    return fst, numbers


def _pairs(text: str) -> dict[int, int]:
    """OpenFst adds a pair for labels that it has never seen; no word has that number."""
    lines = (line.split() for line in text.splitlines())
    return {int(before): int(after) for before, after in lines}


def compile_unigram(costs: Mapping[str, float], numbers: Mapping[str, int]) -> bytes:
    """`Gr.fst`: any sequence of words, each at its cost.

    Raises:
        FstToolError: OpenFst's tools are missing or failed.
    """
    arcs = [Arc(0, 0, numbers[word], numbers[word], cost) for word, cost in costs.items()]
    return _tool("fstconvert", "--fst_type=const", given=_sorted_fst(arcs, (0,), "ilabel"))


def _sorted_fst(arcs: Sequence[Arc], finals: Sequence[int], by: str) -> bytes:
    """State 0 must come first in the text: OpenFst starts in the state that it reads first."""
    lines = [f"{a.source} {a.target} {a.reads} {a.says} {a.cost:.7g}" for a in sorted(arcs)]
    text = "\n".join([*lines, *map(str, finals), ""])
    return _tool("fstarcsort", f"--sort_type={by}", given=_tool("fstcompile", given=text.encode("ascii")))


def _tool(name: str, *options: str, given: bytes) -> bytes:
    plugins = next(Path("/usr/lib").glob(f"*/fst/*/{_PLUGIN}"), None)
    if plugins is None:
        raise FstToolError(f"OpenFst's {_PLUGIN} is not installed: {_INSTALL}")
    # OpenFst loads a plugin by its bare name, so the loader has to know the folder.
    environment = {**os.environ, "LD_LIBRARY_PATH": str(plugins.parent), "LC_ALL": "C"}
    try:
        done = subprocess.run([name, *options], input=given, capture_output=True, env=environment, check=True)
    except FileNotFoundError:
        raise FstToolError(f"{name} is not installed: {_INSTALL}") from None
    except subprocess.CalledProcessError as error:
        raise FstToolError(f"{name} failed: {error.stderr.decode(errors='replace').strip()}") from error
    return done.stdout
