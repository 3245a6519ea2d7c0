"""What the document service opens: the library and its index jobs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread
from fastapi import Request

from narutalk.embedding import Embedder, build_embedder
from narutalk.settings import Settings
from tools.documents.conversion import Converter
from tools.documents.job_store import JobStore
from tools.documents.jobs import IndexJobs
from tools.documents.library import DocumentLibrary
from tools.documents.reading import read_blocks
from tools.documents.store import DocumentStore, build_documents_engine
from tools.documents.vectors import VectorIndex, build_client
from tools.documents.writing import Reader


@dataclass(frozen=True)
class DocumentResources:
    """The open parts of the document service."""

    library: DocumentLibrary
    jobs: IndexJobs
    embedder: Embedder
    data_dir: Path
    max_upload_bytes: int


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[DocumentResources]:
    """Open the library, load the model into memory, and go on with unfinished index jobs."""
    engine = build_documents_engine(settings)
    embedder = build_embedder(settings.embedding_model)
    store = DocumentStore(engine)
    converter = Converter()
    library = await to_thread.run_sync(
        lambda: open_library(settings, embedder, store, read=converter.read_blocks)
    )
    jobs = IndexJobs(library, JobStore(engine), settings.data_dir, interrupt=converter.close)
    await to_thread.run_sync(jobs.start)
    try:
        yield DocumentResources(library, jobs, embedder, settings.data_dir, settings.max_upload_bytes)
    finally:
        await to_thread.run_sync(jobs.close)
        engine.dispose()


def open_library(
    settings: Settings, embedder: Embedder, store: DocumentStore, *, read: Reader = read_blocks
) -> DocumentLibrary:
    """Return the library, ready to be searched. Blocks."""
    client = build_client(settings.chroma_url, settings.data_dir)
    library = DocumentLibrary(
        store, VectorIndex(client, embedder), embedder, read=read, data_dir=settings.data_dir
    )
    library.refresh()
    embedder.embed_query("ready")
    return library


def resources(request: Request) -> DocumentResources:
    """Return what the lifespan opened; a dependency of the routes."""
    opened: DocumentResources = request.app.state.server.resources
    return opened
