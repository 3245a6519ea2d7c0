"""The passage index: vectors and BM25, kept to the catalogue, and searched together."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from narutalk.identity import Identity
from narutalk.languages import detect_language
from tools.documents.context import context_text, passage_context
from tools.documents.fusion import DenseHit, Fused, fuse
from tools.documents.lexical import LexicalIndex, LexicalView
from tools.documents.merging import merge_hits
from tools.documents.models import Document, Passage
from tools.documents.permissions import may_read
from tools.documents.reranking import RERANKED, Reranker
from tools.documents.results import Hit
from tools.documents.shards import Entry, Filters, ShardKey, document_of, entry_of, readable
from tools.documents.store import DocumentStore
from tools.documents.vectors import Question, VectorIndex

CANDIDATES = 40
READ_AT_ONCE = 200
SPARE = 3
"""Passages read for each one wanted: some are merged with others or were removed meanwhile."""

T = TypeVar("T")


class Retrieved(NamedTuple):
    """What the retrievers found, before passages are read.

    Attributes:
        dense: By passage id; empty while a new model's vectors are being made for the first time.
        lexical: BM25 scores by passage id.
        fused: Both, best first.
        took_ms: By stage.
    """

    dense: Mapping[str, DenseHit]
    lexical: Mapping[str, float]
    fused: Sequence[Fused]
    view: LexicalView
    took_ms: Mapping[str, float]


class PassageIndex:
    """Answers searches from the shards that a caller may read. Thread-safe; every call blocks.

    Args:
        store: The catalogue, which says what is there and who may read it.
        vectors: None while there are none yet: then BM25 answers alone.
        reranker: Reads the best passages anew; None for none.
    """

    def __init__(
        self, store: DocumentStore, vectors: VectorIndex | None, reranker: Reranker | None = None
    ) -> None:
        self._store = store
        self._reranker = reranker
        self._vectors = vectors
        self._lexical = LexicalIndex()
        self._entries: dict[str, Entry] = {}
        self._revision = -1
        self._refreshing = threading.Lock()  # guards that one thread at a time follows the catalogue

    @property
    def vectors(self) -> VectorIndex | None:
        """What is searched now."""
        return self._vectors

    def refresh(self) -> None:
        """Follow what has changed in the catalogue since the last time."""
        with self._refreshing:
            self._follow()

    def catch_up(self) -> None:
        """Notice what another instance has published: one row is read, and rarely more."""
        if self._store.revision() != self._revision:
            self.refresh()

    def use(self, vectors: VectorIndex) -> None:
        """Search these vectors from now on; they must hold every passage."""
        with self._refreshing:
            vectors.load({entry.shard for entry in self._entries.values()})
            self._vectors = vectors

    def add(self, document: Document, passages: Iterable[Passage]) -> None:
        """Embed some of a document's passages, before it is in the catalogue.

        Searches see them after `refresh`.
        """
        if self._vectors is not None:
            self._vectors.add(entry_of(document), {one.id: passage_context(one) for one in passages})

    def delete(self, shard: ShardKey, passage_ids: Sequence[str]) -> None:
        """Delete passages' vectors, after these have left the catalogue."""
        if self._vectors is not None:
            self._vectors.delete(shard, passage_ids)

    def move(self, document: Document, access: str) -> None:
        """Take a document's vectors to the shard of another access key, which the catalogue has already."""
        if self._vectors is not None:
            old = entry_of(document)
            new = old._replace(shard=ShardKey(old.shard.language, access))
            self._vectors.move(new, old.shard, [passage.id for passage in document.passages])

    def search(self, identity: Identity, query: str, *, top_k: int, filters: Filters) -> list[Hit]:
        """Return the best passages the person may read, best first; neighbours and duplicates are one."""
        return self.read(identity, query, self.retrieve(identity, query, filters), top_k=top_k)

    def read(self, identity: Identity, query: str, found: Retrieved, *, top_k: int) -> list[Hit]:
        """Return the best of what was retrieved as hits, merged."""
        hits: list[Hit] = []
        first = RERANKED if self._reranker else 0
        if self._reranker:
            hits = self._rerank(self._reranker, identity, query, found)
        for part in _batches(found.fused[first:], SPARE * top_k):
            if len(merge_hits(hits)) >= top_k:
                break
            hits += self._read(identity, query, found.view, part)
        return merge_hits(hits)[:top_k]

    def _rerank(self, reranker: Reranker, identity: Identity, query: str, found: Retrieved) -> list[Hit]:
        """Return the first passages in the reranker's order; the rest keep theirs, below."""
        hits = list(self._read(identity, query, found.view, found.fused[:RERANKED]))
        texts = [context_text(hit.title, hit.section, hit.text) for hit in hits]
        scored = zip(hits, reranker.scores(query, texts), strict=True)
        reranked = [hit.model_copy(update={"score": round(score, 4)}) for hit, score in scored]
        return sorted(reranked, key=lambda hit: -hit.score)

    def retrieve(self, identity: Identity, query: str, filters: Filters) -> Retrieved:
        """Return what each retriever finds in what the person may read, and both fused."""
        watch = _Stopwatch()
        self.catch_up()
        entries, vectors, language = self._entries, self._vectors, detect_language(query)
        keys = [key for key in readable(identity, _shards(entries)) if filters.allows_shard(key)]
        allows = _allows(entries, filters)
        watch.stop("catalogue")
        view = self._lexical.view(keys)
        scores = view.score(query)
        lexical = scores.best(CANDIDATES, allows)
        watch.stop("bm25")
        dense: dict[str, DenseHit] = {}
        understood = [key for key in keys if vectors is not None and vectors.understands(key.language)]
        if vectors is not None and understood and vectors.understands(language):
            question = Question(
                text=query,
                language=language,
                limit=CANDIDATES,
                candidates=_by_key(lexical, entries),
                filters=filters,
                allows=allows,
            )
            viewpoints = vectors.embed(question)
            watch.stop("embed")
            dense = vectors.search(understood, question, viewpoints)
            watch.stop("dense")
        lexical |= scores.of([passage_id for passage_id in dense if passage_id not in lexical])
        fused = fuse(dense, lexical, language=language, limit=3 * CANDIDATES)
        watch.stop("fuse")
        return Retrieved(dense, lexical, fused, view, watch.took_ms)

    def _read(
        self, identity: Identity, query: str, view: LexicalView, ranked: Iterable[Fused]
    ) -> Iterator[Hit]:
        """Yield the passages, unless their documents were removed or closed to the person meanwhile."""
        ranked = list(ranked)
        passages = self._store.passages([entry.passage_id for entry in ranked])
        weights = view.term_weights(query)
        for entry in ranked:
            passage = passages.get(entry.passage_id)
            if passage is not None and may_read(identity, passage.document.access):
                yield _hit(passage, entry, view.overlap(weights, passage_context(passage)))

    def _follow(self) -> None:
        revision = self._store.revision()  # read before: what is published meanwhile is noticed afterwards
        before, now = self._entries, self._store.entries()
        changed = {
            entry.document_id: entry for entry in now.values() if before.get(entry.document_id) != entry
        }
        gone = [entry for entry in before.values() if now.get(entry.document_id) != entry]
        for key, entries in _by_shard(gone):
            self._lexical.remove(key, [entry.document_id for entry in entries])
        for key, entries in _by_shard(changed.values()):
            for part in _batches(entries, READ_AT_ONCE):
                self._lexical.add(key, self._contexts(part))
        if self._vectors is not None:
            self._vectors.load({entry.shard for entry in [*gone, *changed.values()]})
        self._entries = now
        self._revision = revision

    def _contexts(self, entries: Sequence[Entry]) -> dict[str, dict[str, str]]:
        passages = self._store.passages_of([entry.document_id for entry in entries])
        return {
            document_id: {passage.id: passage_context(passage) for passage in parts}
            for document_id, parts in groupby(passages, key=lambda passage: passage.document_id)
        }


