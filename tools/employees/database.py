"""The employee database's engine and its migrations."""

from pathlib import Path

from sqlalchemy import Engine

from narutalk.db import build_engine, database_url, migrate
from narutalk.settings import Settings
from narutalk.sql_recording import record_statements

MIGRATIONS = Path(__file__).parent / "migrations"


def build_employee_engine(settings: Settings, *, read_only: bool = True) -> Engine:
    """Return an engine over the employee database that the settings name; the caller disposes of it.

    Args:
        settings: `employee_database_url`, or else `employees.db` in `data_dir`.
        read_only: Refuse every write; the tools only read.
    """
    url = database_url(settings.employee_database_url.get_secret_value(), settings.data_dir, "employees")
    engine = build_engine(url, read_only=read_only)
    record_statements(engine)
    return engine


def migrate_employees(settings: Settings) -> None:
    """Bring the employee database to the newest revision, making it where it is missing."""
    engine = build_employee_engine(settings, read_only=False)
    try:
        migrate(engine, MIGRATIONS)
    finally:
        engine.dispose()
