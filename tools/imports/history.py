"""The record of imports of each database, and what it tells."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel
from sqlalchemy import Engine, select

from tools.clients.models import ClientImport, TransactionImport
from tools.employees.models import EmployeeImport
from tools.imports.kinds import Database
from tools.imports.record import ImportRecord


class PastImport(BaseModel):
    """An import that was applied: what, by whom, when, and how many rows."""

    kind: str
    file_name: str
    inserted: int
    updated: int
    unchanged: int
    imported_by: str
    imported_at: datetime


def record_of(database: Database) -> type[ImportRecord]:
    """Return the table of what was imported into a database."""
    records: dict[Database, type[ImportRecord]] = {
        "employees": EmployeeImport,
        "clients": ClientImport,
        "transactions": TransactionImport,
    }
    return records[database]


def past_imports(engines: Mapping[Database, Engine], *, limit: int) -> list[PastImport]:
    """Return the last imports into some databases, the newest first; from the command line too."""
    found = [past for database, engine in engines.items() for past in _read(engine, database, limit)]
    return sorted(found, key=lambda past: past.imported_at, reverse=True)[:limit]


def _read(engine: Engine, database: Database, limit: int) -> list[PastImport]:
    record = record_of(database)
    with engine.connect() as connection:
        rows = connection.execute(select(record.__table__).order_by(record.id.desc()).limit(limit)).mappings()  # type: ignore[attr-defined]
        return [
            PastImport(**{**row, "imported_at": row["imported_at"].replace(tzinfo=UTC)})  # kept in UTC
            for row in rows
        ]
