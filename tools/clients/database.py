"""The engines of the client and the transaction database, and their migrations."""

from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine

from narutalk.db import build_engine, database_url, migrate
from narutalk.settings import Settings
from narutalk.sql_recording import record_statements

CLIENT_MIGRATIONS = Path(__file__).parent / "client_db" / "migrations"
TRANSACTION_MIGRATIONS = Path(__file__).parent / "transaction_db" / "migrations"


def build_client_engine(settings: Settings, *, read_only: bool = True) -> Engine:
    """Return an engine over clients and contracts; the caller disposes of it.

    Args:
        settings: `client_database_url`, or else `clients.db` in `data_dir`.
        read_only: Refuse every write; only approved changes are written (`changes.ledger`).
    """
    return _build(settings, settings.client_database_url, "clients", read_only)


def build_transaction_engine(settings: Settings, *, read_only: bool = True) -> Engine:
    """Return an engine over products and transactions; the caller disposes of it.

    Args:
        settings: `transaction_database_url`, or else `transactions.db` in `data_dir`.
        read_only: Refuse every write; the tools only read.
    """
    return _build(settings, settings.transaction_database_url, "transactions", read_only)


def migrate_clients(settings: Settings) -> None:
    """Bring the client and the transaction database to the newest revision, making them where missing."""
    for build, folder in (
        (build_client_engine, CLIENT_MIGRATIONS),
        (build_transaction_engine, TRANSACTION_MIGRATIONS),
    ):
        engine = build(settings, read_only=False)
        try:
            migrate(engine, folder)
        finally:
            engine.dispose()


def _build(settings: Settings, url: SecretStr, name: str, read_only: bool) -> Engine:
    engine = build_engine(database_url(url.get_secret_value(), settings.data_dir, name), read_only=read_only)
    record_statements(engine)
    return engine
