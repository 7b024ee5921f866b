"""`python -m recipe`: from a table of recordings to a Vosk model directory."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch

from recipe.export import DecoderConf, write_model
from recipe.graph import FstToolError, GraphCosts
from recipe.material import gather, word_counts
from recipe.phrases import spoken_phrases
from recipe.recordings import TableError
from recipe.syllables import UNITS
from recipe.training import TrainingPlan, train

PROJECT = Path(__file__).resolve().parents[3]


def main(given: list[str] | None = None) -> None:
    arguments = _arguments(given)
    torch.set_num_threads(arguments.threads)
    try:
        phrases = spoken_phrases(arguments.nlu)
        material = (arguments.segments, arguments.work, phrases, arguments.seed)
        examples = gather(*material, report, synthetic=arguments.synthetic)
        plan = TrainingPlan(draws=arguments.draws, utterances=arguments.utterances, seed=arguments.seed)
        network = train(examples, len(UNITS), plan, arguments.work, report)
        counts = word_counts(examples.pieces, phrases)
        report(str(write_model(network.layers(), arguments.out, GraphCosts(), DecoderConf(), counts)))
    except (TableError, FstToolError, OSError) as error:
        sys.exit(f"error: {error}")


def report(sentence: str) -> None:
    print(time.strftime("%H:%M:%S"), sentence, flush=True)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m recipe", description=__doc__)
    parser.add_argument("--segments", type=Path, required=True, help="the table of recordings, beside its packs")
    parser.add_argument(
        "--out", type=Path, default=PROJECT / "models/vosk-vi-phone", help="the model directory to write"
    )
    parser.add_argument("--work", type=Path, default=PROJECT / "models/recipe/work", help="what is kept to go on with")
    parser.add_argument("--nlu", type=Path, default=PROJECT / "nlu_data/nlu", help="what callers say (Rasa NLU files)")
    parser.add_argument("--synthetic", type=int, default=6000, help="utterances of espeak-ng to make")
    parser.add_argument("--draws", type=int, default=2000, help="groups of utterances; 2000 take one to two hours")
    parser.add_argument("--utterances", type=int, default=192, help="in a draw")
    parser.add_argument("--threads", type=int, default=1, help="of the training; drawing has a process of its own")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
