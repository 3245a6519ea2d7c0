"""Passages' vectors in Chroma, through langchain-chroma: embedded in the data dir, or a server."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma

from narutalk.embedding import Embedder
from narutalk.languages import Language
from tools.documents.fusion import DenseHit

ADD_BATCH = 32
MEAN_PAGE = 2000
FEW_PASSAGES = 20

Vector = npt.NDArray[np.float32]


def build_client(chroma_url: str, data_dir: Path) -> ClientAPI:
    """Return a Chroma client: of the server at the URL, or embedded in the data dir when that is empty."""
    settings = ChromaSettings(anonymized_telemetry=False)
    if not chroma_url:
        return chromadb.PersistentClient(path=str(data_dir / "chroma"), settings=settings)
    parts = urlsplit(chroma_url)
    secure = parts.scheme == "https"
    return chromadb.HttpClient(
        host=parts.hostname or "localhost",
        port=parts.port or (443 if secure else 8000),
        ssl=secure,
        settings=settings,
    )


class VectorIndex:
    """The vectors of one embedding model, in one collection for each language.

    Those of another model live in collections of their own. Call `refresh` after `add` and `delete`.

    Args:
        client: From `build_client`.
        embedder: Also names the collections.
    """

    def __init__(self, client: ClientAPI, embedder: Embedder) -> None:
        slug = re.sub(r"[^a-zA-Z0-9]+", "-", embedder.name).strip("-").lower()[-40:]
        self._collections = {
            language: Chroma(
                client=client,
                collection_name=f"passages-{slug}-{language}",
                embedding_function=embedder,
                collection_metadata={"hnsw:space": "cosine"},
            )
            for language in Language
        }
        self._means: dict[Language, Vector] = {}

    def refresh(self) -> None:
        """Compute each language's mean vector, which searches compare similarities with.

        A language of few passages leans on the mean of all, for its own would say nothing.
        """
        sums = {language: _sum_vectors(collection) for language, collection in self._collections.items()}
        total, count = _add(*sums.values())
        self._means = {
            language: ((own + FEW_PASSAGES * total / count) / (number + FEW_PASSAGES)).astype(np.float32)
            for language, (own, number) in sums.items()
            if number
        }

    def add(
        self, ids: Sequence[str], texts: Sequence[str], *, document_id: str, language: str, access: str
    ) -> None:
        """Embed and store passages of one document; ids that exist are replaced."""
        metadata = {"document_id": document_id, "access": access}
        collection = self._collections[Language(language)]
        for start in range(0, len(ids), ADD_BATCH):
            batch = list(ids[start : start + ADD_BATCH])
            collection.add_texts(
                list(texts[start : start + ADD_BATCH]), metadatas=[metadata] * len(batch), ids=batch
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; unknown ids are ignored."""
        if ids:
            for collection in self._collections.values():
                collection.delete(ids=list(ids))

    def search(
        self,
        vector: list[float],
        *,
        limit: int,
        access: Sequence[str] | None,
        candidates: Collection[str] = (),
    ) -> dict[str, DenseHit]:
        """Return the nearest passages by id.

        Args:
            vector: Of the question.
            limit: How many of each language at most, beside candidates.
            access: The access keys the caller may read; None for all. Applied inside Chroma.
            candidates: Passages, readable ones, that are returned too where they are as near as the others:
                Chroma's graph (HNSW) is approximate, and now and then does not reach a passage at all.
        """
        where = None if access is None else {"access": {"$in": list(access)}}
        near: dict[Language, dict[str, float]] = {}
        for language in self._means:
            hits = self._collections[language].similarity_search_by_vector_with_relevance_scores(
                vector,
                k=limit,
                filter=where,  # type: ignore[arg-type]
            )
            near[language] = {str(document.id): 1.0 - distance for document, distance in hits}
        reached = set().union(*near.values())
        unreached = [passage_id for passage_id in candidates if passage_id not in reached]
        found: dict[str, DenseHit] = {}
        for language, mean in self._means.items():
            usual = float(np.dot(np.asarray(vector, dtype=np.float32), mean))
            furthest = min(near[language].values(), default=-1.0)
            exact = _similarities(self._collections[language], vector, unreached)
            near[language] |= {found_id: value for found_id, value in exact.items() if value >= furthest}
            for passage_id, similarity in near[language].items():
                found[passage_id] = DenseHit(similarity, similarity - usual, language.value)
        return found


def _similarities(collection: Chroma, vector: list[float], ids: list[str]) -> dict[str, float]:
    """Return the cosine of each passage's vector with another; ids of other collections are left out."""
    if not ids:
        return {}
    stored = collection.get(ids=ids, include=["embeddings"])
    if not stored["ids"]:
        return {}
    passages, question = np.asarray(stored["embeddings"], dtype=np.float32), np.asarray(vector, np.float32)
    lengths = np.linalg.norm(passages, axis=1) * np.linalg.norm(question)
    return dict(zip(stored["ids"], (passages @ question / lengths).tolist(), strict=True))


def _sum_vectors(collection: Chroma) -> tuple[Vector, int]:
    """Return the sum of a collection's vectors, and how many they are."""
    total: Vector = np.zeros(1, dtype=np.float32)
    count = 0
    while True:
        page = collection.get(include=["embeddings"], limit=MEAN_PAGE, offset=count)["embeddings"]
        if not len(page):
            return total, count
        vectors = np.asarray(page, dtype=np.float32)
        total = total + vectors.sum(axis=0)
        count += len(vectors)


def _add(*sums: tuple[Vector, int]) -> tuple[Vector, int]:
    totals, counts = zip(*sums, strict=True)
    return np.sum(np.broadcast_arrays(*totals), axis=0), sum(counts)
