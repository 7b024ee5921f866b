"""A trained network as Kaldi's binary `final.mdl`: what its layers compute, and how Kaldi spells them.

The file is a TransitionModel and an AmNnetSimple, one after the other. Field order: the `Write` methods in Kaldi's
`hmm/transition-model.cc`, `hmm/hmm-topology.cc`, `nnet3/am-nnet-simple.cc`, `nnet3/nnet-nnet.cc` and
`nnet3/nnet-simple-component.cc`.

Phone 1 is silence, phone u + 1 is sound unit u. A unit is one output frame of the network's output u followed by any
number of blanks (output 0), so the self-loop pdf of every phone is 0.

After the units come pools: a pool is a unit whose output is the greatest of a run of outputs. They cost next to nothing
to compute, and a graph needs one arc for what would be as many arcs as the run is long.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FRAME_MS: Final = 10
SUBSAMPLING: Final = 3  # input frames for one output frame
SILENCE_PHONE: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """One layer: `relu(weight @ splice(input) + bias) + output of the layer named by add`.

    weight: [out, len(offsets) * in]; the columns are the input at each offset, one after the other. bias: [out].
    offsets: in input frames of 10 ms, rising; multiples of 3 for every layer but the first.
    The input is the output of the layer before, after its own addition; of the first layer, the MFCC.
    """

    name: str
    weight: Floats
    bias: Floats
    offsets: tuple[int, ...]
    relu: bool = True
    add: str | None = None


class Pool(NamedTuple):
    """The outputs from `first` on, `count` of them, as one."""

    name: str
    first: int
    count: int


def check(layers: Sequence[Layer], inputs: int, outputs: int) -> None:
    """Holds layers to their contract.

    Raises:
        ValueError: names the layer and what does not fit.
    """
    widths: dict[str, int] = {}
    before = inputs
    for number, layer in enumerate(layers):
        out = layer.weight.shape[0]
        fits = {
            "a name of its own, in letters, digits, _ or -": layer.name not in widths and _is_name(layer.name),
            f"weight [out, {len(layer.offsets)} * {before}]": layer.weight.shape == (out, len(layer.offsets) * before),
            f"bias [{out}]": layer.bias.shape == (out,),
            "finite numbers": bool(np.isfinite(layer.weight).all() and np.isfinite(layer.bias).all()),
            "rising offsets": bool(layer.offsets) and list(layer.offsets) == sorted(set(layer.offsets)),
            "offsets in multiples of 3": number == 0 or all(offset % SUBSAMPLING == 0 for offset in layer.offsets),
            f"an earlier layer of width {out} to add": layer.add is None or widths.get(layer.add) == out,
        }
        for what, right in fits.items():
            if not right:
                raise ValueError(f"layer {layer.name!r} needs {what}")
        widths[layer.name] = before = out
    if not layers or layers[-1].relu or layers[-1].add is not None or before != outputs:
        raise ValueError(f"the last layer needs {outputs} outputs, no relu and nothing to add: log-softmax follows it")


def _is_name(name: str) -> bool:
    return name.isascii() and name.replace("_", "a").replace("-", "a").isalnum() and name != "input"


def context(layers: Sequence[Layer]) -> tuple[int, int]:
    """Left and right context of one output frame, in input frames."""
    low, high = _spans(layers, 1)[0]
    return -low - layers[0].offsets[0], high + layers[0].offsets[-1]


def forward(layers: Sequence[Layer], features: Floats, pools: Sequence[Pool] = ()) -> Floats:
    """Log-probabilities [ceil(frames / 3), outputs + pools] of MFCC [frames, coefficients], as Kaldi computes them.

    Beyond its ends the input is its first and last frame again; hidden layers are never padded.
    """
    frames = len(features)
    if frames == 0:
        return np.zeros((0, len(layers[-1].bias) + len(pools)), np.float32)
    spans = _spans(layers, -(-frames // SUBSAMPLING))
    made: dict[str, tuple[int, Floats]] = {}
    start, step, before = 0, 1, features
    for layer, (low, high) in zip(layers, spans, strict=True):
        times = np.arange(low, high + 1, SUBSAMPLING)
        rows = [np.clip((times + offset - start) // step, 0, len(before) - 1) for offset in layer.offsets]
        hidden = np.concatenate([before[row] for row in rows], axis=1) @ layer.weight.T + layer.bias
        if layer.relu:
            hidden = np.maximum(hidden, 0)
        if layer.add is not None:
            earlier, kept = made[layer.add]
            hidden = hidden + kept[(times - earlier) // SUBSAMPLING]
        start, step, before = low, SUBSAMPLING, hidden.astype(np.float32)
        made[layer.name] = (low, before)
    shifted = before - before.max(axis=1, keepdims=True)
    logs: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    pooled = [logs[:, pool.first : pool.first + pool.count].max(axis=1, keepdims=True) for pool in pools]
    return np.concatenate([logs, *pooled], axis=1)


def _spans(layers: Sequence[Layer], outputs: int) -> list[tuple[int, int]]:
    """First and last time, in input frames, at which each layer is needed for that many output frames from 0."""
    spans = {layers[-1].name: (0, (outputs - 1) * SUBSAMPLING)}
    for before, layer in reversed(list(zip((None, *layers[:-1]), layers, strict=True))):
        low, high = spans[layer.name]
        needs = [(before.name, low + layer.offsets[0], high + layer.offsets[-1])] if before else []
        needs += [(layer.add, low, high)] if layer.add else []
        for name, first, last in needs:
            known = spans.get(name, (first, last))
            spans[name] = (min(known[0], first), max(known[1], last))
    return [spans[layer.name] for layer in layers]


def final_mdl(layers: Sequence[Layer], *, units: int, pools: Sequence[Pool] = ()) -> bytes:
    """The bytes of `am/final.mdl` for a checked network with `units` + 1 outputs."""
    left, right = context(layers)
    return b"".join(
        (
            b"\0B",
            _transition_model(units + len(pools)),
            _nnet(layers, pools),
            _token("<LeftContext>") + _int(left) + _token("<RightContext>") + _int(right),
            _token("<Priors>") + _vector(()),
        )
    )


def affines(model: bytes) -> list[tuple[Floats, Floats]]:
    """Weight and bias of each layer, in their order, out of the bytes that `final_mdl` wrote."""
    found, head = [], _token("<FixedAffineComponent>") + _token("<LinearParams>") + _token("FM")
    at = model.find(head)
    while at >= 0:
        at += len(head)
        _, rows, _, columns = struct.unpack_from("<bibi", model, at)
        weight = np.frombuffer(model, "<f4", rows * columns, at + 10).reshape(rows, columns)
        at += 10 + weight.nbytes + len(_token("<BiasParams>") + _token("FV") + _int(rows))
        found.append((weight, np.frombuffer(model, "<f4", rows, at)))
        at = model.find(head, at)
    return found


def self_loop_id(phone: int) -> int:
    """Kaldi's transition-id of a phone's self loop. Needs the tuples in phone order and one state a phone."""
    return 2 * phone - 1


def forward_id(phone: int) -> int:
    """Kaldi's transition-id of the frame that enters a phone."""
    return 2 * phone


