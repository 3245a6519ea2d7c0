"""Vectors that were computed before, kept in a database: what is asked or indexed again costs nothing."""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateIndex, CreateTable

from narutalk.db import build_engine, database_url
from narutalk.embedding.embedder import Embedder, cut
from narutalk.settings import Settings

MAX_ENTRIES = 50_000
"""About 80 MB at 384 dimensions. A tenth, used longest ago, goes when there are more."""
READ_AT_ONCE = 500
FRESH_SECONDS = 3600
"""What was used within this time is not written down again, so that most reads write nothing."""

_METADATA = MetaData()
_VECTORS = Table(
    "embedding_cache",
    _METADATA,
    Column("key", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
    Column("used_at", BigInteger, nullable=False, index=True),
)

Vector = list[float]


def build_cache_engine(settings: Settings) -> Engine:
    """Return the cache's engine: `embeddings.db`, or the default schema of `NARUTALK_DATABASE_URL`."""
    given = settings.database_url.get_secret_value()
    return build_engine(database_url(given, settings.data_dir, "embeddings"))


class CachedEmbedder(Embedder):
    """Asks another embedder only for what it was never asked before, by any process.

    Args:
        embedder: Its name is a part of the key, so that vectors of two models never mix.
        engine: The table is made when it is missing; it holds nothing that cannot be computed again.
        max_entries: Of all models together.
    """

    def __init__(self, embedder: Embedder, engine: Engine, *, max_entries: int = MAX_ENTRIES) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._engine = engine
        self._max_entries = max_entries
        self._evicting = threading.Lock()  # guards that one thread at a time counts and evicts
        _make_table(engine)

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed_query(self, text: str) -> Vector:
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: list[str]) -> list[Vector]:
        return self._embed("query", texts, self._embedder.embed_queries)

    def embed_documents(self, texts: list[str]) -> list[Vector]:
        return self._embed("passage", texts, self._embedder.embed_documents)

    def _embed(
        self, kind: str, texts: Sequence[str], compute: Callable[[list[str]], list[Vector]]
    ) -> list[Vector]:
        keys = [self._key(kind, text) for text in texts]
        known = self._read(list(dict.fromkeys(keys)))
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            known |= dict(zip(new, compute(list(new.values())), strict=True))
            self._write({key: known[key] for key in new})
        return [known[key] for key in keys]

    def _key(self, kind: str, text: str) -> str:
        return hashlib.sha256("\0".join((self.name, kind, cut(text))).encode()).hexdigest()

    def _read(self, keys: Sequence[str]) -> dict[str, Vector]:
        found: dict[str, Vector] = {}
        now = _now()
        with self._engine.begin() as connection:
            for start in range(0, len(keys), READ_AT_ONCE):
                part = _VECTORS.c.key.in_(keys[start : start + READ_AT_ONCE])
                rows = connection.execute(select(_VECTORS).where(part)).all()
                found |= {row.key: np.frombuffer(row.vector, dtype="<f4").tolist() for row in rows}
                stale = [row.key for row in rows if row.used_at < now - FRESH_SECONDS]
                if stale:
                    connection.execute(update(_VECTORS).where(_VECTORS.c.key.in_(stale)).values(used_at=now))
        return found

    def _write(self, vectors: dict[str, Vector]) -> None:
        rows = [
            {"key": key, "vector": np.asarray(vector, dtype="<f4").tobytes(), "used_at": _now()}
            for key, vector in vectors.items()
        ]
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        with self._engine.begin() as connection:
            connection.execute(dialect.insert(_VECTORS).on_conflict_do_nothing(), rows)
        self._evict()

    def _evict(self) -> None:
        """Forget what was used longest ago, when there is too much."""
        with self._evicting, self._engine.begin() as connection:
            entries = connection.scalar(select(func.count()).select_from(_VECTORS)) or 0
            if entries > self._max_entries:
                surplus = entries - self._max_entries * 9 // 10
                oldest = select(_VECTORS.c.key).order_by(_VECTORS.c.used_at, _VECTORS.c.key).limit(surplus)
                connection.execute(delete(_VECTORS).where(_VECTORS.c.key.in_(oldest)))


def _make_table(engine: Engine) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(CreateTable(_VECTORS, if_not_exists=True))
            for index in _VECTORS.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
    except (IntegrityError, ProgrammingError):
        # Another instance made it in this moment, which PostgreSQL does not forgive; then it is there.
        if not inspect(engine).has_table(_VECTORS.name):
            raise


def _now() -> int:
    return int(time.time())
