"""Reads question and passage together, where `NARUTALK_RERANKER_MODEL` names a model that can."""

import math
import os
import threading
from collections.abc import Sequence
from typing import Protocol

from narutalk.errors import ConfigurationError

RERANKED = 20
"""Passages that are read anew: a cross-encoder takes some milliseconds for each."""


class Reranker(Protocol):
    """Scores passages for a question."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return how well each text answers, 0 to 1."""


class CrossEncoderReranker:
    """Any cross-encoder of sentence-transformers with one output, by hub name or folder. Thread-safe."""

    def __init__(self, name: str) -> None:
        try:
            os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise ConfigurationError(
                f"NARUTALK_RERANKER_MODEL={name} needs sentence-transformers: pip install 'narutalk[models]'."
            ) from error
        self._model = CrossEncoder(name)
        self._lock = threading.Lock()  # guards the model, which is not thread-safe
        if self._model.num_labels != 1:
            raise ConfigurationError(f"NARUTALK_RERANKER_MODEL={name} does not give one score for a pair.")

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        with self._lock:
            logits = self._model.predict([(query, text) for text in texts], activation_fn=_identity())
        return [1 / (1 + math.exp(-max(-50.0, min(50.0, float(logit))))) for logit in logits]


def build_reranker(name: str) -> Reranker | None:
    """Return the reranker that is named, loaded; None when none is.

    Raises:
        ConfigurationError: It needs sentence-transformers, which is not installed, or is of another kind.
    """
    return CrossEncoderReranker(name) if name else None


def _identity() -> object:
    from torch.nn import Identity

    return Identity()
