"""Loads the sample company into empty databases, and its documents into the data dir."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import DeclarativeBase

from narutalk.settings import Settings
from tools.bulk import insert_rows
from tools.clients.database import build_client_engine, build_transaction_engine, migrate_clients
from tools.clients.models import Client, ClientRegion, Contract, Product, Transaction
from tools.employees.database import build_employee_engine, migrate_employees
from tools.employees.models import (
    Attendance,
    Department,
    Employee,
    MonthlySales,
    Region,
    Review,
    Salary,
)
from tools.sample_company.documents import write_documents
from tools.sample_company.generate import SampleData, generate

Rows = list[dict[str, Any]]
Tables = dict[type[DeclarativeBase], Rows]


@dataclass(frozen=True)
class SampleSummary:
    """What was loaded.

    Attributes:
        rows: By table; a database that already held records is left out.
        documents: How many files were written.
        seconds: How long it took.
    """

    rows: dict[str, int]
    documents: int
    seconds: float


def load_sample_company(settings: Settings, *, documents: bool = True) -> SampleSummary:
    """Migrate the company's databases and fill those that are empty; write the documents.

    A database that has people, clients or transactions already is not touched. Each database is filled in
    one transaction.

    Args:
        settings: Name the databases and the data dir.
        documents: Also write the documents' files; not when somebody else writes them at the same time.
    """
    started = time.perf_counter()
    migrate_employees(settings)
    migrate_clients(settings)
    rows: dict[str, int] = {}
    with _open_engines(settings) as engines:
        empty = [_is_empty(engine, table) for engine, table in zip(engines, FIRST_TABLES, strict=True)]
        if any(empty):
            data = generate()
            for engine, tables, is_empty in zip(engines, _tables(data), empty, strict=True):
                if is_empty:
                    rows |= _fill(engine, tables)
    written = write_documents(settings.data_dir / "documents") if documents else []
    return SampleSummary(rows, len(written), time.perf_counter() - started)


def rows_missing(settings: Settings) -> bool:
    """Whether any of the company's databases holds no records yet; they must be migrated."""
    with _open_engines(settings) as engines:
        return any(_is_empty(engine, table) for engine, table in zip(engines, FIRST_TABLES, strict=True))


@contextmanager
def _open_engines(settings: Settings) -> Iterator[tuple[Engine, ...]]:
    engines = (
        build_employee_engine(settings, read_only=False),
        build_client_engine(settings, read_only=False),
        build_transaction_engine(settings, read_only=False),
    )
    try:
        yield engines
    finally:
        for engine in engines:
            engine.dispose()


FIRST_TABLES: tuple[type[DeclarativeBase], ...] = (Employee, Client, Transaction)


def _tables(data: SampleData) -> tuple[Tables, Tables, Tables]:
    """Return the rows by database, referred tables before those that refer to them."""
    return (
        {
            Department: data.departments,
            Region: data.regions,
            Employee: data.employees,
            MonthlySales: data.monthly_sales,
            Attendance: data.attendance,
            Review: data.reviews,
            Salary: data.salaries,
        },
        {ClientRegion: data.regions, Client: data.clients, Contract: data.contracts},
        {Product: data.products, Transaction: data.transactions},
    )


def _is_empty(engine: Engine, table: type[DeclarativeBase]) -> bool:
    with engine.connect() as connection:
        return connection.execute(select(table.__table__).limit(1)).first() is None


def _fill(engine: Engine, tables: Tables) -> dict[str, int]:
    with engine.begin() as connection:
        for table, rows in tables.items():
            insert_rows(connection, table.metadata.tables[table.__tablename__], rows)
    return {table.__tablename__: len(rows) for table, rows in tables.items()}
