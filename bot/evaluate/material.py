"""The trials of a run: out of a table of clips, or out of recordings of whole codes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.audio import RATE_HZ, Audio, from_samples, join, silence
from bot.errors import AudioError
from bot.evaluate.channels import street_noise
from bot.evaluate.codes import SPEECH_RMS, in_room, levelled, spoken_codes, trimmed, voices
from bot.evaluate.recordings import Clip, Recording
from bot.evaluate.said import holds_numeral
from bot.evaluate.trials import BACK, NO, YES, Kind, Trial
from bot.vietnamese.lexicon import DIGIT_OF

_WORD_KINDS = frozenset({"word", "command", "command_string"})
_NOISES = 30  # pieces at most, shared out among silence, street and babble
_NOISE_MS = 4000


@dataclass(frozen=True, slots=True)
class Material:
    """The trials, codes first, and other people's babble for noisy channels where there is enough of it."""

    trials: tuple[Trial, ...]
    babble: Audio | None = None


def from_clips(clips: Sequence[Clip], *, codes: int, most: int, seed: int) -> Material:
    """`codes` codes pasted of the clips' digits, and at most `most` trials of every other kind.

    Raises:
        AudioError: a clip cannot be read, or no source has all ten digits.
    """
    among = voices(clips)
    if not among:
        raise AudioError("Không nguồn nào có đủ mười chữ số (kind là digit). Chọn phần khác bằng --split.")
    babble = babble_of(clips, {voice.source for voice in among}, seed)
    singles = [clip for clip in clips if clip.kind == "digit" and clip.text in DIGIT_OF]
    answers = [clip for clip in clips if clip.telephone and clip.text in (YES, NO, BACK)]
    others = [clip for clip in clips if clip.kind in _WORD_KINDS and clip.text and not holds_numeral(clip.text)]
    return Material(
        (
            *spoken_codes(among, codes, seed),
            *_trials(Kind.DIGIT, _some(singles, most, seed), seed),
            *_trials(Kind.ANSWER, _some(answers, most, seed), seed),
            *_trials(Kind.WORDS, _some(others, most, seed), seed),
            *_noises(min(_NOISES, most), babble, seed),
        ),
        babble,
    )


def from_recordings(recordings: Iterable[Recording]) -> Material:
    """One trial for each recording. Raises AudioError."""
    trials = (
        Trial(
            id=f"{recording.kind.value}-{number:04}",
            kind=recording.kind,
            said=recording.said,
            audio=recording.audio,
            speaker=recording.speaker,
            dialect=recording.dialect,
            origin=recording.file.name,
        )
        for number, recording in enumerate(recordings, start=1)
    )
    return Material(tuple(sorted(trials, key=lambda trial: trial.kind is not Kind.CODE)))


def _trials(kind: Kind, clips: Iterable[Clip], seed: int) -> Iterator[Trial]:
    for clip in clips:
        trial = Trial(
            id=f"{kind.value}-{clip.id}",
            kind=kind,
            said=DIGIT_OF[clip.text] if kind is Kind.DIGIT else clip.text,
            audio=clip.audio,
            source=clip.source,
            speaker=clip.speaker,
            dialect=clip.dialect,
            origin=clip.id,
        )
        if not clip.telephone:  # telephone clips bring their own line and level
            alone = join([silence(300), levelled(trimmed(trial.audio)), silence(500)])
            trial = replace(trial, audio=in_room(alone, trial.seed(seed)))
        yield trial


def _some(clips: Sequence[Clip], most: int, seed: int) -> list[Clip]:
    """At most `most` of them, in their order."""
    if len(clips) <= most:
        return list(clips)
    drawn = random.Random(f"{seed}/some").sample(range(len(clips)), most)  # noqa: S311 - a sample
    return [clips[at] for at in sorted(drawn)]


def _noises(count: int, babble: Audio | None, seed: int) -> Iterator[Trial]:
    length = RATE_HZ * _NOISE_MS // 1000
    for number in range(count):
        kind = ("silence", "street", "babble")[number % 3]
        trial = Trial(id=f"noise-{number + 1:04}", kind=Kind.NOISE, said="", audio=Audio(b""), origin=kind)
        own = trial.seed(seed)
        if kind == "silence":
            audio = in_room(silence(_NOISE_MS), own)
        elif kind == "street" or babble is None:
            audio = from_samples(street_noise(length, own) * (SPEECH_RMS / 3))
        else:
            start = own % len(babble.samples)
            audio = from_samples(np.resize(np.roll(babble.samples, -start), length))
        yield replace(trial, audio=audio)


def babble_of(
    clips: Sequence[Clip], speaking: set[str], seed: int, *, seconds: int = 30, people: int = 6
) -> Audio | None:
    """Some people at once saying no digits, none of a source in `speaking` where others are enough."""
    wordy = [clip for clip in clips if clip.kind not in ("digit", "sentence_unlabelled")]
    others = [clip for clip in wordy if clip.source not in speaking]
    pool = others if len(others) >= 2 * people else wordy
    if len(pool) < 2 * people:
        return None
    rng = random.Random(f"{seed}/babble")  # noqa: S311 - a mixture
    mixture = np.zeros(seconds * RATE_HZ)
    for _ in range(people):
        talk: list[Audio] = []
        while sum(part.duration_ms for part in talk) < seconds * 1000:
            talk.append(levelled(trimmed(rng.choice(pool).audio)))
        mixture += join(talk).samples[: len(mixture)]
    return levelled(from_samples(mixture / people), rms=SPEECH_RMS / 2)
