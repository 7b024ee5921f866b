"""`python -m voice.sentences`: from a table of recordings to the average voice's model directory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from bot.errors import AudioError

from recipe import recordings as tables
from recipe import teacher
from recipe.command import PROJECT, report
from recipe.material import kept
from recipe.phrases import prompt_texts, spoken_phrases
from voice.sentences.alignment import align
from voice.sentences.ears import Attuning, Ears
from voice.sentences.examples import examples
from voice.sentences.export import envelope_of, write_voice
from voice.sentences.learning import Plan, learn
from voice.sentences.likeness import likeness
from voice.sentences.readings import readings
from voice.sentences.unread import breaths_of


def main(given: list[str] | None = None) -> None:
    arguments = _arguments(given)
    torch.set_num_threads(arguments.threads)
    try:
        build(arguments)
    except (AudioError, OSError) as error:
        sys.exit(f"error: {error}")
    report(str(arguments.out))


def build(arguments: argparse.Namespace) -> None:
    """Every step keeps its result in `arguments.kept`, and goes on there."""
    folder: Path = arguments.kept
    recordings = tables.load(arguments.segments, folder)
    report("labelling sentences with the teacher")
    pieces = kept(folder / "pieces.pkl", lambda: teacher.label(recordings, report))
    if not pieces:
        raise AudioError("không có câu nào được chép lời: cần bản thu kind=sentence và viet-asr")
    aligned = kept(folder / "aligned.pkl", lambda: align(readings(recordings, pieces, folder, report), report))
    learnt, held_out, readers, colours = examples(aligned, envelope_of())
    for reader, hertz in colours.pitches_hz.items():
        report(f"reader {reader}: median F0 {hertz:.0f} Hz")
    minutes = sum(map(len, learnt)) / 6000
    report(f"{len(learnt)} readings of {len(readers)} readers, {minutes:.0f} min; {len(held_out)} held out")
    plan = Plan(steps=arguments.steps, seed=arguments.seed)
    ears = Ears(arguments.model, colours.cepstra_mean, colours.cepstra_spread, envelope_of())
    attuning = Attuning(seed=arguments.seed)
    attuned = kept(folder / "ears.pkl", lambda: ears.attune(learnt, held_out, colours.apart, attuning, report))
    ears.network.load_state_dict(attuned)
    others = [*spoken_phrases(arguments.nlu / "nlu"), *(" ".join(each.reading.words) for each in aligned)]
    unread = breaths_of(prompt_texts(arguments.nlu / "domain.yml")), breaths_of(others)
    voices = learn(learnt, held_out, len(readers), colours.cepstra_spread, ears, unread, plan, folder, report)
    report(likeness(voices, colours, learnt, readers).sentence)
    write_voice(voices, colours, held_out, readers, arguments.pitch_hz, arguments.out)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m voice.sentences", description=__doc__)
    parser.add_argument("--segments", type=Path, required=True, help="the table of recordings, beside its packs")
    parser.add_argument("--out", type=Path, default=PROJECT / "models/voice-vi-phone", help="what to write")
    parser.add_argument("--kept", type=Path, default=PROJECT / "models/recipe/kept", help="folder of what is kept")
    parser.add_argument("--model", type=Path, default=PROJECT / "models/vosk-vi-phone", help="whose ears it learns for")
    parser.add_argument("--nlu", type=Path, default=PROJECT / "nlu_data", help="what the bot and its callers say")
    parser.add_argument("--steps", type=int, default=6400, help="of the training")
    parser.add_argument("--pitch-hz", type=float, default=165.0, help="of the voice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of the training")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
