"""From the catalogue that had a job's files in one column to the one that has a row for each."""

import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from narutalk.db import build_engine, database_url
from tools.documents.store import MIGRATIONS, SCHEMA

JOB = (
    "INSERT INTO index_jobs (id, owner_id, status, done, total, errors, items, worker, created_at)"
    " VALUES ('j', '1', 'running', 2, 3, :errors, :items, '', '2026-01-01 00:00:00')"
)
DOCUMENT = (
    "INSERT INTO documents (id, title, source, format, language, category, access, owner_id, keywords,"
    " stored_path, indexed_at) VALUES ('d', 'T', 't.md', 'md', 'ko', '', 'everyone', '1', '', '',"
    " '2026-01-01 00:00:00')"
)
PASSAGE = "INSERT INTO passages (id, document_id, position, text) VALUES ('d-0000', 'd', 0, 'x')"


def migrate_to(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        config.attributes |= {"connection": connection, "version_table": "alembic_documents"}
        (command.downgrade if down else command.upgrade)(config, revision)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    given = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    made = build_engine(database_url(given, tmp_path, "documents"), schema=SCHEMA)
    yield made
    made.dispose()


@pytest.mark.slow
def test_what_was_there_before_is_there_after(engine: Engine) -> None:
    migrate_to(engine, "0003")
    files = [
        {"path": f"uploads/{name}", "file_name": name, "groups": ["hr", "b"]} for name in ("a", "b", "c")
    ]
    errors = [{"file": "b", "code": "document_empty", "message": "It holds no text."}]
    with engine.begin() as connection:
        connection.execute(text(JOB), {"errors": json.dumps(errors), "items": json.dumps(files)})
        connection.execute(text(DOCUMENT))
        connection.execute(text(PASSAGE))
    migrate_to(engine, "0004")
    with engine.begin() as connection:
        items = connection.execute(text("SELECT * FROM index_items ORDER BY position")).mappings().all()
        assert [(item["file_name"], item["status"], item["code"]) for item in items] == [
            ("a", "indexed", ""),
            ("b", "failed", "document_empty"),
            ("c", "queued", ""),
        ]
        assert {item["access"] for item in items} == {"b|hr"}
        assert items[2]["stored_path"] == "uploads/c"
        sources = connection.execute(text("SELECT owner_id, path, document_id FROM document_sources")).all()
        assert [tuple(source) for source in sources] == [("1", "t.md", "d")]
        assert connection.execute(text("SELECT language FROM passages")).scalar() == "ko"
    migrate_to(engine, "0003", down=True)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT text FROM passages")).scalar() == "x"