class _Stopwatch:
    """Says how long each of several steps took."""

    def __init__(self) -> None:
        self.took_ms: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.took_ms[stage] = (now - self._last) * 1000
        self._last = now


def _shards(entries: Mapping[str, Entry]) -> set[ShardKey]:
    return {entry.shard for entry in entries.values()}


def _allows(entries: Mapping[str, Entry], filters: Filters) -> Callable[[str], bool] | None:
    """Return what says of a document whether it is looked for; None where its shard says it."""
    if not filters.looks_at_documents:
        return None
    allowed = {document_id for document_id, entry in entries.items() if filters.allows(entry)}
    return allowed.__contains__


def _by_shard(entries: Iterable[Entry]) -> Iterator[tuple[ShardKey, list[Entry]]]:
    for key, part in groupby(sorted(entries, key=_shard), key=_shard):
        yield key, list(part)


def _by_key(passage_ids: Iterable[str], entries: Mapping[str, Entry]) -> dict[ShardKey, set[str]]:
    """Return passages by the shards they are in."""
    found: dict[ShardKey, set[str]] = {}
    for passage_id in passage_ids:
        if entry := entries.get(document_of(passage_id)):
            found.setdefault(entry.shard, set()).add(passage_id)
    return found


def _shard(entry: Entry) -> ShardKey:
    return entry.shard


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _hit(passage: Passage, entry: Fused, coverage: float) -> Hit:
    return Hit(
        text=passage.text,
        quote=passage.text,
        score=round(entry.score, 4),
        similarity=round(entry.similarity, 4),
        coverage=round(coverage, 4),
        document_id=passage.document_id,
        position=passage.position,
        title=passage.document.title,
        page=passage.page,
        section=passage.section,
        cells=passage.cells,
        source=passage.document.source,
        language=passage.document.language,
    )
