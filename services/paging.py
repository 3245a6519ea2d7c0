"""What the employee and the client service's lists have in common: how a page is asked for, and told."""

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from tools.keyset import COUNTED_UP_TO, MAX_CURSOR_CHARS, Keyset, PageRequest

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_SORT_CHARS = 200

SORT_TEXT = "Fields, separated by commas; '-' in front of one sorts it downwards. Fields:"


def sorted_by(orders: Keyset, example: str) -> Any:
    """Return the field ``sort`` of a list that has these orders."""
    text = f"{SORT_TEXT} {', '.join(orders.names)}. Left out: {orders.default}."
    return Field(None, min_length=1, max_length=MAX_SORT_CHARS, description=text, examples=[example])


def text_filter(description: str, *examples: str, longest: int = 80, shortest: int = 1) -> Any:
    """Return the field of a filter that is a text of so many characters."""
    return Field(min_length=shortest, max_length=longest, description=description, examples=list(examples))


class ListQuery(BaseModel):
    """The query of a list; each list adds its filters. A parameter that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many records a page has at most.")] = (
        DEFAULT_LIMIT
    )
    cursor: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_CURSOR_CHARS,
            description="`next_cursor` of the page before, of the same filters and order.",
        ),
    ] = None
    sort: str | None = None
    count: Annotated[
        bool | None,
        Field(
            description="Whether to count all that fit. Left out, they are counted on the first page, where "
            f"they are at most {COUNTED_UP_TO:,}."
        ),
    ] = None

    def page(self, *, of: str = "") -> PageRequest:
        """Return which page is asked for.

        Args:
            of: What the list is of beside the filters, such as an id from the path.
        """
        filters = self.model_dump_json(exclude={"limit", "cursor", "count", "sort"}, exclude_none=True)
        return PageRequest(
            limit=self.limit,
            sort=self.sort,
            cursor=self.cursor,
            count=self.count,
            of=f"{type(self).__name__} {of} {filters}",
        )


class Paged(BaseModel):
    """What every page tells; the answer's ``Link`` header names the next one too."""

    limit: int = Field(description="How many records a page has at most.", examples=[DEFAULT_LIMIT])
    next_cursor: str | None = Field(
        description="Where the next page begins: send it as `cursor`. Null on the last page.",
        examples=["WyI4ZjE0ZTQ1ZmNlZWEiLCIyMDI2LTA5LTMwIiwiVDAwMDAwNSJd"],
    )
    total: int | None = Field(
        description="How many fit in all; null when they were not counted: see `count`.", examples=[57]
    )


def link_next(request: Request, response: Response, next_cursor: str | None) -> None:
    """Name the next page in the answer's ``Link`` header (RFC 8288); nothing on the last page."""
    if next_cursor:
        query = request.url.include_query_params(cursor=next_cursor).query
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
