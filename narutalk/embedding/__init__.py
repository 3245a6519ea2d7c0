"""Embedding models: the packaged one, or any that sentence-transformers can load by name."""

from narutalk.embedding.embedder import MAX_TOKENS, Embedder, cut
from narutalk.embedding.packaged import PACKAGED_MODEL, PackagedE5
from narutalk.embedding.sentence_models import SentenceTransformersEmbedder

__all__ = ["MAX_TOKENS", "PACKAGED_MODEL", "Embedder", "build_embedder", "cut"]


def build_embedder(model: str) -> Embedder:
    """Return the embedder of a model; the packaged one is loaded at the first use.

    Raises:
        ConfigurationError: The model needs sentence-transformers, which is not installed.
    """
    return PackagedE5() if model == PACKAGED_MODEL else SentenceTransformersEmbedder(model)
