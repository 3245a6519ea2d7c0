"""Writes e5's network as an ONNX model, field by field: the package `onnx` is not needed to run one.

Field numbers are those of onnx.proto3; operators of the domain `com.microsoft` are onnxruntime's own.
"""

import struct
from collections.abc import Iterable, Sequence

import numpy as np

from narutalk.embedding.e5_file import E5File, Floats, unpack

IR_VERSION = 10
OPSET = 18
_MICROSOFT = "com.microsoft"
_FLOAT, _INT32 = 1, 6
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE = 1, 2

EMBEDDINGS, MASK, HIDDEN = "embeddings", "mask", "hidden"


def build_model(file: E5File) -> bytes:
    """Return the encoder: float32 ``embeddings`` (texts, tokens, hidden) and ``mask`` to ``hidden``.

    Args:
        file: Its 4-bit weights are unpacked to float32, which is exact, and what runs fastest on every CPU.
    """
    graph = _Graph(file)
    width = file.shape.hidden
    shape = ("texts", "tokens", width)
    body = [
        *(_field(1, node) for node in graph.nodes),
        _field(2, "e5"),
        *(_field(5, weights) for weights in graph.weights),
        _field(11, _value(EMBEDDINGS, _FLOAT, shape)),
        _field(11, _value(MASK, _INT32, shape[:2])),
        _field(12, _value(HIDDEN, _FLOAT, shape)),
    ]
    opsets = [_field(8, _field(1, domain) + _field(2, version)) for domain, version in _OPSETS]
    return b"".join([_field(1, IR_VERSION), _field(7, b"".join(body)), *opsets])


_OPSETS = (("", OPSET), (_MICROSOFT, 1))


class _Graph:
    """BERT's encoder: post-norm attention and feed-forward blocks."""

    def __init__(self, file: E5File) -> None:
        self._file = file
        self.nodes: list[bytes] = []
        self.weights: list[bytes] = []
        norm = self._norm("emb.ln")
        epsilon = file.shape.epsilon
        self.nodes.append(
            _node("LayerNormalization", [EMBEDDINGS, *norm], ["l0.in"], axis=2, epsilon=epsilon)
        )
        for number in range(file.shape.layers):
            last = number == file.shape.layers - 1
            self._layer(f"l{number}.", HIDDEN if last else f"l{number + 1}.in")

    def _layer(self, at: str, out: str) -> None:
        width, inner, heads = self._file.shape.hidden, self._file.shape.inner, self._file.shape.heads
        parts = [f"{at}{name}" for name in ("q", "k", "v")]
        for part in parts:
            self._linear(part, width, f"{at}in", part)
        attention = [*parts, "", MASK]
        self.nodes.append(
            _node("MultiHeadAttention", attention, [f"{at}seen"], domain=_MICROSOFT, num_heads=heads)
        )
        self._linear(f"{at}ao", width, f"{at}seen", f"{at}ao")
        self._add_and_norm(f"{at}in", f"{at}ao", f"{at}aln", f"{at}mid")
        self._linear(f"{at}fi", width, f"{at}mid", f"{at}fi")
        self.nodes.append(_node("Gelu", [f"{at}fi"], [f"{at}gelu"], domain=_MICROSOFT))
        self._linear(f"{at}fo", inner, f"{at}gelu", f"{at}fo")
        self._add_and_norm(f"{at}mid", f"{at}fo", f"{at}oln", out)

    def _linear(self, name: str, columns: int, source: str, out: str) -> None:
        weights = self._weights(f"{name}.w", unpack(self._file.blocks(f"{name}.w", columns)).T)
        bias = self._weights(f"{name}.b", self._file.floats(f"{name}.b"))
        self.nodes.append(_node("MatMul", [source, weights], [f"{out}.product"]))
        self.nodes.append(_node("Add", [f"{out}.product", bias], [out]))

    def _add_and_norm(self, left: str, right: str, norm: str, out: str) -> None:
        self.nodes.append(
            _node(
                "SkipLayerNormalization",
                [left, right, *self._norm(norm)],
                [out],
                domain=_MICROSOFT,
                epsilon=self._file.shape.epsilon,
            )
        )

    def _norm(self, name: str) -> tuple[str, str]:
        scale, shift = f"{name}.w", f"{name}.b"
        return (
            self._weights(scale, self._file.floats(scale)),
            self._weights(shift, self._file.floats(shift)),
        )

    def _weights(self, name: str, values: Floats) -> str:
        sizes = b"".join(_field(1, size) for size in values.shape)
        raw = np.ascontiguousarray(values, dtype="<f4").tobytes()
        self.weights.append(sizes + _field(2, _FLOAT) + _field(8, name) + _field(9, raw))
        return name


def _node(
    operator: str, inputs: Iterable[str], outputs: Iterable[str], *, domain: str = "", **attributes: float
) -> bytes:
    fields = [_field(1, name) for name in inputs] + [_field(2, name) for name in outputs]
    fields.append(_field(4, operator))
    fields += [_field(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join([*fields, _field(7, domain)])


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT_ATTRIBUTE)
    return _field(1, name) + _field(2, value) + _field(20, _FLOAT_ATTRIBUTE)


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    sizes = [_field(2, size) if isinstance(size, str) else _field(1, size) for size in shape]
    dimensions = _field(2, b"".join(_field(1, size) for size in sizes))
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + dimensions))


def _field(number: int, value: float | str | bytes) -> bytes:
    """Return a field of a protobuf message."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
