"""Chroma: embedded in the data dir, or a server; and how its collections are named."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings

from tools.documents.shards import ShardKey

STATE_COLLECTION = "narutalk-state"
_PREFIX = "passages"


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


def collection_name(model: str, key: ShardKey) -> str:
    """Return the name of a shard's collection: never one of another model or another set of groups."""
    return f"{_model_prefix(model)}{key.language}-{_digest(key.access)}"


def drop_other_models(client: ClientAPI, model: str) -> None:
    """Delete the passages' collections of every other model."""
    for name in _names(client):
        if name.startswith(_PREFIX) and not name.startswith(_model_prefix(model)):
            client.delete_collection(name)


def collections_of(client: ClientAPI, model: str) -> list[str]:
    """Return the names of a model's collections of passages."""
    return [name for name in _names(client) if name.startswith(_model_prefix(model))]


def complete_model(client: ClientAPI) -> str | None:
    """Return the model whose vectors were last complete, or None when there never was one."""
    if STATE_COLLECTION not in _names(client):
        return None
    model = (client.get_collection(STATE_COLLECTION).metadata or {}).get("model")
    return str(model) if model else None


def declare_complete(client: ClientAPI, model: str) -> None:
    """Say that every passage has a vector of this model."""
    client.get_or_create_collection(STATE_COLLECTION).modify(metadata={"model": model})


def _names(client: ClientAPI) -> list[str]:
    return [collection.name for collection in client.list_collections()]


def _model_prefix(model: str) -> str:
    slug = re.sub(r"[^a-zA-Z0-9]+", "-", model).strip("-").lower()[-30:]
    return f"{_PREFIX}-{slug}-{_digest(model)}-"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
