"""Passages' vectors in Chroma, through langchain-chroma: one collection for each shard of one model."""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from langchain_chroma import Chroma

from narutalk.embedding import Embedder
from narutalk.languages import Language
from tools.documents.chroma import collection_name
from tools.documents.fusion import DenseHit
from tools.documents.shards import Entry, Filters, ShardKey, document_of

ADD_BATCH = 128
EXACT_BELOW = 2000
"""Shards of fewer passages are searched in memory, which is exact and takes microseconds; larger ones through
Chroma's graph (HNSW), which takes some milliseconds each, however large."""
MEAN_SAMPLE = 1000
FEW_PASSAGES = 20
SEARCH_THREADS = 4

Vectors = npt.NDArray[np.float32]


class _Shard(NamedTuple):
    """A shard as searches see it. `vectors` are all of `ids` when it is small, else a sample for the mean."""

    ids: Sequence[str]
    vectors: Vectors
    count: int

    @property
    def is_exact(self) -> bool:
        return self.count == len(self.vectors)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a vector search looks for.

    Attributes:
        vector: Of the question, of unit length.
        limit: How many passages of each language at most, beside candidates.
        candidates: Ids of passages that are returned as well.
        filters: Applied before ranking.
        allows: The same for a document by its id; None where the shards say it all.
    """

    vector: Sequence[float]
    limit: int
    candidates: Collection[str]
    filters: Filters
    allows: Callable[[str], bool] | None


class VectorIndex:
    """The vectors of one embedding model. Those of another model live in collections of their own.

    Args:
        client: From `build_client`.
        embedder: Also names the collections.
    """

    def __init__(self, client: ClientAPI, embedder: Embedder) -> None:
        self.client = client
        self.embedder = embedder
        self._collections: dict[ShardKey, Chroma] = {}
        self._shards: dict[ShardKey, _Shard] = {}
        self._threads = ThreadPoolExecutor(SEARCH_THREADS, thread_name_prefix="vectors")

    def close(self) -> None:
        """End the search threads."""
        self._threads.shutdown(wait=True)

    def load(self, keys: Iterable[ShardKey]) -> None:
        """Read shards anew in which something has changed; searches see them only then."""
        loaded = {key: self._read(key) for key in keys}
        shards = {**self._shards, **loaded}
        self._shards = {key: shard for key, shard in shards.items() if shard.count}

    def add(self, entry: Entry, texts: Mapping[str, str]) -> None:
        """Embed and store passages of one document, by id; ids that exist are replaced."""
        metadata = _metadata(entry)
        collection = self._collection(entry.shard)
        items = list(texts.items())
        for start in range(0, len(items), ADD_BATCH):
            ids, batch = zip(*items[start : start + ADD_BATCH], strict=True)
            collection.add_texts(list(batch), metadatas=[metadata] * len(ids), ids=list(ids))

    def move(self, entry: Entry, old: ShardKey, ids: Sequence[str]) -> None:
        """Take a document's vectors from another shard to the entry's, without embedding anything."""
        source = self.client.get_collection(collection_name(self.embedder.name, old))
        kept = source.get(ids=list(ids), include=["embeddings", "documents"])
        if kept["ids"]:
            self._collection(entry.shard)  # is made where there is none
            self.client.get_collection(collection_name(self.embedder.name, entry.shard)).upsert(
                ids=kept["ids"],
                embeddings=kept["embeddings"],
                documents=kept["documents"],
                metadatas=[_metadata(entry)] * len(kept["ids"]),
            )
            source.delete(ids=kept["ids"])

    def delete(self, key: ShardKey, ids: Collection[str]) -> None:
        """Remove passages; unknown ids are ignored."""
        if ids:
            self._collection(key).delete(ids=list(ids))

    def stored_ids(self, key: ShardKey) -> set[str]:
        """Return the ids of a shard's passages."""
        return set(self._collection(key).get(include=[])["ids"])

    def search(self, keys: Iterable[ShardKey], question: Question) -> dict[str, DenseHit]:
        """Return the nearest passages of some shards by id; nothing depends on the other shards."""
        shards = {key: shard for key in keys if (shard := self._shards.get(key))}
        vector = np.asarray(question.vector, dtype=np.float32)
        usual = {language: float(vector @ mean) for language, mean in _means(shards).items()}
        found = self._threads.map(lambda item: self._near(*item, question, vector), shards.items())
        near: dict[Language, dict[str, float]] = {language: {} for language in usual}
        for key, passages in zip(shards, found, strict=True):
            near[key.language] |= passages
        return {
            passage_id: DenseHit(similarity, similarity - usual[language], language)
            for language, passages in near.items()
            for passage_id, similarity in _nearest(passages, question).items()
        }

    def _near(self, key: ShardKey, shard: _Shard, question: Question, vector: Vectors) -> dict[str, float]:
        if shard.is_exact:
            return _exact(shard, question, vector)
        collection = self._collection(key)
        hits = collection.similarity_search_by_vector_with_relevance_scores(
            list(question.vector),
            k=question.limit,
            filter=_where(question.filters),  # type: ignore[arg-type]
        )
        near = {str(hit.id): 1.0 - distance for hit, distance in hits}
        unreached = [passage_id for passage_id in question.candidates if passage_id not in near]
        return near | _similarities(collection, vector, unreached)

    def _read(self, key: ShardKey) -> _Shard:
        stored = self._collection(key).get(include=["embeddings"], limit=EXACT_BELOW)
        ids: list[str] = stored["ids"]
        vectors = np.asarray(stored["embeddings"], dtype=np.float32)
        if len(ids) < EXACT_BELOW:
            return _Shard(ids, vectors, len(ids))
        return _Shard([], vectors[:MEAN_SAMPLE], self._size(key))

    def _size(self, key: ShardKey) -> int:
        return self.client.get_collection(collection_name(self.embedder.name, key)).count()

    def _collection(self, key: ShardKey) -> Chroma:
        if key not in self._collections:
            self._collections[key] = Chroma(
                client=self.client,
                collection_name=collection_name(self.embedder.name, key),
                embedding_function=self.embedder,
                collection_metadata={"hnsw:space": "cosine"},
            )
        return self._collections[key]


