"""What the document service opens: the library and its index jobs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from fastapi import Request

from narutalk.embedding import Embedder, build_embedder
from narutalk.embedding.cache import CachedEmbedder, build_cache_engine
from narutalk.embedding.queue import EmbeddingQueue
from narutalk.settings import Settings
from tools.documents.chroma import build_client
from tools.documents.conversion import Converter
from tools.documents.job_store import JobStore
from tools.documents.jobs import IndexJobs
from tools.documents.library import DocumentLibrary
from tools.documents.reindexing import Reindexing, serving_vectors, tidy
from tools.documents.reranking import build_reranker
from tools.documents.store import DocumentStore, build_documents_engine
from tools.documents.vectors import VectorIndex


@dataclass(frozen=True)
class DocumentResources:
    """The open parts of the document service."""

    library: DocumentLibrary
    jobs: IndexJobs
    embedding: EmbeddingQueue
    reindexing: Reindexing
    data_dir: Path
    max_upload_bytes: int


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[DocumentResources]:
    """Open the library, make its vectors complete in the background, and go on with unfinished index jobs."""
    engine = build_documents_engine(settings)
    opened = await to_thread.run_sync(lambda: _open(settings, DocumentStore(engine)))
    opened.reindexing.start()
    await to_thread.run_sync(opened.jobs.start)
    try:
        yield opened
    finally:
        await to_thread.run_sync(lambda: _close(opened))
        engine.dispose()


def _open(settings: Settings, store: DocumentStore) -> DocumentResources:
    model = build_embedder(settings.embedding_model)
    model.load()
    embedder = EmbeddingQueue(CachedEmbedder(model, build_cache_engine(settings)))
    client = build_client(settings.chroma_url, settings.data_dir)
    vectors = VectorIndex(client, embedder)
    tidy(vectors)
    converter = Converter()
    library = DocumentLibrary(
        store,
        serving_vectors(vectors),
        embedder,
        build_reranker(settings.reranker_model),
        read=converter.read_blocks,
        data_dir=settings.data_dir,
    )
    library.refresh()
    return DocumentResources(
        library,
        IndexJobs(library, JobStore(store.engine), settings.data_dir, interrupt=converter.close),
        embedder,
        Reindexing(library, vectors),
        settings.data_dir,
        settings.max_upload_bytes,
    )


def _close(opened: DocumentResources) -> None:
    opened.reindexing.close()
    opened.jobs.close()
    opened.embedding.close()


def open_library(settings: Settings, embedder: Embedder, store: DocumentStore) -> DocumentLibrary:
    """Return the library over one model's vectors, for who fills it. Blocks."""
    client = build_client(settings.chroma_url, settings.data_dir)
    library = DocumentLibrary(store, VectorIndex(client, embedder), embedder, data_dir=settings.data_dir)
    library.refresh()
    return library


def resources(request: Request) -> DocumentResources:
    """Return what the lifespan opened; a dependency of the routes."""
    opened: DocumentResources = request.app.state.server.resources
    return opened
