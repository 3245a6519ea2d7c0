"""The four real services, each served by uvicorn in a thread of its own, over one data dir."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from narutalk.embedding import build_embedder
from narutalk.identity import Identity, Issuer, Role, TokenSigner, build_signer, ensure_keys
from narutalk.settings import Settings, load_settings
from services.company_data import SAMPLE_OWNER
from services.document.resources import open_library
from services.process import build_app
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.writing import NewDocument
from tools.sample_company.documents import write_documents
from tools.sample_company.load import load_sample_company
from tools.sample_company.vectors import with_sample_vectors

ANNA = Identity(user_id="u-anna", username="anna")
BORIS = Identity(user_id="u-boris", username="boris")
MANAGER = Identity(user_id="u-mira", username="mira", roles=frozenset({Role.USER, Role.MANAGER}))
CLERK = Identity(user_id="u-fin", username="fin", groups=frozenset({"finance"}))

NAMES = ("router", "document", "employee", "client")
DOCUMENTS = frozenset(
    {
        "annual-leave-policy.docx",
        "annual-leave-policy-ko.pdf",
        "dress-code-ko.md",
        "password-policy.md",
        "inventory-count-ko.md",
    }
)
RESTRICTED = "inventory-count-ko.md"
"""Only finance and quality may read it."""
START_SECONDS = 60


@dataclass(frozen=True)
class RunningService:
    """A served app and how to reach it."""

    name: str
    app: FastAPI
    url: str
    settings: Settings

    @property
    def graph_id(self) -> str:
        return {"router": "supervisor", "graphs": "echo"}.get(self.name, self.name)

    def signer(self, *, lifetime_seconds: int = 300) -> TokenSigner:
        pem = (self.settings.data_dir / "keys" / "manager.key").read_text()
        return TokenSigner(Issuer.MANAGER, pem, lifetime_seconds=lifetime_seconds)

    def headers(self, identity: Identity = ANNA) -> dict[str, str]:
        token = build_signer(self.settings, Issuer.MANAGER).sign(identity)
        return {"Authorization": f"Bearer {token}"}

    def http(self, identity: Identity | None = ANNA) -> httpx.Client:
        headers = self.headers(identity) if identity else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


def make_company(data_dir: Path) -> Settings:
    """Make keys, the sample company's rows, and an index of five of its documents."""
    settings = load_settings(data_dir=data_dir, _env_file=None)
    ensure_keys(settings)
    load_sample_company(settings, documents=False)
    migrate_documents(settings)
    folder = data_dir / "documents"
    write_documents(folder)
    engine = build_documents_engine(settings)
    embedder = with_sample_vectors(build_embedder(settings.embedding_model))
    library = open_library(settings, embedder, DocumentStore(engine))
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        if entry["file"] in DOCUMENTS:
            library.add(
                NewDocument(
                    content=(folder / entry["file"]).read_bytes(),
                    file_name=entry["file"],
                    title=entry["title"],
                    category=entry["category"],
                    date=date.fromisoformat(entry["date"]),
                    groups=entry["groups"],
                    owner_id=SAMPLE_OWNER,
                    stored_path=f"documents/{entry['file']}",
                )
            )
    engine.dispose()
    return settings


@contextmanager
def serve_all(data_dir: Path, **given: Any) -> Iterator[dict[str, RunningService]]:
    """Serve the four services until the block ends; the router knows where the agents are.

    Args:
        data_dir: With a company in it.
        given: Settings.
    """
    with ExitStack() as stack:
        sockets = {name: stack.enter_context(listening()) for name in NAMES}
        urls = {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in sockets.items()}
        overrides: dict[str, Any] = {f"{name}_urls": url for name, url in urls.items()} | given
        # No manager runs here to ship logs to.
        settings = load_settings(data_dir=data_dir, _env_file=None, ship_logs=False, **overrides)
        services = {}
        for name in NAMES:
            app = build_app(name, settings)
            assert isinstance(app, FastAPI)
            stack.enter_context(serving(app, sockets[name]))
            services[name] = RunningService(name, app, urls[name], settings)
        for service in services.values():
            wait_until_ready(service)
        yield services


@contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


@contextmanager
def serving(app: FastAPI, listening: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        assert not thread.is_alive(), "the server did not stop"


def wait_until_ready(service: RunningService) -> None:
    deadline = time.monotonic() + START_SECONDS
    with service.http(None) as client:
        while time.monotonic() < deadline:
            try:
                if client.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
    raise AssertionError(f"{service.name} was not ready")
