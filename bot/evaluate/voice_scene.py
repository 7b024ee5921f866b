"""What detectors of speech are given to hear: utterances with marks, noise without speech, short sounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.audio import FRAME_BYTES, Audio, join
from bot.evaluate.channels import carry
from bot.evaluate.material import babble_of, from_clips
from bot.evaluate.recordings import Clip
from bot.evaluate.sounds import SHORT_SOUNDS, short_sound, steady
from bot.evaluate.speech_marks import SpeechMarks, speech_marks
from bot.evaluate.trials import Kind, Trial

WINDOW_MS: Final = 10_000
LEAD_MS: Final = 3000  # of the same noise before a window, for detectors that learn their line
SNRS_DB: Final = (30.0, 20.0, 10.0)
NOISES: Final = ("line", "street", "babble", "talker")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody says in whole frames of 8 kHz audio, and where in it."""

    trial: Trial = field(repr=False)
    audio: Audio = field(repr=False)
    marks: SpeechMarks

    def heard_over(self, channel: str, seed: int, babble: Audio | None) -> Audio:
        """Said twice, and the line until it would begin again: detectors know the line when it counts."""
        lead = Audio(self.audio.pcm[: self.marks.start * FRAME_BYTES])
        return carry(join([self.audio, self.audio, lead]), channel, seed=self.trial.seed(seed), babble=babble)


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it. `unclear` counts the clips left out because their speech does not stand out from their line."""

    spoken: tuple[Spoken, ...]
    noises: Mapping[str, tuple[Audio, ...]]  # by kind and dB under speech; LEAD_MS, then one window
    sounds: Mapping[str, tuple[Audio, ...]]  # by kind
    babble: Audio | None
    unclear: int


def voice_scene(clips: Sequence[Clip], *, most: int, windows: int, seed: int) -> Scene:
    """At most `most` utterances of each kind: pasted codes, digits, telephone answers, words.

    Raises:
        AudioError: a clip cannot be read, or no source has all ten digits.
    """
    material = from_clips(clips, codes=most, most=most, seed=seed)
    said = [trial for trial in material.trials if trial.kind is not Kind.NOISE]
    spoken = tuple(each for trial in said if (each := _spoken(trial)))
    return Scene(
        spoken=spoken,
        noises=_noises(clips, windows, seed),
        sounds={
            kind: tuple(short_sound(kind, seed * 1000 + number) for number in range(4 * windows))
            for kind in SHORT_SOUNDS
        },
        babble=material.babble,
        unclear=len(said) - len(spoken),
    )


def _spoken(trial: Trial) -> Spoken | None:
    pcm = trial.audio.pcm
    audio = Audio(pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES])
    marks = speech_marks(audio)
    return Spoken(trial, audio, marks) if marks else None


def _noises(clips: Sequence[Clip], windows: int, seed: int) -> dict[str, tuple[Audio, ...]]:
    """Babble is six people at once, talker is one; both only where there are enough clips."""
    seconds = WINDOW_MS * windows // 1000
    voices = {
        "babble": babble_of(clips, set(), seed, seconds=seconds),
        "talker": babble_of(clips, set(), seed, seconds=seconds, people=1),
    }
    return {
        f"{kind} {snr_db:g} dB": tuple(
            steady(kind, snr_db, LEAD_MS + WINDOW_MS, seed * 1000 + number, voices.get(kind))
            for number in range(windows)
        )
        for kind in NOISES
        for snr_db in SNRS_DB
        if kind not in voices or voices[kind]
    }