def _exact(shard: _Shard, question: Question, vector: Vectors) -> dict[str, float]:
    similarities = shard.vectors @ vector
    rows = np.arange(len(shard.ids))
    if question.allows is not None:
        rows = rows[[question.allows(document_of(passage_id)) for passage_id in shard.ids]]
    best = rows[np.argsort(-similarities[rows], kind="stable")[: question.limit]].tolist()
    named = [row for row, passage_id in enumerate(shard.ids) if passage_id in question.candidates]
    return {shard.ids[row]: float(similarities[row]) for row in {*best, *named}}


def _nearest(passages: Mapping[str, float], question: Question) -> dict[str, float]:
    """Return a language's nearest passages, and the candidates among them."""
    ranked = sorted(passages, key=lambda passage_id: (-passages[passage_id], passage_id))
    near = set(ranked[: question.limit])
    return {one: value for one, value in passages.items() if one in near or one in question.candidates}


def _means(shards: Mapping[ShardKey, _Shard]) -> dict[Language, Vectors]:
    """Return each language's mean vector, which similarities are compared with.

    A language of few passages leans on the mean of all, for its own would say nothing.
    """
    sums: dict[Language, tuple[Vectors, int]] = {}
    for key, shard in shards.items():
        total, count = sums.get(key.language, (np.zeros(1, dtype=np.float32), 0))
        sums[key.language] = (total + shard.vectors.mean(axis=0) * shard.count, count + shard.count)
    everything = sum(total for total, _ in sums.values()) / max(1, sum(count for _, count in sums.values()))
    return {
        language: ((total + FEW_PASSAGES * everything) / (count + FEW_PASSAGES)).astype(np.float32)
        for language, (total, count) in sums.items()
    }


def _similarities(collection: Chroma, vector: Vectors, ids: list[str]) -> dict[str, float]:
    """Return the cosine of each passage's vector with another; ids of other collections are left out."""
    stored = collection.get(ids=ids, include=["embeddings"]) if ids else {"ids": []}
    if not stored["ids"]:
        return {}
    passages = np.asarray(stored["embeddings"], dtype=np.float32)
    return dict(zip(stored["ids"], (passages @ vector).tolist(), strict=True))


def _metadata(entry: Entry) -> dict[str, str | int]:
    return {
        "document_id": entry.document_id,
        "category": entry.category,
        "format": entry.format,
        "date": _day(entry.date) if entry.date else 0,
    }


def _where(filters: Filters) -> dict[str, Any] | None:
    """Return filters as Chroma reads them."""
    conditions: list[dict[str, Any]] = []
    if filters.category:
        conditions.append({"category": filters.category})
    if filters.format:
        conditions.append({"format": filters.format})
    if filters.since or filters.until:
        conditions.append({"date": {"$gte": _day(filters.since) if filters.since else 1}})
    if filters.until:
        conditions.append({"date": {"$lte": _day(filters.until)}})
    return {"$and": conditions} if len(conditions) > 1 else next(iter(conditions), None)


def _day(date: datetime.date) -> int:
    return date.year * 10_000 + date.month * 100 + date.day
