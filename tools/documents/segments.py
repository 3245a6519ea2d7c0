"""An inverted index in immutable segments, as search engines keep it: adding and removing stay cheap."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

MERGE_AT = 8
"""So many segments at most; then they become one."""


class TermCounts(NamedTuple):
    """A passage's terms, by number, and how often each occurs."""

    passage_id: str
    terms: Integers
    counts: Floats


class Postings(NamedTuple):
    """Where a term occurs: rows of living passages, and how often in each."""

    rows: Integers
    counts: Floats


@dataclass(frozen=True)
class Segment:
    """Passages with their terms.

    Attributes:
        ids: Of the passages, one for each row.
        documents: Each document's rows, first and one after the last.
        lengths: In terms, by row.
        alive: False for the rows of documents that were removed.
        terms: Ascending.
        starts: Where each term's postings begin; one more than terms.
        rows: The postings' rows.
        counts: The postings' term counts.
    """

    ids: Sequence[str]
    documents: Mapping[str, tuple[int, int]]
    lengths: Floats
    alive: npt.NDArray[np.bool_]
    terms: Integers
    starts: npt.NDArray[np.int64]
    rows: Integers
    counts: Floats

    def postings(self, term: int) -> Postings:
        """Return a term's postings in living passages."""
        at = int(np.searchsorted(self.terms, term))
        if at == len(self.terms) or self.terms[at] != term:
            return Postings(self.rows[:0], self.counts[:0])
        span = slice(int(self.starts[at]), int(self.starts[at + 1]))
        rows, counts = self.rows[span], self.counts[span]
        living = self.alive[rows]
        return Postings(rows, counts) if living.all() else Postings(rows[living], counts[living])

    def row(self, document_id: str, passage_id: str) -> int | None:
        """Return the row of a living passage, or None where it is not here."""
        start, end = self.documents.get(document_id, (0, 0))
        for row in range(start, end):
            if self.ids[row] == passage_id:
                return row if self.alive[row] else None
        return None

    def mask(self, allows: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        """Return which rows belong to documents that are looked for."""
        mask = np.zeros(len(self.ids), dtype=np.bool_)
        for document_id, (start, end) in self.documents.items():
            mask[start:end] = allows(document_id)
        return mask

    def without(self, document_ids: Iterable[str]) -> "Segment":
        """Return the segment in which some documents' rows are dead."""
        spans = [self.documents[one] for one in document_ids if one in self.documents]
        if not spans:
            return self
        alive = self.alive.copy()
        for start, end in spans:
            alive[start:end] = False
        return replace(self, alive=alive)


def build_segment(documents: Mapping[str, Sequence[TermCounts]]) -> Segment:
    """Return a segment of new documents."""
    passages = [passage for parts in documents.values() for passage in parts]
    spans, start = {}, 0
    for document_id, parts in documents.items():
        spans[document_id] = (start, start + len(parts))
        start += len(parts)
    sizes = [len(passage.terms) for passage in passages]
    return _sorted(
        [passage.passage_id for passage in passages],
        spans,
        np.array([passage.counts.sum() for passage in passages], dtype=np.float32),
        np.concatenate([passage.terms for passage in passages] or [np.empty(0, np.int32)]),
        np.repeat(np.arange(len(passages), dtype=np.int32), sizes),
        np.concatenate([passage.counts for passage in passages] or [np.empty(0, np.float32)]),
    )


def merge(segments: Sequence[Segment]) -> Segment:
    """Return one segment of the living passages of several."""
    ids: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    parts: list[tuple[Floats, Integers, Integers, Floats]] = []
    for segment in segments:
        moved = (np.cumsum(segment.alive) - 1 + len(ids)).astype(np.int32)
        for document_id, (start, end) in segment.documents.items():
            if end > start and segment.alive[start]:
                spans[document_id] = (int(moved[start]), int(moved[end - 1]) + 1)
        kept = segment.alive[segment.rows]
        terms = np.repeat(segment.terms, np.diff(segment.starts))[kept]
        parts.append((segment.lengths[segment.alive], terms, moved[segment.rows[kept]], segment.counts[kept]))
        ids += [one for one, living in zip(segment.ids, segment.alive, strict=True) if living]
    lengths, terms, rows, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _sorted(ids, spans, lengths, terms, rows, counts)


def _sorted(
    ids: Sequence[str],
    documents: Mapping[str, tuple[int, int]],
    lengths: Floats,
    terms: Integers,
    rows: Integers,
    counts: Floats,
) -> Segment:
    order = np.argsort(terms, kind="stable")
    distinct, firsts = np.unique(terms[order], return_index=True)
    starts = np.append(firsts, len(terms)).astype(np.int64)
    alive = np.ones(len(ids), dtype=np.bool_)
    return Segment(ids, documents, lengths, alive, distinct, starts, rows[order], counts[order])