def pdf_of(transition_id: int) -> int:
    """The network output that a transition-id reads: a unit for its forward frame, otherwise blank."""
    phone, is_self_loop = (transition_id + 1) // 2, transition_id % 2 == 1
    return 0 if is_self_loop or phone == SILENCE_PHONE else phone - 1


def transition_ids(units: int) -> int:
    """How many transition-ids there are; they count from 1."""
    return 2 * (units + 1)


def _transition_model(units: int) -> bytes:
    phones = range(1, units + 2)
    states = [(1, 0, 0, 0), *((unit + 1, 0, unit, 0) for unit in range(1, units + 1))]  # phone, state, pdf, loop pdf
    entry_of_phone = [-1, 0, *([1] * units)]
    parts = [_token("<TransitionModel>") + _token("<Topology>") + _ints(list(phones)) + _ints(entry_of_phone)]
    parts.append(_int(-1) + _int(2))  # -1 tells that a self loop may have a pdf class of its own; two entries follow
    for forward_class, loop_class in ((0, 0), (0, 1)):
        emitting = _int(forward_class) + _int(loop_class) + _int(2) + _int(0) + _float(0.5) + _int(1) + _float(0.5)
        parts.append(_int(2) + emitting + _int(-1) + _int(-1) + _int(0))
    parts.append(_token("</Topology>") + _token("<Tuples>") + _int(len(states)))
    parts += [_int(number) for state in states for number in state]
    log_probs = [0.0] + [math.log(0.5)] * transition_ids(units)
    parts.append(_token("</Tuples>") + _token("<LogProbs>") + _vector(log_probs) + _token("</LogProbs>"))
    return b"".join((*parts, _token("</TransitionModel>")))


