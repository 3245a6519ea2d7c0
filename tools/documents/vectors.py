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
from tools.documents.usual_questions import USUAL_QUESTIONS

ADD_BATCH = 128
EXACT_BELOW = 2000
"""Shards of fewer passages are searched in memory, which is exact and takes microseconds; larger ones through
Chroma's graph (HNSW), which takes some milliseconds each, however large."""
MEAN_SAMPLE = 1000
FEW_PASSAGES = 20
MIN_SPREAD = 0.6
"""Of a language that a model understands, as a share of its widest. e5's Korean has .98, MiniLM's .43."""
SEARCH_THREADS = 4
OVERFETCH = 10

Vectors = npt.NDArray[np.float32]


class _Shard(NamedTuple):
    """A shard as searches see it. `vectors` are all of `ids` when it is small, else a sample for the mean."""

    ids: Sequence[str]
    vectors: Vectors
    size: int

    @property
    def is_exact(self) -> bool:
        return self.size == len(self.vectors)


class _Profile(NamedTuple):
    """What a model makes of a language's usual questions: their mean, and how far apart it puts them."""

    mean: Vectors
    spread: float


class _Near(NamedTuple):
    """How near a passage is: to the question, and to where the search looks from in the shard's language."""

    similarity: float
    closeness: float


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a vector search looks for.

    Attributes:
        text: In the person's words.
        language: Of the text.
        limit: How many passages of each language at most, beside candidates.
        candidates: Ids of passages that are returned as well, by shard.
        filters: Applied before ranking.
        allows: The same for a document by its id; None where the shards say it all.
    """

    text: str
    language: Language
    limit: int
    candidates: Mapping[ShardKey, Collection[str]]
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
        self._profiles: dict[Language, _Profile] = {}
        self._threads = ThreadPoolExecutor(SEARCH_THREADS, thread_name_prefix="vectors")

    def close(self) -> None:
        """End the search threads."""
        self._threads.shutdown(wait=True)

    def load(self, keys: Iterable[ShardKey]) -> None:
        """Read shards anew in which something has changed; searches see them only then."""
        loaded = {key: self._read(key) for key in keys}
        shards = {**self._shards, **loaded}
        self._shards = {key: shard for key, shard in shards.items() if shard.size}

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

    def embed(self, question: Question) -> "Viewpoints":
        """Return where a search looks from, for `search`."""
        vector = np.asarray(self.embedder.embed_query(question.text), dtype=np.float32)
        return Viewpoints(vector, question.language, vector - self._profile(question.language).mean)

    def search(
        self, keys: Iterable[ShardKey], question: Question, viewpoints: "Viewpoints"
    ) -> dict[str, DenseHit]:
        """Return the nearest passages of some shards by id; nothing depends on the other shards."""
        shards = {key: shard for key in keys if (shard := self._shards.get(key))}
        found = self._threads.map(lambda key: self._near(key, shards[key], question, viewpoints), shards)
        near: dict[Language, dict[str, _Near]] = {}
        for key, passages in zip(shards, found, strict=True):
            near.setdefault(key.language, {}).update(passages)
        usual = {language: float(viewpoints.of(language) @ mean) for language, mean in _means(shards).items()}
        return {
            passage_id: DenseHit(hit.similarity, hit.closeness - usual[language], language)
            for language, passages in near.items()
            for passage_id, hit in _nearest(passages, question).items()
        }

    def understands(self, language: Language) -> bool:
        """Whether the model tells a language's sentences apart as well as those of its best language.

        One that was made for English alone takes all Korean sentences for nearly the same: its vectors would
        say nothing, and harm what BM25 finds.
        """
        spreads = {one: self._profile(one).spread for one in Language}
        return spreads[language] >= MIN_SPREAD * max(spreads.values())

    def _profile(self, language: Language) -> "_Profile":
        if language not in self._profiles:
            questions = USUAL_QUESTIONS[language]
            vectors = np.asarray(self.embedder.embed_queries(questions), dtype=np.float32)
            count = len(questions)
            alike = (float((vectors @ vectors.T).sum()) - count) / (count * (count - 1))
            self._profiles[language] = _Profile(vectors.mean(axis=0), 1 - alike)
        return self._profiles[language]

    def _near(
        self, key: ShardKey, shard: _Shard, question: Question, viewpoints: "Viewpoints"
    ) -> dict[str, _Near]:
        if shard.is_exact:
            return _exact(key, shard, question, viewpoints)
        collection = self._collection(key)
        viewpoint = viewpoints.of(key.language).tolist()
        where = _where(question.filters)
        if question.allows is not None:  # a `where` takes long, and most filters leave enough among more hits
            hits = _ask(collection, viewpoint, OVERFETCH * question.limit, None)
            hits = {one: value for one, value in hits.items() if question.allows(document_of(one))}
        if question.allows is None or len(hits) < question.limit:
            hits = _ask(collection, viewpoint, question.limit, where)
        near = {one: _Near(value, value) for one, value in hits.items()}
        if key.language != question.language:
            near = _measure(collection, list(hits), viewpoints, key.language)
        unreached = [one for one in question.candidates.get(key, ()) if one not in near]
        return near | _measure(collection, unreached, viewpoints, key.language)

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


class Viewpoints(NamedTuple):
    """Where a search looks from.

    Attributes:
        vector: The question's, of unit length: for passages in its own language.
        language: Of the question.
        across: The same without what all questions of the language have in common (`usual_questions`): for
            passages in other languages.
    """

    vector: Vectors
    language: Language
    across: Vectors

    def of(self, language: Language) -> Vectors:
        """Return the one for passages in a language."""
        return self.vector if language == self.language else self.across


def _exact(key: ShardKey, shard: _Shard, question: Question, viewpoints: Viewpoints) -> dict[str, _Near]:
    closeness = shard.vectors @ viewpoints.of(key.language)
    rows = np.arange(len(shard.ids))
    if question.allows is not None:
        rows = rows[[question.allows(document_of(passage_id)) for passage_id in shard.ids]]
    best = rows[np.argsort(-closeness[rows], kind="stable")[: question.limit]].tolist()
    candidates = question.candidates.get(key, ())
    named = [row for row, one in enumerate(shard.ids) if one in candidates] if candidates else []
    chosen = sorted({*best, *named})
    similarities = shard.vectors[chosen] @ viewpoints.vector
    return {
        shard.ids[row]: _Near(float(similarity), float(closeness[row]))
        for row, similarity in zip(chosen, similarities, strict=True)
    }


def _nearest(passages: Mapping[str, _Near], question: Question) -> dict[str, _Near]:
    """Return a language's nearest passages, and the candidates among them."""
    ranked = sorted(passages, key=lambda passage_id: (-passages[passage_id].closeness, passage_id))
    near = set(ranked[: question.limit])
    near |= {one for candidates in question.candidates.values() for one in candidates}
    return {one: value for one, value in passages.items() if one in near}


