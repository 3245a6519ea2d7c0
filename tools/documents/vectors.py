"""Passages' vectors in Chroma, through langchain-chroma: embedded in the data dir, or a server."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

ADD_BATCH = 32


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
    """The vectors of one embedding model; those of another model live in a collection of their own.

    Args:
        client: From `build_client`.
        embedder: Also names the collection.
        model: The embedder's name.
    """

    def __init__(self, client: ClientAPI, embedder: Embeddings, model: str) -> None:
        slug = re.sub(r"[^a-zA-Z0-9]+", "-", model).strip("-").lower()[-40:]
        self._chroma = Chroma(
            client=client,
            collection_name=f"passages-{slug}",
            embedding_function=embedder,
            collection_metadata={"hnsw:space": "cosine"},
        )

    def add(self, ids: Sequence[str], texts: Sequence[str], *, document_id: str, access: str) -> None:
        """Embed and store passages of one document; ids that exist are replaced."""
        metadata = {"document_id": document_id, "access": access}
        for start in range(0, len(ids), ADD_BATCH):
            batch = list(ids[start : start + ADD_BATCH])
            self._chroma.add_texts(
                list(texts[start : start + ADD_BATCH]), metadatas=[metadata] * len(batch), ids=batch
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; unknown ids are ignored."""
        if ids:
            self._chroma.delete(ids=list(ids))

    def count(self) -> int:
        """Return how many passages are stored."""
        return len(self._chroma.get(include=[])["ids"])

    def search(self, vector: list[float], *, limit: int, access: Sequence[str] | None) -> dict[str, float]:
        """Return the nearest passages' cosine similarities by id.

        Args:
            vector: Of the question.
            limit: How many at most.
            access: The access keys the caller may read; None for all. Applied inside Chroma.
        """
        where = None if access is None else {"access": {"$in": list(access)}}
        hits = self._chroma.similarity_search_by_vector_with_relevance_scores(vector, k=limit, filter=where)  # type: ignore[arg-type]
        return {str(document.id): 1.0 - distance for document, distance in hits if document.id}
