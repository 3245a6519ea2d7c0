"""Which memories fit a question: by their meaning, and by the words they share."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from graph.memory.items import Memory
from graph.words import shared_words, words

ALIKE = (0.875, 0.86, 0.815)
"""Cosine of e5's raw vectors from which on a memory fits that shares no, one, or more telling words with the
question; measured, see docs/adr/0022."""
SHARED_WORDS = 2
MAX_FOUND = 5


class MemoryEmbedder(Protocol):
    """Makes the vectors. Blocks; thread-safe."""

    def embed_query(self, text: str) -> list[float]: ...

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...


class _Fit(NamedTuple):
    key: str
    score: float


def fitting(question: str, memories: Mapping[str, Memory], embedder: MemoryEmbedder | None) -> list[str]:
    """Return the ids of the notes that fit a question, best first, at most `MAX_FOUND`.

    Without an embedder those fit that share two telling words. Preferences are applied, not searched for.
    Blocks for the embedding, if there are notes at all.
    """
    notes = {key: memory for key, memory in memories.items() if memory.kind == "note"}
    if not notes:
        return []
    asked = embedder.embed_query(question) if embedder else None
    found = []
    for key, memory in notes.items():
        shared = len(shared_words(question, memory.text))
        direction = memory.direction() if asked is not None else None
        if asked is not None and direction is not None and len(direction) == len(asked):
            alike = float(direction @ asked)
            if alike >= ALIKE[min(shared, SHARED_WORDS)]:
                found.append(_Fit(key, alike))
        elif shared >= SHARED_WORDS:
            found.append(_Fit(key, shared / 100))
    return [fit.key for fit in sorted(found, key=lambda fit: -fit.score)[:MAX_FOUND]]


def about(subject: str, memories: Mapping[str, Memory], embedder: MemoryEmbedder | None) -> list[str]:
    """Return the ids of the memories about a subject: that hold all its telling words, else that fit it."""
    telling = words(subject) or [subject.lower()]
    named = [
        key
        for key, memory in memories.items()
        if len(shared_words(" ".join(telling), memory.text)) >= len(telling)
    ]
    return named or fitting(subject, memories, embedder)
