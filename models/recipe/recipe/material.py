"""From a table of recordings to all that training draws from; every slow step is kept in the work folder."""

from __future__ import annotations

import pickle
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np

from recipe import recordings as tables
from recipe import teacher
from recipe.examples import Examples, Voice, trimmed
from recipe.recordings import RATE_HZ, Recordings, Samples
from recipe.syllables import speakable
from recipe.synthetic import THROATS, espeak_utterances, with_throats
from recipe.teacher import Piece

Report = Callable[[str], None]
T = TypeVar("T")

_WORD_KINDS = ("digit", "word", "command")
_THROAT_WEIGHT = 1 / 8  # of a source in another throat, against the source as it is
_SHORTEST, _LONGEST = int(0.3 * RATE_HZ), 7 * RATE_HZ


def gather(
    table: Path, work_dir: Path, phrases: Sequence[str], seed: int, report: Report, *, synthetic: int = 6000
) -> Examples:
    """Everything drawn from in training: the table's train split, its teacher's labels, other throats, and as many
    utterances of espeak-ng as `synthetic` says.

    Raises:
        TableError: the table or a pack cannot be used.
    """
    report("decoding the recordings")
    recordings = tables.load(table, work_dir)
    report("labelling sentences with the teacher")
    pieces = _kept(work_dir / "pieces.pkl", lambda: teacher.label(recordings, report))
    report("giving clips other throats")
    throats = _kept(work_dir / "throats.pkl", lambda: _throats(recordings, report))
    report("speaking with espeak-ng")
    espeak = _kept(work_dir / "espeak.pkl", lambda: espeak_utterances(synthetic, phrases, seed))
    usable = [piece for piece in pieces if _SHORTEST < piece.end - piece.start < _LONGEST]
    return Examples(recordings, usable, espeak, _voices(recordings, throats))


def word_counts(pieces: Sequence[Piece], phrases: Sequence[str]) -> Counter[str]:
    """How often each word was said: by the readers, and a hundred times as often by callers."""
    counts = Counter(word for piece in pieces for word in piece.words)
    for phrase in phrases:
        counts.update(dict.fromkeys(phrase.split(), 100))
    return counts


def _voices(recordings: Recordings, throats: dict[int, list[Samples]]) -> list[tuple[Voice, float]]:
    sources: dict[str, list[int]] = defaultdict(list)
    for at in _single_words(recordings):
        sources[recordings.clips[at].source].append(at)
    voices = []
    for clips in sources.values():
        weight = len(clips) ** 0.75
        voices.append((Voice([(recordings.clips[at].text, trimmed(recordings.audio(at))) for at in clips]), weight))
        changed = [at for at in clips if at in throats]
        for throat in range(len(THROATS)) if changed else ():
            said = [(recordings.clips[at].text, throats[at][throat]) for at in changed]
            voices.append((Voice(said), weight * _THROAT_WEIGHT))
    return voices


def _throats(recordings: Recordings, report: Report) -> dict[int, list[Samples]]:
    """Digits, and the words of the sources that have them all."""
    whole = {clip.source for clip in recordings.clips if clip.kind == "digit" and clip.text == "chín"}
    chosen = [
        at
        for at in _single_words(recordings)
        if recordings.clips[at].kind == "digit" or recordings.clips[at].source in whole
    ]
    clips = (np.array(trimmed(recordings.audio(at))) for at in chosen)
    made: dict[int, list[Samples]] = {}
    with ProcessPoolExecutor() as pool:
        for at, spoken in zip(chosen, pool.map(with_throats, clips, chunksize=50), strict=True):
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


def _kept(file: Path, make: Callable[[], T]) -> T:
    """What `make` gave the first time."""
    if not file.is_file():
        made = make()
        file.with_suffix(".new").write_bytes(pickle.dumps(made))
        file.with_suffix(".new").replace(file)
    kept: T = pickle.loads(file.read_bytes())
    return kept
