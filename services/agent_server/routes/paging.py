"""Page limits of all lists."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

DEFAULT_LIMIT = 10
MAX_LIMIT = 1000
MAX_OFFSET = 2**31

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Offset = Annotated[int, Field(ge=0, le=MAX_OFFSET)]
LimitQuery = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
OffsetQuery = Annotated[int, Query(ge=0, le=MAX_OFFSET)]


def page_headers(*, total: int, offset: int, count: int) -> dict[str, str]:
    """Return the headers that say how many there are and where the next page starts."""
    headers = {"x-pagination-total": str(total)}
    if offset + count < total:
        headers["x-pagination-next"] = str(offset + count)
    return headers
