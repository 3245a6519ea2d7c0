"""Any model that sentence-transformers can load, by hub name or local folder."""

import os
import threading
from collections.abc import Sequence

from narutalk.embedding.embedder import Embedder, cut
from narutalk.errors import ConfigurationError


class SentenceTransformersEmbedder(Embedder):
    """Any model of sentence-transformers. Only this needs torch."""

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
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: list[str]) -> list[list[float]]:
        return self._encode(texts, prefix="query: ")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._encode(texts, prefix="passage: ")

    def _encode(self, texts: Sequence[str], *, prefix: str) -> list[list[float]]:
        prepared = [f"{prefix if self._is_e5 else ''}{cut(text)}" for text in texts]
        with self._lock:
            vectors: list[list[float]] = self._model.encode(prepared, normalize_embeddings=True).tolist()
        return vectors
