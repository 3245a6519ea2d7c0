"""Joins dense and lexical scores into one ranking, over passages in the question's language and in others."""

import math
from collections.abc import Mapping
from typing import NamedTuple

DENSE_WEIGHT = 0.5
"""On Debian's manuals .4 and .5 do equally well; on the sample company .5 finds more across languages
(docs/adr/0004)."""
CROSS_LANGUAGE_CREDIT = 0.7
FLOOR_RANK = 40
"""From this rank on a passage's dense score counts nothing: what BM25 alone has found may lie anywhere."""


class DenseHit(NamedTuple):
    """A passage that the vector search returned.

    Attributes:
        similarity: Cosine with the question.
        advantage: The same, less the mean of all passages in its language: questions lie closer to every
            passage of their own language, which says nothing about the subject.
        language: Of the document.
    """

    similarity: float
    advantage: float
    language: str


class Fused(NamedTuple):
    """A passage's place in the joint ranking. ``score`` is relative to this query, 0 to 1."""

    passage_id: str
    score: float
    similarity: float


def fuse(
    dense: Mapping[str, DenseHit], lexical: Mapping[str, float], *, language: str, limit: int
) -> list[Fused]:
    """Return the passages by the weighted sum of scaled scores, best first.

    Dense scores are scaled between the one at `FLOOR_RANK` and the best; of BM25's the root between none and
    the best. A passage that one retriever did not return has that retriever's lowest score. BM25 cannot see a
    passage in another language, so that one is credited with a share of its dense score instead. Ties are
    broken by the dense similarity, then by id.

    Args:
        dense: By passage id.
        lexical: BM25 scores by passage id, all positive.
        language: Of the question.
        limit: How many at most.
    """
    scaled_dense = _scale({passage_id: hit.advantage for passage_id, hit in dense.items()})
    # The root evens BM25's long tail out: its best score says much less than that it is the best.
    best = math.sqrt(max(lexical.values(), default=0.0))
    scaled_lexical = {passage_id: math.sqrt(score) / best for passage_id, score in lexical.items()}
    fused = []
    for passage_id in {**dense, **lexical}:
        hit = dense.get(passage_id)
        meaning = scaled_dense.get(passage_id, 0.0)
        words = scaled_lexical.get(passage_id, 0.0)
        if hit is not None and hit.language != language:
            words = max(words, CROSS_LANGUAGE_CREDIT * meaning)
        score = DENSE_WEIGHT * meaning + (1 - DENSE_WEIGHT) * words
        fused.append(Fused(passage_id, score, hit.similarity if hit else 0.0))
    fused.sort(key=lambda entry: (-entry.score, -entry.similarity, entry.passage_id))
    return fused[:limit]


def _scale(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    ranked = sorted(scores.values(), reverse=True)
    low, high = ranked[: FLOOR_RANK + 1][-1], ranked[0]
    if high == low:
        return {key: 1.0 if score == high > 0 else 0.0 for key, score in scores.items()}
    return {key: max(0.0, (score - low) / (high - low)) for key, score in scores.items()}
