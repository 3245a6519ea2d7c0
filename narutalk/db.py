"""Engines for SQLite and PostgreSQL, and their migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema

from narutalk.errors import ConfigurationError

SQLITE_BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 10
CONNECT_TIMEOUT_SECONDS = 5
NUL = "\0"
REPLACEMENT_CHARACTER = "\ufffd"
MAINTENANCE_DATABASE = "postgres"

_MIGRATING = Lock()
"""Guards Alembic's operation context, which is one for all threads of a process."""


def database_url(given: str, data_dir: Path, name: str) -> URL:
    """Return the URL of a database: the given one (PostgreSQL through psycopg 3), or SQLite in the data dir.

    Args:
        given: A URL such as ``postgresql://user@host/db``; empty for SQLite.
        data_dir: Where SQLite files lie.
        name: Of the SQLite file, without its ending.
    """
    if not given:
        return URL.create("sqlite", database=str(data_dir / f"{name}.db"))
    url = make_url(given)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


def build_engine(url: URL, *, schema: str | None = None, read_only: bool = False) -> Engine:
    """Return an engine; nothing is connected yet.

    Args:
        url: From `database_url`.
        schema: PostgreSQL only: the schema that all tables of this engine live in.
        read_only: Refuse every write on this engine's connections.
    """
    engine = create_engine(url, **_options(url, schema=schema, read_only=read_only))
    if url.get_backend_name() == "sqlite":
        _set_sqlite_pragmas(engine, read_only=read_only)
    else:
        _replace_nul(engine)
    return engine


def build_async_engine(url: URL, *, schema: str | None = None) -> AsyncEngine:
    """Return an async engine over the same databases as `build_engine`."""
    options = _options(url, schema=schema)
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"), **options)
        _set_sqlite_pragmas(engine.sync_engine)
        return engine
    engine = create_async_engine(url, **options)
    _replace_nul(engine.sync_engine)
    return engine


def create_missing_database(url: URL) -> bool:
    """Make the PostgreSQL database that a URL names unless it is there; return whether it was made.

    Made from the server's ``postgres`` database, for which the user of the URL needs the right. SQLite makes
    its files itself.

    Raises:
        ConfigurationError: ``database_unreachable``: the server does not answer, or refuses.
    """
    if url.get_backend_name() != "postgresql" or not url.database or _connects(url):
        return False
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(url.database))
    try:
        with _connect(url.set(database=MAINTENANCE_DATABASE)) as connection:
            connection.execute(statement)
    except psycopg.Error as error:
        if _connects(url):  # another process made it in this moment
            return False
        raise ConfigurationError(
            f"The database {url.render_as_string()} cannot be reached or made: {error}",
            code="database_unreachable",
        ) from error
    return True


def migrate(
    engine: Engine, script_location: Path, *, schema: str | None = None, revision: str = "head"
) -> None:
    """Bring a database up to a revision of an Alembic folder, making the schema where it is missing.

    Safe to call at once from several processes and threads: one migrates, the others wait and find it done.
    """
    if engine.url.get_backend_name() == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(script_location))
    with _MIGRATING, engine.connect() as opened, _foreign_keys_checked_at_the_end(opened) as connection:
        _lock_other_processes_out(connection, schema)
        if schema and connection.dialect.name == "postgresql":
            connection.execute(CreateSchema(schema, if_not_exists=True))
        config.attributes["connection"] = connection
        config.attributes["version_table"] = f"alembic_{script_location.parent.name}"
        command.upgrade(config, revision)


@contextmanager
def _foreign_keys_checked_at_the_end(connection: Connection) -> Iterator[Connection]:
    """Open a transaction in which SQLite lets tables be made anew that others refer to.

    The procedure of https://www.sqlite.org/lang_altertable.html#otheralter: off before the transaction
    begins, checked before it ends.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF").close()
    try:
        with connection.begin():
            yield connection
            if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise ConfigurationError(
                    f"After the migration {broken[0]} would refer to rows of {broken[2]} that are not there.",
                    code="migration_failed",
                )
    finally:
        if is_sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=ON").close()


def _connect(url: URL) -> psycopg.Connection:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS)


def _connects(url: URL) -> bool:
    try:
        _connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _lock_other_processes_out(connection: Connection, schema: str | None) -> None:
    """Take a lock that the end of the transaction releases."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(schema or "public"))))


def _options(url: URL, *, schema: str | None, read_only: bool = False) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": SQLITE_BUSY_TIMEOUT_MS / 1000}}
    settings = [f"-csearch_path={schema}"] if schema else []
    if read_only:
        settings.append("-cdefault_transaction_read_only=on")
    connect_args = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, "options": " ".join(settings)}
    # No overflow: a server has few connections, and several instances of each service share them.
    return {"connect_args": connect_args, "pool_size": POOL_SIZE, "max_overflow": 0, "pool_pre_ping": True}


def _replace_nul(engine: Engine) -> None:
    """Replace the NUL characters of all parameters, which PostgreSQL refuses; no row holds any."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _before_execute(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return statement, _without_nul(parameters)


def _without_nul(parameters: Any) -> Any:
    if isinstance(parameters, str):
        return parameters.replace(NUL, REPLACEMENT_CHARACTER) if NUL in parameters else parameters
    if isinstance(parameters, dict):
        return {name: _without_nul(value) for name, value in parameters.items()}
    if isinstance(parameters, list | tuple):
        return type(parameters)(_without_nul(value) for value in parameters)
    return parameters


def _set_sqlite_pragmas(engine: Engine, *, read_only: bool = False) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()
