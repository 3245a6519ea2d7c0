"""Pages of a list that begin where the last one ended: stable while rows come and go, and deep ones as quick.

A list is sorted by some of its fields and, last, by one that no two rows share. A cursor holds what the last
row of a page has in them, and the next page is what comes behind that. A cursor opens nothing: it is read
as any other argument is, and the rows behind it are filtered by what the caller may see, as all are.

Text sorts by code point on every database: Hangul as in a dictionary, capitals before small letters.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, collate, func, literal, or_, select

from narutalk.errors import InvalidInput

MAX_CURSOR_CHARS = 1_000
MAX_SORT_FIELDS = 5
COUNTED_UP_TO = 10_000
"""Rows that are counted without being asked to: so many are counted quickly whatever the table's size."""
_DIGEST_CHARS = 12
_MAX_INTEGER = 2**63 - 1

RecordT = TypeVar("RecordT")
Statement = Select[*tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """Which page of a list.

    Attributes:
        limit: The most records, from 1.
        sort: Fields with a ``-`` in front of those that fall, such as ``-date,amount_krw``; None for the
            list's own order.
        cursor: Where the last page ended; None for the first page.
        count: Whether to count all that fit. None: on the first page, and no further than `COUNTED_UP_TO`.
        of: What the list is of. A cursor continues only the list that it was made for.
    """

    limit: int
    sort: str | None = None
    cursor: str | None = None
    count: bool | None = None
    of: str = ""

    @property
    def most_counted(self) -> int | None:
        """How far to count: 0 for not at all, None for to the end."""
        if self.count is None:
            return 0 if self.cursor else COUNTED_UP_TO
        return None if self.count else 0


class Listed(NamedTuple, Generic[RecordT]):
    """One page of a list.

    Attributes:
        records: In order.
        next_cursor: Of the page behind it; None on the last.
        total: How many fit in all; None when they were not counted.
    """

    records: list[RecordT]
    next_cursor: str | None
    total: int | None


class PageRows(NamedTuple):
    """The rows of one page, and the cursor of the page behind it."""

    rows: Sequence[Row[Any]]
    next_cursor: str | None


class _Term(NamedTuple):
    name: str
    column: ColumnElement[Any]
    falls: bool

    def behind(self, value: object) -> ColumnElement[bool]:
        return self.column < value if self.falls else self.column > value

    def not_before(self, value: object) -> ColumnElement[bool]:
        return self.column <= value if self.falls else self.column >= value


class Keyset:
    """The orders in which a list can be had.

    Args:
        fields: By the name that a request sorts by; none of them is ever NULL.
        default: The order of a request that names none, as in `PageRequest.sort`.
        tie: The field that no two rows share. It is added as the last one of every order, and falls when the
            one before it does.

    Attributes:
        default: As it was given.
    """

    def __init__(self, fields: Mapping[str, ColumnElement[Any]], *, default: str, tie: str = "id") -> None:
        self._fields = fields
        self.default = default
        self._tie = tie

    @property
    def names(self) -> tuple[str, ...]:
        """What can be sorted by."""
        return tuple(self._fields)

    def page(self, connection: Connection, statement: Statement, asked: PageRequest) -> PageRows:
        """Return a page of what a statement selects.

        Args:
            connection: To the database.
            statement: With its conditions, without an order or limit.
            asked: Which page.

        Raises:
            InvalidInput: ``sort_invalid`` or ``cursor_invalid``.
        """
        terms = self._terms(asked.sort, connection.dialect.name)
        digest = _digest(terms, asked.of)
        paged = statement.add_columns(*(term.column.label(_label(i)) for i, term in enumerate(terms)))
        if asked.cursor is not None:
            paged = paged.where(_behind(terms, _decode(asked.cursor, digest, terms)))
        order = [term.column.desc() if term.falls else term.column.asc() for term in terms]
        rows = connection.execute(paged.order_by(*order).limit(asked.limit + 1)).all()
        shown = rows[: asked.limit]
        ended = [getattr(shown[-1], _label(i)) for i in range(len(terms))] if len(rows) > len(shown) else None
        return PageRows(shown, _encode(digest, ended) if ended else None)

    def _terms(self, sort: str | None, dialect: str) -> list[_Term]:
        names = (sort or self.default).split(",")
        terms = [(name.strip().removeprefix("-"), name.strip().startswith("-")) for name in names]
        plain = [name for name, _ in terms]
        unknown = [name for name in plain if name not in self._fields]
        if unknown or len(set(plain)) < len(plain) or len(plain) > MAX_SORT_FIELDS:
            problem = f"There is no field '{unknown[0]}'" if unknown else "A field can be named once"
            raise InvalidInput(
                f"{problem} in `sort`. Fields: {', '.join(self._fields)}; '-' in front sorts downwards.",
                code="sort_invalid",
                details={"fields": list(self._fields)},
            )
        if self._tie in plain:  # what comes behind it never decides
            terms = terms[: plain.index(self._tie) + 1]
        else:
            terms.append((self._tie, terms[-1][1]))
        return [_Term(name, _by_code_point(self._fields[name], dialect), falls) for name, falls in terms]


def counted(connection: Connection, statement: Statement, asked: PageRequest) -> int | None:
    """Return how many rows a statement without a limit selects; None as `PageRequest.count` says."""
    one = statement.with_only_columns(literal(1).label("one"), maintain_column_froms=True)
    found = summed(connection, one, asked)
    return found[0] if found else None


def summed(connection: Connection, statement: Statement, asked: PageRequest) -> tuple[int, int] | None:
    """Return how many rows there are and the sum of their only column; None as `PageRequest.count` says."""
    most = asked.most_counted
    if most == 0:
        return None
    some = (statement.limit(most + 1) if most is not None else statement).subquery()
    sums = select(func.count(), func.coalesce(func.sum(some.c[0]), 0))
    count, total = connection.execute(sums).one()
    return (count, int(total)) if most is None or count <= most else None


def _by_code_point(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Return a column as it sorts; SQLite compares the bytes of text anyway."""
    is_text = column.type.python_type is str
    return collate(column, "C") if is_text and dialect == "postgresql" else column


def _behind(terms: Sequence[_Term], values: Sequence[object]) -> ColumnElement[bool]:
    """Return the condition of what comes behind a row: ``a > x OR (a = x AND (b > y OR …))``.

    ``a >= x`` in front of it says nothing more, but lets the database begin in its index there.
    """
    *before, (last, value) = zip(terms, values, strict=True)
    condition = last.behind(value)
    for term, value in reversed(before):
        condition = or_(term.behind(value), and_(term.column == value, condition))
    return and_(terms[0].not_before(values[0]), condition)


def _label(index: int) -> str:
    return f"sorted_by_{index}"


def _digest(terms: Sequence[_Term], of: str) -> str:
    order = [[term.name, term.falls] for term in terms]
    return sha256(json.dumps([order, of]).encode()).hexdigest()[:_DIGEST_CHARS]


def _encode(digest: str, values: Sequence[object]) -> str:
    held = [value.isoformat() if isinstance(value, date) else value for value in values]
    text = json.dumps([digest, *held], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, digest: str, terms: Sequence[_Term]) -> list[object]:
    try:
        if len(cursor) > MAX_CURSOR_CHARS:
            raise ValueError("longer than any cursor")
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        found, *values = json.loads(text)
        if found != digest or len(values) != len(terms):
            raise ValueError("of another list")
        return [
            _value(value, term.column.type.python_type) for value, term in zip(values, terms, strict=True)
        ]
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise InvalidInput(
            "The cursor does not belong to this list. Begin without one; keep filters and order.",
            code="cursor_invalid",
        ) from error


def _value(value: object, kind: type) -> object:
    """Return a cursor's value as its column takes it.

    Raises:
        ValueError: It is of another type, or no value that the database can hold.
    """
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_INTEGER:
        return value
    if not isinstance(value, str):
        raise ValueError(f"not of type {kind.__name__}")
    if kind is str:
        value.encode()  # half a surrogate pair is a ValueError
        return value
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    raise ValueError(f"not of type {kind.__name__}")
