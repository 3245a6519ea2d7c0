"""BM25 over passages: English words stemmed (Snowball), Korean as character bigrams."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np
import Stemmer

_TOKEN = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|[가-힣]+")
_ENGLISH_STOP_WORDS = frozenset(
    """
    a an and are as at be by can do does for from has have how i if in is it its may must my of on or
    our shall should that the their this to was we what when where which who will with you your
    """.split()
)


class Tokenizer:
    """Splits text into the terms that BM25 counts. Not thread-safe."""

    def __init__(self) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text, in order, with repetitions."""
        terms: list[str] = []
        for token in _TOKEN.findall(text.lower()):
            if "가" <= token[0] <= "힣":
                terms.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
            elif token not in _ENGLISH_STOP_WORDS:
                terms.append(self._stem(token))
        return terms


@dataclass(frozen=True)
class _Snapshot:
    ids: list[str]
    access: np.ndarray
    retriever: bm25s.BM25 | None
    frequencies: Mapping[str, int]


class LexicalIndex:
    """An in-memory BM25 index (Lucene's variant, k1 1.5, b 0.75). Searches see one snapshot each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the tokenizer's stemmer
        self._tokenizer = Tokenizer()
        self._snapshot = _Snapshot([], np.array([]), None, {})

    def rebuild(self, ids: Sequence[str], texts: Sequence[str], access: Sequence[str]) -> None:
        """Replace the index.

        Args:
            ids: Of the passages.
            texts: What is searched, one for each id.
            access: The access key of each passage.
        """
        terms = [self._terms(text) for text in texts]
        frequencies: dict[str, int] = {}
        for passage in terms:
            for term in set(passage):
                frequencies[term] = frequencies.get(term, 0) + 1
        retriever = None
        if frequencies:
            retriever = bm25s.BM25(k1=1.5, b=0.75)
            retriever.index(terms, show_progress=False)
        self._snapshot = _Snapshot(list(ids), np.array(list(access)), retriever, frequencies)

    def search(self, query: str, *, limit: int, access: Sequence[str] | None) -> dict[str, float]:
        """Return the best passages' BM25 scores by id; only positive ones.

        Args:
            query: In the person's words.
            limit: How many at most.
            access: The access keys the caller may read; None for all. Applied before ranking.
        """
        snapshot = self._snapshot
        terms = [term for term in self._terms(query) if term in snapshot.frequencies]
        if snapshot.retriever is None or not terms:
            return {}
        scores = snapshot.retriever.get_scores(terms)
        if access is not None:
            scores = np.where(np.isin(snapshot.access, list(access)), scores, 0.0)
        best = np.argsort(-scores, kind="stable")[:limit]
        return {snapshot.ids[i]: float(scores[i]) for i in best if scores[i] > 0}

    def term_weights(self, text: str) -> dict[str, float]:
        """Return the inverse document frequency of each term of a text, those never seen included."""
        snapshot = self._snapshot
        count = len(snapshot.ids)
        return {
            term: float(np.log(1 + (count - seen + 0.5) / (seen + 0.5)))
            for term in set(self._terms(text))
            for seen in (snapshot.frequencies.get(term, 0),)
        }

    def overlap(self, weights: Mapping[str, float], text: str) -> float:
        """Return the share of the weights' total whose terms occur in a text, 0 to 1."""
        total = sum(weights.values())
        found = set(self._terms(text))
        return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0

    def _terms(self, text: str) -> list[str]:
        with self._lock:
            return self._tokenizer.terms(text)