def _means(shards: Mapping[ShardKey, _Shard]) -> dict[Language, Vectors]:
    """Return each language's mean vector, which similarities are compared with.

    A language of few passages leans on the mean of all, for its own would say nothing.
    """
    sums: dict[Language, tuple[Vectors, int]] = {}
    for key, shard in shards.items():
        total, count = sums.get(key.language, (np.zeros(1, dtype=np.float32), 0))
        sums[key.language] = (total + shard.vectors.mean(axis=0) * shard.size, count + shard.size)
    everything = sum(total for total, _ in sums.values()) / max(1, sum(count for _, count in sums.values()))
    return {
        language: ((total + FEW_PASSAGES * everything) / (count + FEW_PASSAGES)).astype(np.float32)
        for language, (total, count) in sums.items()
    }


def _ask(
    collection: Chroma, viewpoint: list[float], limit: int, where: dict[str, Any] | None
) -> dict[str, float]:
    """Return the nearest passages' cosines with a vector, by id, best first."""
    found = collection.similarity_search_by_vector_with_relevance_scores(viewpoint, k=limit, filter=where)
    return {str(hit.id): 1.0 - distance for hit, distance in found}


def _measure(
    collection: Chroma, ids: list[str], viewpoints: Viewpoints, language: Language
) -> dict[str, _Near]:
    """Return how near some passages are; ids of other collections are left out."""
    stored = collection.get(ids=ids, include=["embeddings"]) if ids else {"ids": []}
    if not stored["ids"]:
        return {}
    passages = np.asarray(stored["embeddings"], dtype=np.float32)
    similarities, closeness = passages @ viewpoints.vector, passages @ viewpoints.of(language)
    near = map(_Near, similarities.tolist(), closeness.tolist())
    return dict(zip(stored["ids"], near, strict=True))


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
