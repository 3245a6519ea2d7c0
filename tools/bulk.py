"""Writes many rows at once: on PostgreSQL in one statement, whose triggers then run once for all of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

ROWS_OF_STATEMENT = 5_000

Values = dict[str, Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows that all name the same columns; the others have their defaults.

    Raises:
        IntegrityError: A row breaks a rule of the table.
    """
    if connection.dialect.name != "postgresql":
        if rows:
            connection.execute(insert(table), rows)
        return
    for some in _batches(rows):
        names = tuple(some[0])
        connection.execute(insert(table).from_select(names, _as_table(table, names, some)))


def update_rows(
    connection: Connection, table: Table, rows: Sequence[Values], *, key: tuple[str, ...]
) -> None:
    """Give the rows of some keys new values; what has another key stays as it is.

    Args:
        connection: To the database.
        table: Where.
        rows: All with the same columns: those of the key, and at least one other.
        key: The columns that say which row.

    Raises:
        IntegrityError: A row breaks a rule of the table.
    """
    if not rows:
        return
    names = tuple(name for name in rows[0] if name not in key)
    if connection.dialect.name != "postgresql":
        statement = (
            update(table)
            .where(*(table.c[name] == bindparam(f"of_{name}") for name in key))
            .values({name: bindparam(f"to_{name}") for name in names})
        )
        of = [
            {f"of_{name}": row[name] for name in key} | {f"to_{name}": row[name] for name in names}
            for row in rows
        ]
        connection.execute(statement, of)
        return
    for some in _batches(rows):
        given = _as_table(table, (*key, *names), some).subquery("given")
        connection.execute(
            update(table)
            .where(*(table.c[name] == given.c[name] for name in key))
            .values({name: given.c[name] for name in names})
        )


def _batches(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    for start in range(0, len(rows), ROWS_OF_STATEMENT):
        yield rows[start : start + ROWS_OF_STATEMENT]


def _as_table(table: Table, names: Sequence[str], rows: Sequence[Values]) -> Select[*tuple[Any, ...]]:
    """Return rows as PostgreSQL reads them: an array for each column, side by side."""
    return select(
        *(
            func.unnest(literal([row[name] for row in rows], ARRAY(table.c[name].type))).label(name)
            for name in names
        )
    )
