"""`python -m voice`: from a table of recordings to the digits of an average of many speakers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bot.errors import AudioError

from recipe.command import PROJECT, report
from recipe.material import kept
from recipe.synthetic import DIGITS
from voice.average import average
from voice.choice import Candidate, SharesError, check_shares, choose, shares
from voice.clips import DigitClip, digit_clips
from voice.folder import write_takes
from voice.hearing import Listener
from voice.likeness import likeness
from voice.speakers import clusters, voice_prints
from voice.takes import POSITIONS, Manner, take
from voice.world import Floats, Parameters, analyse

_PART = 300  # clips that are kept together
# The mean of more clips is heard as "vâng" through G.711.
_MOST = {"ba": 24}

Analysed = list[tuple[DigitClip, Parameters, int]]


def main(given: list[str] | None = None) -> None:
    arguments = _arguments(given)
    try:
        takes, name = build(arguments.segments, arguments.model, arguments.kept, arguments.clips, _manner(arguments))
        write_takes(takes, name, arguments.out)
    except (AudioError, SharesError, OSError) as error:
        sys.exit(f"error: {error}")
    report(str(arguments.out))


def build(
    table: Path, model: Path, kept_dir: Path, clips: int, manner: Manner
) -> tuple[dict[str, tuple[str, Floats]], str]:
    """The takes by the names of their WAVs, and the name of the voice.

    Raises:
        AudioError: the table or a pack cannot be used. SharesError: too few speakers.
    """
    found = candidates(table, model, kept_dir)
    chosen = {
        word: choose([each for each in found if each.clip.word == word], min(clips, _MOST.get(word, clips)))
        for word in DIGITS
    }
    together = [each for of_word in chosen.values() for each in of_word]
    check_shares(together)
    voice = {word: average([each.said for each in of_word]) for word, of_word in chosen.items()}
    speakers = shares(together)
    report(f"{len(together)} clips of {len(speakers)} speakers, the largest share {max(speakers.values()):.1%}")
    report(likeness(found, voice).sentence)
    takes = {
        f"digit_{digit}{end}": (word, take(voice[word], prosody, manner))
        for digit, word in enumerate(DIGITS)
        for end, prosody in POSITIONS.items()
    }
    return takes, f"average of {len(speakers)} speakers"


def candidates(table: Path, model: Path, kept_dir: Path) -> list[Candidate]:
    """Every clip of a digit with a voice in it, who speaks, and how clear it is; the slow part, kept in parts."""
    clips = digit_clips(table)
    if missing := set(DIGITS) - {clip.word for clip in clips}:
        raise AudioError(f"{table}: chưa có bản thu chữ số nào cho {', '.join(sorted(missing))}. Thêm vào bảng.")
    listener = Listener(model)
    kept_dir.mkdir(parents=True, exist_ok=True)
    analysed: Analysed = []
    for start in range(0, len(clips), _PART):
        make: Callable[[], Analysed] = partial(_analysed, clips[start : start + _PART], listener)
        analysed += kept(kept_dir / f"voice-{start}.pkl", make)
        report(f"analysed {min(start + _PART, len(clips))} of {len(clips)} clips")
    with_voice = [clip for clip, _, _ in analysed]
    speakers = clusters(with_voice, voice_prints(with_voice, [said for _, said, _ in analysed]))
    return [
        Candidate(clip=clip, said=said, speaker=speaker, clearness=clear)
        for (clip, said, clear), speaker in zip(analysed, speakers, strict=True)
    ]


def _analysed(clips: list[DigitClip], listener: Listener) -> Analysed:
    pairs = [(clip, analyse(clip.samples)) for clip in clips]
    return [(clip, said, listener.clearness(clip)) for clip, said in pairs if said is not None]


def _manner(arguments: argparse.Namespace) -> Manner:
    given: Mapping[str, float | None] = {name: getattr(arguments, name) for name in Manner.__dataclass_fields__}
    return Manner(**{name: value for name, value in given.items() if value is not None})


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m voice", description=__doc__)
    parser.add_argument("--segments", type=Path, required=True, help="the table of recordings, beside its packs")
    parser.add_argument("--out", type=Path, default=PROJECT / "audio_prompts/vi", help="the folder of prompts to fill")
    parser.add_argument("--kept", type=Path, default=PROJECT / "models/recipe/kept", help="folder of what is kept")
    parser.add_argument("--model", type=Path, default=PROJECT / "models/vosk-vi-phone", help="who chooses the clips")
    parser.add_argument("--clips", type=int, default=60, help="of a word")
    for name in Manner.__dataclass_fields__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, help="see voice/takes.py")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
