"""Keeps the SQL that answers a question, so that an answer can say how it was computed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine, event

MAX_QUERIES = 12
MAX_SQL_CHARACTERS = 4_000
MAX_PARAMETERS = 40
MAX_VALUE_CHARACTERS = 120


class RecordedQuery(BaseModel):
    """A statement as the database got it.

    Attributes:
        sql: With placeholders; cut at `MAX_SQL_CHARACTERS`.
        parameters: Of the placeholders, in order or by name; at most `MAX_PARAMETERS`, as text.
    """

    sql: str
    parameters: list[str] = []


_recorded: ContextVar[list[RecordedQuery] | None] = ContextVar("recorded_queries", default=None)


@contextmanager
def recorded_queries() -> Iterator[list[RecordedQuery]]:
    """Collect the distinct reading statements of engines that `record_statements` was called for.

    Those of this context alone: what other threads and tasks ask meanwhile is not in the list. What is
    collected inside goes to the collection around it too.
    """
    queries: list[RecordedQuery] = []
    token = _recorded.set(queries)
    try:
        yield queries
    finally:
        _recorded.reset(token)
        if (around := _recorded.get()) is not None:
            around += [query for query in queries if query not in around][: MAX_QUERIES - len(around)]


def record_statements(engine: Engine) -> None:
    """Let `recorded_queries` see an engine's statements."""
    event.listen(engine, "before_cursor_execute", _record)


def _record(
    _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    queries = _recorded.get()
    if queries is None or len(queries) >= MAX_QUERIES or not statement.startswith(("SELECT", "WITH")):
        return
    query = RecordedQuery(sql=statement[:MAX_SQL_CHARACTERS], parameters=_told(parameters))
    if query not in queries:
        queries.append(query)


def _told(parameters: Any) -> list[str]:
    if isinstance(parameters, dict):
        values = [f"{name} = {value}" for name, value in parameters.items()]
    else:
        values = [str(value) for value in parameters or ()]
    return [value[:MAX_VALUE_CHARACTERS] for value in values[:MAX_PARAMETERS]]
