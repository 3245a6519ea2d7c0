"""What OpenAPI says of answers beside their schema."""

from typing import Any

Responses = dict[int | str, dict[str, Any]]

_LINK = {
    "Link": {
        "description": "The next page (RFC 8288); absent on the last.",
        "schema": {"type": "string"},
        "example": '</clients?limit=20&cursor=WyI4ZjE0ZTQ1ZmNlZWEiLCJBIiwiQzAwNDIiXQ>; rel="next"',
    }
}


def answered(example: Any) -> Responses:
    """Return the documentation of an answer by an example of it."""
    return {200: {"content": {"application/json": {"example": example}}}}


def paged(records: str, *examples: Any, **more: Any) -> Responses:
    """Return the documentation of a list.

    Args:
        records: The name that the records have in a page.
        examples: Of records.
        more: What else a page tells.
    """
    page = {
        records: list(examples),
        "limit": 20,
        "next_cursor": "WyI4ZjE0ZTQ1ZmNlZWEiLCJBIiwiQzAwNDIiXQ",
        "total": 57,
        **more,
    }
    return {200: {**answered(page)[200], "headers": _LINK}}
