"""`python -m recipe`: from a table of recordings to a Vosk model directory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from bot.errors import AudioError
from bot.vietnamese.syllables import UNITS

from recipe.command import PROJECT, options, report
from recipe.export import DecoderConf, write_model
from recipe.graph import FstToolError, GraphCosts
from recipe.material import gather, word_counts
from recipe.phrases import spoken_phrases
from recipe.training import LEARNING_RATE, TrainingPlan, train


def main(given: list[str] | None = None) -> None:
    arguments = _arguments(given)
    torch.set_num_threads(arguments.threads)
    try:
        if arguments.start_from:
            (arguments.start_from / "am" / "final.mdl").stat()  # a wrong path is told before an hour of preparing
        phrases = spoken_phrases(arguments.nlu)
        material = (arguments.segments, arguments.kept, phrases, arguments.seed)
        examples = gather(*material, report, synthetic=arguments.synthetic)
        plan = TrainingPlan(
            draws=arguments.draws,
            utterances=arguments.utterances,
            seed=arguments.seed,
            learning_rate=arguments.learning_rate,
        )
        network = train(examples, len(UNITS), plan, arguments.kept, report, start_from=arguments.start_from)
        counts = word_counts(examples.pieces, phrases)
        report(str(write_model(network.layers(), arguments.out, GraphCosts(), DecoderConf(), counts)))
    except (AudioError, FstToolError, OSError, ValueError) as error:
        sys.exit(f"error: {error}")


def _arguments(given: list[str] | None) -> argparse.Namespace:
    out = PROJECT / "models/vosk-vi-phone"
    parser = options("python -m recipe", __doc__, out, utterances=320, of_them="in a draw")
    parser.add_argument("--draws", type=int, default=2000, help="groups of utterances; 2000 take an hour and a half")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE, help="at its highest")
    parser.add_argument("--start-from", type=Path, help="a model that this recipe made, to go on from (kept is empty)")
    parser.add_argument("--threads", type=int, default=1, help="of the training; drawing has a process of its own")
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
