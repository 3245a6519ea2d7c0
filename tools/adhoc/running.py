"""Runs a checked query on a connection that can only read, with limits of rows and time."""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select, text, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Select
from sqlglot import exp, parse_one

from narutalk.errors import RetryWithFix
from tools.adhoc.checking import MAX_ROWS, VIEW_PREFIX, CheckedQuery

MAX_CELL_CHARACTERS = 200
TIME_LIMIT_SECONDS = 5.0
_STEPS_BETWEEN_LOOKS = 2_000
# The reporting line in a view is recursive; a query that recurses itself was refused before.
_MAY = frozenset(
    (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
)

Views = Mapping[str, Select[Any]]


class Rows(NamedTuple):
    """What a query returned.

    Attributes:
        columns: Their names.
        rows: At most `MAX_ROWS`, as text; None for NULL.
        truncated: Whether there are more.
    """

    columns: list[str]
    rows: list[list[str | None]]
    truncated: bool


@dataclass(frozen=True)
class AdHocDatabase:
    """One database of views.

    Attributes:
        engine: Read-only, from `narutalk.db.build_engine`.
        time_limit_seconds: For one query.
    """

    engine: Engine
    time_limit_seconds: float = TIME_LIMIT_SECONDS

    def run(self, checked: CheckedQuery, views: Views) -> Rows:
        """Return a query's rows.

        Args:
            checked: From `tools.adhoc.checking.check`.
            views: What the caller may see, by name; those that the query reads at least.

        Raises:
            RetryWithFix: The database refuses it, or it takes too long.
        """
        statement = self._statement(checked, views)
        with self.engine.connect() as connection, self._limited(connection):
            try:
                result = connection.execute(text(statement.replace(":", "\\:")))
                rows = result.fetchmany(MAX_ROWS + 1)
            except DBAPIError as error:
                raise _failed(error) from error
            columns = list(result.keys())
        return Rows(
            columns, [[_cell(value) for value in row] for row in rows[:MAX_ROWS]], len(rows) > MAX_ROWS
        )

    def _statement(self, checked: CheckedQuery, views: Views) -> str:
        """Return the query over the views as CTEs, which come before its own.

        A view that leaves rows out is computed before the query looks at it. Otherwise the database may try
        the query's conditions on those rows first, and an error (``1 / (salary - 50000000)``) tells of them.
        """
        dialect = "postgres" if self.engine.dialect.name == "postgresql" else "sqlite"
        defined = [
            exp.CTE(
                this=parse_one(_compiled(self.engine, views[name]), read=dialect),
                alias=exp.TableAlias(this=exp.to_identifier(f"{VIEW_PREFIX}{name}", quoted=True)),
                materialized=_leaves_rows_out(views[name]) or None,
            )
            for name in sorted(checked.views)
        ]
        tree = checked.tree.copy()
        own = tree.args.get("with_")
        tree.set("with_", exp.With(expressions=[*defined, *(own.expressions if own else ())]))
        return tree.sql(dialect=dialect, comments=False)

    @contextmanager
    def _limited(self, connection: Connection) -> Iterator[None]:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
            milliseconds = int(self.time_limit_seconds * 1000)
            connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds}"))
            yield
            return
        driver: Any = connection.connection.driver_connection
        deadline = time.monotonic() + self.time_limit_seconds
        driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        driver.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY)
        try:
            yield
        finally:
            driver.set_authorizer(None)
            driver.set_progress_handler(None, 0)


def _leaves_rows_out(view: Select[Any]) -> bool:
    everything = select(true()).where(true()).whereclause  # of a view for who has no limits
    condition = view.whereclause
    return condition is not None and everything is not None and not condition.compare(everything)


def _compiled(engine: Engine, view: Select[Any]) -> str:
    return str(view.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})).replace(
        "%%", "%"
    )


def _cell(value: Any) -> str | None:
    return None if value is None else str(value)[:MAX_CELL_CHARACTERS]


def _failed(error: DBAPIError) -> RetryWithFix:
    told = str(error.orig).splitlines()[0] if error.orig else ""
    if "interrupted" in told or "statement timeout" in told:
        return RetryWithFix(
            "This query takes too long. Read less. 쿼리가 너무 오래 걸립니다.", code="query_too_slow"
        )
    return RetryWithFix(f"The database refuses this query: {told}", code="query_refused")


def columns_of(views: Views) -> dict[str, Sequence[str]]:
    """Return the columns of each view."""
    return {name: list(view.selected_columns.keys()) for name, view in views.items()}
