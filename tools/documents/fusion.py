"""Joins dense and lexical scores into one ranking."""

from collections.abc import Mapping
from typing import NamedTuple

DENSE_WEIGHT = 0.5
"""Half and half was best or near it in English and Korean (measured on documentation; see docs/adr)."""


class Fused(NamedTuple):
    """A passage's place in the joint ranking. ``score`` is relative to this query, 0 to 1."""

    passage_id: str
    score: float
    similarity: float


def fuse(dense: Mapping[str, float], lexical: Mapping[str, float], *, limit: int) -> list[Fused]:
    """Return the passages by the weighted sum of min-max scaled scores, best first.

    A passage that one retriever did not return has that retriever's lowest score. Ties are broken by
    the dense similarity, then by id.

    Args:
        dense: Cosine similarities by passage id.
        lexical: BM25 scores by passage id.
        limit: How many at most.
    """
    scaled_dense = _scale(dense)
    scaled_lexical = _scale({**dict.fromkeys(dense, 0.0), **lexical}) if lexical else {}
    fused = [
        Fused(
            passage_id,
            DENSE_WEIGHT * scaled_dense.get(passage_id, 0.0)
            + (1 - DENSE_WEIGHT) * scaled_lexical.get(passage_id, 0.0),
            dense.get(passage_id, 0.0),
        )
        for passage_id in {**dense, **lexical}
    ]
    fused.sort(key=lambda entry: (-entry.score, -entry.similarity, entry.passage_id))
    return fused[:limit]


def _scale(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}
