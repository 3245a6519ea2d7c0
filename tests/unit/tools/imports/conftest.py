"""Databases to import into: empty but for two departments and two regions, on SQLite and on PostgreSQL."""

import csv
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from narutalk.settings import Settings, load_settings
from tests.postgres import make_database
from tools.clients.database import build_client_engine, build_transaction_engine, migrate_clients
from tools.clients.models import ClientRegion
from tools.employees.database import build_employee_engine, migrate_employees
from tools.employees.models import Department, Region
from tools.imports.importer import Importer, ImportOptions, ImportResult
from tools.imports.kinds import Database

PLACES = [
    {"code": "SEO", "name_en": "Seoul", "name_ko": "서울"},
    {"code": "BUS", "name_en": "Busan", "name_ko": "부산"},
]
DEPARTMENTS = [{"code": "SAL", "name_en": "Sales", "name_ko": "영업부"}]

_numbers = count(1)


class Books:
    """The three databases, with what tests ask of them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.engines: dict[Database, Engine] = {
            "employees": build_employee_engine(settings, read_only=False),
            "clients": build_client_engine(settings, read_only=False),
            "transactions": build_transaction_engine(settings, read_only=False),
        }
        self.importer = Importer(self.engines)

    def load(self, kind: str, path: Path, **options: Any) -> ImportResult:
        """Import a file."""
        return self.importer.run(kind, path, ImportOptions(**options), file_name=path.name, by="tester")

    def load_rows(self, kind: str, rows: Sequence[Sequence[Any]], **options: Any) -> ImportResult:
        """Import rows, the first of which is the header."""
        path = self.folder / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return self.load(kind, path, **options)

    def read(self, database: Database, table: Any) -> list[dict[str, Any]]:
        """Return all rows of a table, by its key."""
        columns = table.__table__
        with self.engines[database].connect() as connection:
            query = select(columns).order_by(*columns.primary_key)
            return [dict(row) for row in connection.execute(query).mappings()]

    def close(self) -> None:
        for engine in self.engines.values():
            engine.dispose()


def open_books(settings: Settings, folder: Path) -> Books:
    """Open the databases, migrated and with departments and regions in them."""
    _fill(settings, folder)
    return Books(settings, folder)


def _fill(settings: Settings, folder: Path) -> None:
    migrate_employees(settings)
    migrate_clients(settings)
    books = Books(settings, folder)
    with books.engines["employees"].begin() as connection:
        connection.execute(insert(Department), DEPARTMENTS)
        connection.execute(insert(Region), PLACES)
    with books.engines["clients"].begin() as connection:
        connection.execute(insert(ClientRegion), PLACES)
    books.close()


@pytest.fixture
def sqlite_books(tmp_path: Path) -> Iterator[Books]:
    books = open_books(load_settings(data_dir=tmp_path, _env_file=None), tmp_path)
    yield books
    books.close()


@pytest.fixture(scope="session")
def filled_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that is migrated and filled once, to be copied."""
    name = f"imports_{next(_numbers)}"
    folder = tmp_path_factory.mktemp("imports")
    _fill(_on_postgres(make_database(postgres_server, name), folder), folder)
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    if request.param == "sqlite":
        made = open_books(load_settings(data_dir=tmp_path, _env_file=None), tmp_path)
    else:
        template = request.getfixturevalue("filled_postgres")
        made = Books(_on_postgres(_new_postgres(request, template), tmp_path), tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of databases without any table."""
    if request.param == "sqlite":
        return load_settings(data_dir=tmp_path, _env_file=None)
    return _on_postgres(_new_postgres(request, "template1"), tmp_path)


def _new_postgres(request: pytest.FixtureRequest, template: str) -> str:
    server: str = request.getfixturevalue("postgres_server")
    return make_database(server, f"imports_{next(_numbers)}", template=template)


def _on_postgres(url: str, folder: Path) -> Settings:
    return load_settings(
        data_dir=folder,
        employee_database_url=url,
        client_database_url=url,
        transaction_database_url=url,
        _env_file=None,
    )
