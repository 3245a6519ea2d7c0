"""The real document service on a real port, over an empty catalogue: for the manager in front of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from narutalk.settings import Settings, load_settings
from services.process import build_app
from tests.fakes.manager import keys_dir
from tests.fakes.router_server import serve
from tools.documents.store import migrate_documents


@dataclass(frozen=True)
class DocumentService:
    """A document service that runs."""

    url: str
    settings: Settings


@contextmanager
def running_document_service(data_dir: Path) -> Iterator[DocumentService]:
    """Serve the document service from an empty data dir; it knows the manager's key."""
    shutil.copytree(keys_dir() / "keys", data_dir / "keys")
    settings = load_settings(data_dir=data_dir, port=1, ship_logs=False)
    migrate_documents(settings)
    with serve(build_app("document", settings)) as url:
        yield DocumentService(url, settings)
