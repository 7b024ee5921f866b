"""From a table of recordings to all that training draws from; every slow step is kept in the work folder."""

from __future__ import annotations

import pickle
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from bot.vietnamese.syllables import all_syllables, speakable

from recipe import recordings as tables
from recipe import teacher
from recipe.examples import Examples, Voice, trimmed
from recipe.recordings import RATE_HZ, Recordings, Samples
from recipe.synthetic import DIGITS, THROATS, espeak_utterances, with_throats
from recipe.teacher import Cut, Piece, Report

T = TypeVar("T")

_WORD_KINDS = ("digit", "word", "command")
_THROAT_WEIGHT = 1 / 10  # of a source in another throat, against the source as it is
_WORD_THROATS = 6  # for words around digits; digits get all
_SHORTEST, _LONGEST = int(0.3 * RATE_HZ), 7 * RATE_HZ


@dataclass(frozen=True, slots=True)
class Said:
    """Words by themselves, without the silence around, and the source that they are from."""

    source: str
    text: str
    samples: Samples


def gather(
    table: Path, work_dir: Path, phrases: Sequence[str], seed: int, report: Report, *, synthetic: int = 6000
) -> Examples:
    """Everything drawn from in training: the table's train split, its teacher's labels, other throats, and as many
    utterances of espeak-ng as `synthetic` says.

    Raises:
        AudioError: the table or a pack cannot be used.
    """
    report("decoding the recordings")
    recordings = tables.load(table, work_dir)
    report("labelling sentences with the teacher")
    pieces = kept(work_dir / "pieces.pkl", lambda: teacher.label(recordings, report))
    cuts = kept(work_dir / "cuts.pkl", lambda: teacher.cut_words(recordings, pieces, DIGITS, report))
    report("giving clips other throats")
    said = _said(recordings, cuts)
    throats = kept(work_dir / "throats.pkl", lambda: _throats(said, report))
    report("speaking with espeak-ng")
    espeak = kept(work_dir / "espeak.pkl", lambda: espeak_utterances(synthetic, phrases, seed))
    usable = [piece for piece in pieces if _SHORTEST < piece.end - piece.start < _LONGEST]
    return Examples(recordings, usable, espeak, _voices(said, throats))


def word_counts(pieces: Sequence[Piece], phrases: Sequence[str]) -> Counter[str]:
    """How often each word of the lexicon was said: by the readers, and a hundred times as often by callers."""
    lexicon = frozenset(all_syllables())  # the teacher spells some names in a way of their own: "kông"
    counts = Counter(word for piece in pieces for word in piece.words if word in lexicon)
    for phrase in phrases:
        counts.update(dict.fromkeys(phrase.split(), 100))
    return counts


def _said(recordings: Recordings, cuts: Sequence[Cut]) -> list[Said]:
    """The clips that are single words, and the digits that were cut out of sentences."""
    clips = recordings.clips
    words = [Said(clips[at].source, clips[at].text, trimmed(recordings.audio(at))) for at in _single_words(recordings)]
    audio = (recordings.audio(cut.clip)[cut.start : cut.end] for cut in cuts)
    readers = (f"reader {clips[cut.clip].source}" for cut in cuts)
    digits = (Said(*each) for each in zip(readers, (cut.word for cut in cuts), map(trimmed, audio), strict=True))
    return [*words, *digits]


def _voices(said: Sequence[Said], throats: dict[int, list[Samples]]) -> list[tuple[Voice, float]]:
    sources: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(said):
        sources[each.source].append(at)
    voices = []
    for members in sources.values():
        weight = len(members) ** 0.75
        voices.append((Voice([(said[at].text, said[at].samples) for at in members]), weight))
        for throat in range(len(THROATS)):
            changed = [(said[at].text, throats[at][throat]) for at in members if len(throats.get(at, ())) > throat]
            if changed:
                voices.append((Voice(changed), weight * _THROAT_WEIGHT))
    return voices


def _throats(said: Sequence[Said], report: Report) -> dict[int, list[Samples]]:
    """Digits, and the words of the sources that have them all, in other throats."""
    whole = {each.source for each in said if each.text == "chín"}
    chosen = [at for at, each in enumerate(said) if each.text in DIGITS or each.source in whole]
    clips = (np.array(said[at].samples) for at in chosen)
    kinds = (THROATS if said[at].text in DIGITS else THROATS[:_WORD_THROATS] for at in chosen)
    made: dict[int, list[Samples]] = {}
    with ProcessPoolExecutor() as pool:
        for at, spoken in zip(chosen, pool.map(with_throats, clips, kinds, chunksize=50), strict=True):
            made[at] = spoken
            if len(made) % 1000 == 0:
                report(f"other throats: {len(made)} of {len(chosen)} clips")
    return made


def _single_words(recordings: Recordings) -> list[int]:
    return [
        at
        for at, clip in enumerate(recordings.clips)
        if clip.split == "train"
        and clip.kind in _WORD_KINDS
        and not clip.telephone
        and speakable(clip.text)
        and len(recordings.audio(at)) > RATE_HZ // 10
    ]


def kept(file: Path, make: Callable[[], T]) -> T:
    """What `make` gave the first time."""
    if not file.is_file():
        made = make()
        file.with_suffix(".new").write_bytes(pickle.dumps(made))
        file.with_suffix(".new").replace(file)
    made_before: T = pickle.loads(file.read_bytes())
    return made_before
