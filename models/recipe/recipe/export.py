"""A trained network and word counts as a Vosk model directory."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.vietnamese.syllables import UNITS, all_syllables

from recipe import graph, kaldi
from recipe.graph import GraphCosts
from recipe.kaldi import FRAME_MS, SUBSAMPLING, Layer

__all__ = ["MFCC_OPTIONS", "DecoderConf", "Layer", "Summary", "write_model"]

SAMPLE_RATE_HZ: Final = 8000
COEFFICIENTS: Final = 40

# What the features of training must be computed with: Kaldi's defaults and these.
MFCC_OPTIONS: Final[Mapping[str, str]] = {
    "sample-frequency": str(SAMPLE_RATE_HZ),
    "use-energy": "false",
    "num-mel-bins": str(COEFFICIENTS),
    "num-ceps": str(COEFFICIENTS),
    "low-freq": "20",
    "high-freq": "3800",
    "dither": "0",
    "allow-upsample": "true",
    "allow-downsample": "true",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderConf:
    """Vosk's search, its chunks and its end of an utterance.

    frames_per_chunk: input frames of 10 ms that the network computes at once, a multiple of 3; the smaller, the sooner.
    acoustic_scale: weight of the network against the graph. beam, lattice_beam: in scaled costs.
    end_silence_s: trailing silence that ends an utterance which is surely, probably, perhaps complete (rules 2, 3, 4).
    """

    frames_per_chunk: int = 15
    acoustic_scale: float = 3.0
    beam: float = 13.0
    lattice_beam: float = 6.0
    min_active: int = 200
    max_active: int = 3000
    end_silence_s: tuple[float, float, float] = (0.5, 1.0, 2.0)

    def __post_init__(self) -> None:
        if self.frames_per_chunk < SUBSAMPLING or self.frames_per_chunk % SUBSAMPLING:
            raise ValueError(f"frames_per_chunk needs a multiple of {SUBSAMPLING}, not {self.frames_per_chunk}")

    def lines(self) -> list[str]:
        """The lines of `model.conf`."""
        options = {
            "min-active": self.min_active,
            "max-active": self.max_active,
            "beam": self.beam,
            "lattice-beam": self.lattice_beam,
            "acoustic-scale": self.acoustic_scale,
            "frame-subsampling-factor": SUBSAMPLING,
            "frames-per-chunk": self.frames_per_chunk,
            "endpoint.silence-phones": kaldi.SILENCE_PHONE,
            **{f"endpoint.rule{n}.min-trailing-silence": s for n, s in enumerate(self.end_silence_s, start=2)},
        }
        return [f"--{name}={value}" for name, value in options.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an export has written: sizes in bytes by file, and the network in figures."""

    sizes: Mapping[str, int]
    parameters: int
    words: int
    left_context_ms: int
    right_context_ms: int
    chunk_ms: int

    def __str__(self) -> str:
        total = sum(self.sizes.values()) / 1e6
        return (
            f"{total:.1f} MB, {self.parameters} parameters, {self.words} words, "
            f"context {self.left_context_ms} ms before a frame and {self.right_context_ms} ms after, "
            f"computed every {self.chunk_ms} ms"
        )


def write_model(
    layers: Sequence[Layer],
    out_dir: Path,
    costs: GraphCosts,
    conf: DecoderConf,
    counts: Mapping[str, int],
    *,
    words: Sequence[str] | None = None,
) -> Summary:
    """Writes a model that `vosk.Model(str(out_dir))` loads; the same arguments give the same bytes.

    A model that is there is replaced at once when the new one is complete; its `*.md` files stay.
    `counts` says how often each word was said in the dialogues; `words` is the lexicon, all syllables by default.

    Raises:
        ValueError: a layer breaks its contract, a word is no syllable, or a counted word is not in the lexicon.
        FileExistsError: `out_dir` is there and is no model.
        FstToolError: OpenFst's tools are missing or failed.
    """
    kaldi.check(layers, COEFFICIENTS, len(UNITS) + 1)
    if out_dir.exists() and not (out_dir / "am" / "final.mdl").is_file():
        raise FileExistsError(f"{out_dir} is there and is no Vosk model; it is left as it is")
    files = _files(layers, costs, conf, counts, all_syllables() if words is None else words)
    _replace(out_dir, files)
    left, right = kaldi.context(layers)
    return Summary(
        sizes={name: len(content) for name, content in files.items()},
        parameters=sum(layer.weight.size + layer.bias.size for layer in layers),
        words=files["graph/words.txt"].count(b"\n") - 1,
        left_context_ms=left * FRAME_MS,
        right_context_ms=right * FRAME_MS,
        chunk_ms=conf.frames_per_chunk * FRAME_MS,
    )


def _files(
    layers: Sequence[Layer], costs: GraphCosts, conf: DecoderConf, counts: Mapping[str, int], words: Sequence[str]
) -> dict[str, bytes]:
    loop = graph.word_loop(words, costs)
    unigram = graph.word_costs(loop.words, counts)
    hcl, numbers = graph.compile_loop(loop)
    by_number = sorted(numbers.items(), key=lambda item: item[1])
    phones = {unit: graph.phone_of(unit) for unit in (*UNITS, *(pool.name for pool in graph.POOLS))}
    boundaries = [f"{phone} {'begin' if unit.startswith('o_') else 'end'}" for unit, phone in phones.items()]
    files = {
        "am/final.mdl": kaldi.final_mdl(layers, units=len(UNITS), pools=graph.POOLS),
        "conf/mfcc.conf": _text(f"--{name}={value}" for name, value in MFCC_OPTIONS.items()),
        "conf/model.conf": _text(conf.lines()),
        "graph/HCLr.fst": hcl,
        "graph/Gr.fst": graph.compile_unigram(unigram, numbers),
        "graph/words.txt": _text(["<eps> 0", *(f"{word} {number}" for word, number in by_number)]),
        "graph/phones.txt": _text(["<eps> 0", "SIL 1", *(f"{unit} {phone}" for unit, phone in phones.items())]),
        "graph/phones/word_boundary.int": _text([f"{kaldi.SILENCE_PHONE} nonword", *boundaries]),
        # Vosk wants the file; the graph has no disambiguation symbols, so it names a number that no arc reads.
        "graph/disambig_tid.int": _text([str(kaldi.transition_ids(len(phones)) + 1)]),
    }
    # As sha256sum writes it: who loads the model can tell that it is whole without trying it.
    sums = (f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in files.items())
    return {**files, "SHA256SUMS": _text(sums)}


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _replace(out_dir: Path, files: Mapping[str, bytes]) -> None:
    """Puts a folder with these files in place of `out_dir` by renaming, so that nobody ever loads half a model."""
    new, old = (out_dir.with_name(f".{out_dir.name}.{age}") for age in ("new", "old"))
    for left_over in (new, old):
        shutil.rmtree(left_over, ignore_errors=True)
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for card in out_dir.glob("*.md"):
        shutil.copy2(card, new)
    if out_dir.exists():
        out_dir.rename(old)
    new.rename(out_dir)
    shutil.rmtree(old, ignore_errors=True)
