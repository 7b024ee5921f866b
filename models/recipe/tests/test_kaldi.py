"""The network contract, the model directory as a whole, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bot.vietnamese.syllables import UNITS

from recipe import graph, kaldi
from recipe.export import DecoderConf, write_model
from recipe.graph import FstToolError, GraphCosts
from recipe.kaldi import Layer

WORDS = ("không", "một", "hai", "ba")


def layers(width: int = 8) -> list[Layer]:
    random = np.random.default_rng(1)

    def layer(name: str, inputs: int, outputs: int, offsets: tuple[int, ...], **more: object) -> Layer:
        weight = random.standard_normal((outputs, inputs * len(offsets))).astype(np.float32) / 10
        bias = random.standard_normal(outputs).astype(np.float32)
        return Layer(name=name, weight=weight, bias=bias, offsets=offsets, **more)  # type: ignore[arg-type]

    return [
        layer("first", 40, width, (-4, -3, -2, -1, 0, 1, 2, 3, 4)),
        layer("back", width, width, (-6, -3, 0), add="first"),
        layer("even", width, width, (-3, 0, 3), add="back"),
        layer("output", width, len(UNITS) + 1, (0,), relu=False),
    ]


def test_context_is_the_sum_of_the_offsets() -> None:
    assert kaldi.context(layers()) == (4 + 6 + 3, 4 + 3)


@pytest.mark.parametrize(("frames", "outputs"), [(0, 0), (1, 1), (3, 1), (4, 2), (30, 10)])
def test_an_output_frame_for_every_third_input_frame(frames: int, outputs: int) -> None:
    logs = kaldi.forward(layers(), np.ones((frames, 40), np.float32))
    assert logs.shape == (outputs, len(UNITS) + 1)
    assert np.allclose(np.exp(logs).sum(axis=1), 1, atol=1e-4)


def test_a_constant_input_gives_a_constant_output_to_its_very_ends() -> None:
    logs = kaldi.forward(layers(), np.ones((50, 40), np.float32))
    assert np.abs(logs - logs[0]).max() < 1e-3


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"name": "first"}, "a name of its own"),
        ({"name": "a b"}, "a name of its own"),
        ({"offsets": (-3, 0)}, r"weight \[out, 2 \* 8\]"),
        ({"bias": np.zeros(3, np.float32)}, "bias"),
        ({"bias": np.full(8, np.nan, np.float32)}, "finite"),
        ({"offsets": (0, -3, -6)}, "rising"),
        ({"offsets": (-6, -2, 0)}, "multiples of 3"),
        ({"add": "even"}, "an earlier layer of width 8"),
    ],
)
def test_a_layer_that_breaks_the_contract_is_named(broken: dict[str, object], message: str) -> None:
    made = layers()
    made[1] = replace(made[1], **broken)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        kaldi.check(made, 40, len(UNITS) + 1)


def test_the_last_layer_gives_the_units_and_blank() -> None:
    with pytest.raises(ValueError, match=f"{len(UNITS) + 1} outputs"):
        kaldi.check(layers()[:-1], 40, len(UNITS) + 1)


def test_a_unit_reads_its_output_once_and_blank_after() -> None:
    assert kaldi.pdf_of(kaldi.forward_id(kaldi.SILENCE_PHONE)) == 0
    assert kaldi.pdf_of(kaldi.self_loop_id(kaldi.SILENCE_PHONE)) == 0
    assert [kaldi.pdf_of(kaldi.forward_id(unit + 1)) for unit in (1, 2, 745)] == [1, 2, 745]
    assert [kaldi.pdf_of(kaldi.self_loop_id(unit + 1)) for unit in (1, 2, 745)] == [0, 0, 0]


def test_an_unknown_word_is_one_onset_and_one_rime_for_all_of_them() -> None:
    arcs = graph.word_loop(WORDS, GraphCosts()).arcs
    assert len(arcs) < 60
    pools = {kaldi.pdf_of(arc.reads) for arc in arcs if arc.reads} - set(range(len(UNITS) + 1))
    assert pools == {len(UNITS) + 1, len(UNITS) + 2}


def test_a_pool_is_the_greatest_of_its_outputs() -> None:
    features = np.random.default_rng(0).standard_normal((30, 40)).astype(np.float32)
    logs = kaldi.forward(layers(), features, graph.POOLS)
    onsets = [at for at, unit in enumerate(UNITS, start=1) if unit.startswith("o_")]
    assert logs.shape[1] == len(UNITS) + 3
    assert (logs[:, -2] == logs[:, onsets].max(axis=1)).all()
    assert (logs[:, -1] == logs[:, max(onsets) + 1 : len(UNITS) + 1].max(axis=1)).all()


def test_what_was_written_can_be_read_again() -> None:
    made = layers()
    model = kaldi.final_mdl(made, units=len(UNITS), pools=graph.POOLS)
    read = kaldi.affines(model)
    assert len(read) == len(made)
    for (weight, bias), layer in zip(read, made, strict=True):
        assert (weight == layer.weight).all()
        assert (bias == layer.bias).all()


def test_counted_words_are_likelier_than_unseen_ones() -> None:
    costs = graph.word_costs(WORDS, {"một": 50})
    assert np.isclose(sum(np.exp(-cost) for cost in costs.values()), 1)
    assert np.isclose(costs["không"] - costs["một"], np.log(101))
    with pytest.raises(ValueError, match="mười"):
        graph.word_costs(WORDS, {"mười": 1})


def test_two_exports_are_equal_and_replace_each_other_whole(tmp_path: Path) -> None:
    model = tmp_path / "model"

    def export() -> dict[str, bytes]:
        summary = write_model(layers(), model, GraphCosts(), DecoderConf(), {"một": 3}, words=WORDS)
        assert summary.words == len(WORDS) + 1
        assert (summary.left_context_ms, summary.right_context_ms, summary.chunk_ms) == (130, 70, 150)
        found = {str(path.relative_to(model)): path.read_bytes() for path in model.rglob("*") if path.is_file()}
        assert {name: len(found[name]) for name in summary.sizes} == summary.sizes
        return found

    first = export()
    (model / "README.md").write_text("card")
    (model / "am" / "stray").write_text("x")
    second = export()
    assert second.pop("README.md") == b"card"
    assert second == first
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_is_no_model_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(FileExistsError, match="no Vosk model"):
        write_model(layers(), tmp_path, GraphCosts(), DecoderConf(), {}, words=WORDS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_missing_tools_are_told_with_the_command_that_installs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FstToolError, match="apt-get install libfst-tools libfst22-plugins-base"):
        write_model(layers(), tmp_path / "model", GraphCosts(), DecoderConf(), {}, words=WORDS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("frames", [0, 2, 10])
def test_a_chunk_is_whole_output_frames(frames: int) -> None:
    with pytest.raises(ValueError, match="multiple of 3"):
        DecoderConf(frames_per_chunk=frames)