def _nnet(layers: Sequence[Layer], pools: Sequence[Pool]) -> bytes:
    lines = [f"input-node name=input dim={layers[0].weight.shape[1] // len(layers[0].offsets)}"]
    components: dict[str, bytes] = {}
    outputs: dict[str, str] = {}
    before = "input"
    for layer in layers:
        width = len(layer.bias)
        steps = [("affine", f"Append({', '.join(_at(before, offset) for offset in layer.offsets)})", _affine(layer))]
        if layer.relu:
            steps.append(("relu", f"{layer.name}.affine", _nonlinear("RectifiedLinearComponent", width)))
        if layer.add is not None:
            summed = f"Sum({layer.name}.{steps[-1][0]}, {outputs[layer.add]})"
            steps.append(("sum", summed, _no_op(width)))
        if layer is layers[-1]:
            steps.append(("log-softmax", f"{layer.name}.affine", _nonlinear("LogSoftmaxComponent", width)))
        for step, source, component in steps:
            before = f"{layer.name}.{step}"
            lines.append(f"component-node name={before} component={before} input={source}")
            components[before] = component
        outputs[layer.name] = before
    for pool in pools:
        lines.append(f"dim-range-node name={pool.name} input-node={before} dim-offset={pool.first} dim={pool.count}")
        lines.append(f"component-node name={pool.name}.max component={pool.name}.max input={pool.name}")
        components[f"{pool.name}.max"] = _max(pool.count)
    together = f"Append({', '.join([before, *(f'{pool.name}.max' for pool in pools)])})" if pools else before
    lines.append(f"output-node name=output input={together} objective=linear")
    named = b"".join(_token("<ComponentName>") + _token(name) + body for name, body in components.items())
    config = "\n".join((*lines, "", "")).encode("ascii")  # an empty line ends the text
    head = _token("<Nnet3>") + b"\n" + config + _token("<NumComponents>") + _int(len(components))
    return head + named + _token("</Nnet3>")


def _at(node: str, offset: int) -> str:
    return f"Offset({node}, {offset})" if offset else node


def _affine(layer: Layer) -> bytes:
    body = _token("<LinearParams>") + _matrix(layer.weight) + _token("<BiasParams>") + _vector(layer.bias)
    return _token("<FixedAffineComponent>") + body + _token("</FixedAffineComponent>")


def _nonlinear(kind: str, width: int) -> bytes:
    statistics = _token("<ValueAvg>") + _vector(()) + _token("<DerivAvg>") + _vector(()) + _token("<Count>") + _float(0)
    return _token(f"<{kind}>") + _token("<Dim>") + _int(width) + statistics + _token(f"</{kind}>")


def _max(width: int) -> bytes:
    sizes = {"InputXDim": width, "InputYDim": 1, "InputZDim": 1, "PoolXSize": width, "PoolYSize": 1, "PoolZSize": 1}
    steps = {"PoolXStep": 1, "PoolYStep": 1, "PoolZStep": 1}
    body = b"".join(_token(f"<{name}>") + _int(number) for name, number in {**sizes, **steps}.items())
    return _token("<MaxpoolingComponent>") + body + _token("</MaxpoolingComponent>")


def _no_op(width: int) -> bytes:
    body = _token("<Dim>") + _int(width) + _token("<BackpropScale>") + _float(1)
    return _token("<NoOpComponent>") + body + _token("</NoOpComponent>")


def _token(text: str) -> bytes:
    return text.encode("ascii") + b" "


def _int(number: int) -> bytes:
    return struct.pack("<bi", 4, number)  # a byte with the size, then the number


def _float(number: float) -> bytes:
    return struct.pack("<bf", 4, number)


def _ints(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<bi{len(numbers)}i", 4, len(numbers), *numbers)


def _vector(numbers: Sequence[float] | Floats) -> bytes:
    return _token("FV") + _int(len(numbers)) + np.asarray(numbers, "<f4").tobytes()


def _matrix(numbers: Floats) -> bytes:
    rows, columns = numbers.shape
    return _token("FM") + _int(rows) + _int(columns) + np.ascontiguousarray(numbers, "<f4").tobytes()
