"""Searches in columns that hold JSON as text, in SQLite and PostgreSQL alike."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, not_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from narutalk.errors import InvalidInput
from services.agent_server.serialization import encode

UNCASTABLE = r"\\u(0000|d[89a-f])"
"""Escapes that JSON allows and PostgreSQL's ``jsonb`` refuses."""

SQLITE_INTEGER_BITS = 63


def json_holds(
    column: Any, wanted: dict[str, Any], *, owned: ColumnElement[bool], is_postgresql: bool
) -> list[ColumnElement[bool]]:
    """Return the conditions under which a column's JSON holds keys and values, at any depth.

    Args:
        column: Of JSON as text.
        wanted: Empty: everything holds it.
        owned: The rows that are looked at anyway.
        is_postgresql: Else SQLite.

    Raises:
        InvalidInput: What is wanted cannot be stored, and so cannot be found.
    """
    if not wanted:
        return []
    if re.search(UNCASTABLE, encode(wanted).decode(), re.IGNORECASE):
        raise InvalidInput("What to search for holds characters that are not stored.")
    if is_postgresql:
        # A cast fails on what jsonb cannot hold: it is tried only on rows of the owner that it can take.
        uncastable = type_coerce(column, Text).regexp_match(UNCASTABLE, flags="i")
        return [case((and_(owned, not_(uncastable)), cast(column, JSONB).contains(wanted)), else_=False)]
    return [_sqlite_equals(column, path, value) for path, value in _leaves(wanted, "$")]


def _leaves(wanted: dict[str, Any], path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in wanted.items():
        if '"' in key:
            raise InvalidInput("A key to search for cannot hold a quotation mark.")
        inner = f'{path}."{key}"'
        found += _leaves(value, inner) if isinstance(value, dict) else [(inner, value)]
    return found


def _sqlite_equals(column: Any, path: str, value: Any) -> ColumnElement[bool]:
    if value is None:
        return literal("null") == func.json_type(column, path)
    if isinstance(value, list):
        value = encode(value).decode()
    if isinstance(value, int) and value.bit_length() > SQLITE_INTEGER_BITS:
        raise InvalidInput("A number to search for is larger than any that is stored.")
    return literal(value) == func.json_extract(column, path)
