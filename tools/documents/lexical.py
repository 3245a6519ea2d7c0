"""BM25 (Lucene's variant) over the shards that a caller may read."""

import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np

from tools.documents.segments import (
    MERGE_AT,
    Floats,
    Postings,
    Segment,
    TermCounts,
    build_segment,
    merge,
)
from tools.documents.shards import ShardKey, document_of
from tools.documents.terms import Tokenizer

K1, B = 1.5, 0.75


class LexicalIndex:
    """An in-memory index that follows the catalogue document by document. Searches see one snapshot each."""

    def __init__(self) -> None:
        self._writing = threading.Lock()  # guards that changes follow one another; readers need none
        self._tokenizer = Tokenizer()
        self._numbers: dict[str, int] = {}
        self._shards: dict[ShardKey, tuple[Segment, ...]] = {}

    def add(self, key: ShardKey, documents: Mapping[str, Mapping[str, str]]) -> None:
        """Add documents to a shard.

        Args:
            key: Of the shard.
            documents: By document id, what is searched of each passage, by passage id, in reading order.
        """
        counted = {
            document_id: [self._count(passage_id, text) for passage_id, text in passages.items()]
            for document_id, passages in documents.items()
        }
        with self._writing:
            segments = (*self._shards.get(key, ()), build_segment(counted))
            self._shards[key] = segments if len(segments) < MERGE_AT else (merge(segments),)

    def remove(self, key: ShardKey, document_ids: Collection[str]) -> None:
        """Remove documents from a shard; unknown ones are ignored."""
        with self._writing:
            segments = [segment.without(document_ids) for segment in self._shards.get(key, ())]
            self._shards[key] = tuple(segment for segment in segments if segment.alive.any())
            if not self._shards[key]:
                del self._shards[key]

    def view(self, keys: Iterable[ShardKey]) -> "LexicalView":
        """Return what can be searched through some shards, and nothing of the others."""
        segments = [segment for key in keys for segment in self._shards.get(key, ())]
        return LexicalView(segments, self._tokenizer, self._numbers)

    def _count(self, passage_id: str, text: str) -> TermCounts:
        counts = Counter(self._tokenizer.terms(text))
        with self._writing:
            numbers = [self._numbers.setdefault(term, len(self._numbers)) for term in counts]
        return TermCounts(
            passage_id, np.array(numbers, dtype=np.int32), np.array([*counts.values()], dtype=np.float32)
        )


class LexicalView:
    """Some shards as one index: rarity and usual length are theirs alone."""

    def __init__(self, segments: Sequence[Segment], tokenizer: Tokenizer, numbers: Mapping[str, int]) -> None:
        self._segments = segments
        self._tokenizer = tokenizer
        self._numbers = numbers
        self._count = sum(int(segment.alive.sum()) for segment in segments)
        total = sum(float(segment.lengths[segment.alive].sum()) for segment in segments)
        self._usual_length = total / self._count if total else 1.0

    def score(self, query: str) -> "LexicalScores":
        """Return the BM25 scores of all passages for a query in the person's words."""
        wanted = Counter(self._tokenizer.terms(query))
        scores = [np.zeros(len(segment.ids), dtype=np.float32) for segment in self._segments]
        for term, times in wanted.items():
            found = self._postings(term)
            rarity = self._rarity(found)
            for segment, own, (rows, counts) in zip(self._segments, scores, found, strict=True):
                own[rows] += times * rarity * self._saturated(segment, rows, counts)
        return LexicalScores(self._segments, scores)

    def term_weights(self, text: str) -> dict[str, float]:
        """Return the inverse document frequency of each term of a text, those never seen included."""
        return {term: self._rarity(self._postings(term)) for term in set(self._tokenizer.terms(text))}

    def overlap(self, weights: Mapping[str, float], text: str) -> float:
        """Return the share of the weights' total whose terms occur in a text, 0 to 1."""
        total = sum(weights.values())
        found = set(self._tokenizer.terms(text))
        return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0

    def _postings(self, term: str) -> list[Postings]:
        number = self._numbers.get(term, -1)
        return [segment.postings(number) for segment in self._segments]

    def _rarity(self, postings: Iterable[Postings]) -> float:
        seen = sum(len(part.rows) for part in postings)
        return math.log(1 + (self._count - seen + 0.5) / (seen + 0.5))

    def _saturated(self, segment: Segment, rows: np.ndarray, counts: Floats) -> Floats:
        norm = K1 * (1 - B + B * segment.lengths[rows] / self._usual_length)
        saturated: Floats = counts / (counts + norm)
        return saturated


class LexicalScores:
    """The BM25 scores of a view's passages for one query."""

    def __init__(self, segments: Sequence[Segment], scores: Sequence[Floats]) -> None:
        self._segments = segments
        self._scores = scores

    def best(self, limit: int, allows: Callable[[str], bool] | None = None) -> dict[str, float]:
        """Return the best passages' scores by id, best first; only positive ones.

        Args:
            limit: How many at most.
            allows: Says of a document's id whether it is looked for at all. Applied before ranking.
        """
        best: list[tuple[float, str]] = []
        for segment, own in zip(self._segments, self._scores, strict=True):
            scores = own if allows is None else np.where(segment.mask(allows), own, 0)
            rows = np.flatnonzero(scores)
            if len(rows) > limit:
                rows = rows[scores[rows] >= np.partition(scores[rows], -limit)[-limit]]
            best += [(float(scores[row]), segment.ids[row]) for row in rows.tolist()]
        best.sort(key=lambda entry: (-entry[0], entry[1]))
        return {passage_id: score for score, passage_id in best[:limit]}

    def of(self, passage_ids: Iterable[str]) -> dict[str, float]:
        """Return the scores of some passages, where they are positive."""
        found = {}
        for passage_id in passage_ids:
            for segment, scores in zip(self._segments, self._scores, strict=True):
                row = segment.row(document_of(passage_id), passage_id)
                if row is not None and scores[row] > 0:
                    found[passage_id] = float(scores[row])
        return found
