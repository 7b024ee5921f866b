"""What the recipe's two commands share."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def report(sentence: str) -> None:
    print(time.strftime("%H:%M:%S"), sentence, flush=True)


def options(name: str, description: str | None, out: Path, *, utterances: int, of_them: str) -> argparse.ArgumentParser:
    """The options of all: what to learn from, what to write, and what is kept between runs."""
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("--segments", type=Path, required=True, help="the table of recordings, beside its packs")
    parser.add_argument("--out", type=Path, default=out, help="what to write")
    parser.add_argument("--kept", type=Path, default=PROJECT / "models/recipe/kept", help="folder of what is kept")
    parser.add_argument("--nlu", type=Path, default=PROJECT / "nlu_data/nlu", help="what callers say (Rasa NLU files)")
    parser.add_argument("--synthetic", type=int, default=6000, help="utterances of espeak-ng to make")
    parser.add_argument("--utterances", type=int, default=utterances, help=of_them)
    parser.add_argument("--seed", type=int, default=0)
    return parser
