"""Writes rows by their natural key: new ones are inserted, others updated where they differ."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, tuple_

from tools.bulk import insert_rows, update_rows
from tools.imports.kinds import Built, Kind


class Counts(NamedTuple):
    """How many rows were, or would be, inserted, updated, and left as they are."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: object) -> "Counts":
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Upsert:
    """Writes one kind's rows over one connection.

    Args:
        kind: What is written.
        connection: In a transaction, when anything is written.
    """

    def __init__(self, kind: Kind, connection: Connection) -> None:
        self._kind = kind
        self._connection = connection
        self._late: list[dict[str, Any]] = []

    def add(self, rows: Sequence[Built], *, write: bool) -> Counts:
        """Write some rows, whose keys are all different; or only count them."""
        there = self._read(rows)
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for row in rows:
            found = there.get(self._key(row.columns))
            if found is None:
                new.append(self._without_late({**row.new, **row.columns}))
            elif any(found[name] != value for name, value in row.columns.items()):
                changed.append(self._without_late(row.columns))
        if write:
            self._insert(new)
            self._update(changed)
        return Counts(len(new), len(changed), len(rows) - len(new) - len(changed))

    def finish(self) -> None:
        """Write the columns that refer to other rows of the table."""
        late = self._kind.late
        if late and self._late:
            update_rows(self._connection, self._kind.table, self._late, key=self._kind.key)

    def _read(self, rows: Sequence[Built]) -> dict[tuple[Any, ...], dict[str, Any]]:
        table, key = self._kind.table, self._kind.key
        keys = [self._key(row.columns) for row in rows]
        columns = [table.c[name] for name in key]
        wanted = columns[0].in_([first for (first,) in keys]) if len(key) == 1 else tuple_(*columns).in_(keys)
        found: Sequence[Row[Any]] = self._connection.execute(select(table).where(wanted)).all()
        return {self._key(dict(row._mapping)): dict(row._mapping) for row in found}

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        for same in _by_columns(rows):
            insert_rows(self._connection, self._kind.table, same)

    def _update(self, rows: list[dict[str, Any]]) -> None:
        key = self._kind.key
        for same in _by_columns(rows):
            if len(same[0]) > len(key):
                update_rows(self._connection, self._kind.table, same, key=key)

    def _without_late(self, columns: dict[str, Any]) -> dict[str, Any]:
        late = self._kind.late
        if late is None or late not in columns:
            return columns
        self._late.append({name: columns[name] for name in (*self._kind.key, late)})
        return {name: value for name, value in columns.items() if name != late}

    def _key(self, columns: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(columns[name] for name in self._kind.key)


def _by_columns(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows in groups that have the same columns: each group is one statement."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return list(groups.values())
