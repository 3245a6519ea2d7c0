"""Keeps the vectors to the catalogue: after a crash, and when the embedding model is another one.

A new model's vectors are made in collections of their own, while searches go on with the old ones. Searches
switch over once there is a vector for every passage. What was done already is not done again after a restart.
"""

import threading

import structlog
from chromadb import Collection

from narutalk.embedding import build_embedder
from narutalk.errors import Conflict
from tools.documents.chroma import (
    collection_name,
    collections_of,
    complete_model,
    declare_complete,
    drop_other_models,
)
from tools.documents.context import passage_context
from tools.documents.library import DocumentLibrary
from tools.documents.shards import Entry, document_of, entry_of
from tools.documents.vectors import VectorIndex

logger = structlog.get_logger(__name__)


class Reindexing:
    """Makes one model's vectors complete, on a thread of its own.

    Args:
        library: Is told to search them when they are.
        vectors: Of the model that the settings name.
    """

    def __init__(self, library: DocumentLibrary, vectors: VectorIndex) -> None:
        self._library = library
        self._vectors = vectors
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reindexing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until it is done; return whether it is."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Stop after the document at hand; the rest is done after the next start."""
        self._stopping.set()
        self.wait()

    def _run(self) -> None:
        try:
            if self.complete():
                logger.info("vectors_complete", model=self._vectors.embedder.name)
        except Exception:
            logger.exception("reindexing_failed", model=self._vectors.embedder.name)

    def complete(self) -> bool:
        """Embed what has no vector, drop what has no passage, and switch over; False when stopped before."""
        while missing := self._missing():
            for entry in missing:
                if self._stopping.is_set():
                    return False
                self._embed(entry)
        with self._library.writer.saving:  # so that what is complete stays so
            for entry in self._missing():
                self._embed(entry)
            self._library.index.refresh()
            self._library.index.use(self._vectors)
            declare_complete(self._vectors.client, self._vectors.embedder.name)
        if self._drop_orphans():
            self._library.index.use(self._vectors)
        return True

    def _missing(self) -> list[Entry]:
        """Return the documents some of whose passages have no vector."""
        entries = self._library.store.entries()
        missing: dict[Entry, None] = {}
        for shard in {entry.shard for entry in entries.values()}:
            stored = self._vectors.stored_ids(shard)
            for passage_id in self._library.store.passage_ids(shard):
                entry = entries.get(document_of(passage_id))
                if passage_id not in stored and entry is not None:
                    missing[entry] = None
        return list(missing)

    def _drop_orphans(self) -> int:
        """Delete vectors without a passage, except of documents that are being written; return how many."""
        model = self._vectors.embedder.name
        shards = {entry.shard for entry in self._library.store.entries().values()}
        known = {collection_name(model, shard): shard for shard in shards}
        dropped = 0
        for name in collections_of(self._vectors.client, model):
            collection = self._vectors.client.get_collection(name)
            orphans = set(collection.get(include=[])["ids"])
            if name in known:
                orphans -= self._library.store.passage_ids(known[name])
            for document_id in {document_of(passage_id) for passage_id in orphans}:
                dropped += self._drop(collection, document_id, orphans)
        return dropped

    def _drop(self, collection: Collection, document_id: str, orphans: set[str]) -> int:
        """Delete those of a document, unless it has come to this shard meanwhile; return how many."""
        try:
            with self._library.writer.claims.held(document_id, wait_seconds=0):
                entry = self._library.store.entries().get(document_id)
                if entry and collection_name(self._vectors.embedder.name, entry.shard) == collection.name:
                    orphans = orphans - self._library.store.passage_ids(entry.shard)
                ids = [passage_id for passage_id in orphans if document_of(passage_id) == document_id]
                if ids:
                    collection.delete(ids=ids)
                return len(ids)
        except Conflict:  # who writes it knows which vectors it is to have
            return 0

    def _embed(self, entry: Entry) -> None:
        passages = self._library.store.passages_of([entry.document_id])
        if passages:
            now = entry_of(passages[0].document)
            self._vectors.add(now, {passage.id: passage_context(passage) for passage in passages})


def tidy(vectors: VectorIndex) -> None:
    """Delete the vectors of models that are no longer searched, if this one's are complete."""
    if complete_model(vectors.client) == vectors.embedder.name:
        drop_other_models(vectors.client, vectors.embedder.name)


def serving_vectors(vectors: VectorIndex) -> VectorIndex | None:
    """Return the vectors to search until those of the settings' model are complete; None for none.

    These are its own, unless another model's were complete before: then that one answers in the meantime.
    """
    complete = complete_model(vectors.client)
    if complete in (None, vectors.embedder.name):
        return vectors
    try:
        return VectorIndex(vectors.client, build_embedder(complete))
    except Exception:  # a model that was removed fails in ways of its own; BM25 answers until then
        logger.warning("former_model_missing", model=complete, exc_info=True)
        return None
