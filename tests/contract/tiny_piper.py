"""A Piper voice of a few hundred bytes: each phoneme is a short tone. It runs all of Piper but the sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

RATE_HZ = 22050
SAMPLES_PER_PHONEME = 700


def write_tiny_piper(folder: Path, **changes: Any) -> Path:
    """`tiny.onnx` and `tiny.onnx.json` in `folder`, whose configuration has `changes`; returns the first."""
    model = folder / "tiny.onnx"
    onnx.save(_network(), model)
    config = {
        "audio": {"sample_rate": RATE_HZ},
        "espeak": {"voice": "vi"},
        "phoneme_type": "espeak",
        "num_symbols": len(DEFAULT_PHONEME_ID_MAP),
        "num_speakers": 1,
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        **changes,
    }
    model.with_name("tiny.onnx.json").write_text(json.dumps(config), encoding="utf-8")
    return model


def _network() -> onnx.ModelProto:
    """output[1, 1, 1, n] = sin(id · ramp) for each id of input[1, ids], ramps as long as scales[1] says.

    As in Piper's own voices, lengths vary by chance as far as scales[2] lets them.
    """
    floats = [("samples", [float(SAMPLES_PER_PHONEME)]), ("hertz", [0.01]), ("zero", 0.0), ("one", 1.0)]
    shapes = [("column", [-1, 1]), ("flat", [1, 1, 1, -1]), ("nothing", [])]
    constants = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in floats]
    constants += [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in shapes]
    constants += [numpy_helper.from_array(np.array([at], np.int64), f"at_{at}") for at in (1, 2)]
    nodes = [
        helper.make_node("Gather", ["scales", "at_1"], ["length"]),
        helper.make_node("Gather", ["scales", "at_2"], ["noise"]),
        helper.make_node("RandomUniform", [], ["chance"], shape=[1]),
        helper.make_node("Mul", ["noise", "chance"], ["uneven"]),
        helper.make_node("Add", ["length", "uneven"], ["stretch"]),
        helper.make_node("Mul", ["stretch", "samples"], ["long"]),
        helper.make_node("Reshape", ["long", "nothing"], ["limit"]),
        helper.make_node("Range", ["zero", "limit", "one"], ["times"]),
        helper.make_node("Mul", ["times", "hertz"], ["ramp"]),
        helper.make_node("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["ids", "column"], ["pitches"]),
        helper.make_node("Mul", ["pitches", "ramp"], ["phases"]),
        helper.make_node("Sin", ["phases"], ["tones"]),
        helper.make_node("Reshape", ["tones", "flat"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "time"])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
