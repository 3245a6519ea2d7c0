"""The client of what the router remembers of a person: long-term memories, and whole threads."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import httpx
import structlog
from pydantic import BaseModel, Field, ValidationError

from narutalk.errors import DeadlineExceeded, NotFound, Unavailable, UpstreamFailed
from narutalk.http import REPEATABLE
from narutalk.identity import Identity, TokenSigner

logger = structlog.get_logger(__name__)

NAMESPACE = "memories"
EVERYTHING: Sequence[str] = ()
CALL_TIMEOUT_SECONDS = 5.0
DELETE_ALL_SECONDS = 30.0
DELETE_AT_ONCE = 100
MAX_TEXT_CHARS = 500
_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE)


class Memory(BaseModel):
    """One thing that the assistant remembers of a person.

    Attributes:
        kind: ``note``: they asked to remember it. ``preference``: how they like to be answered.
        name: Which preference it is; None for a note.
        language: In which it was said.
        created_at: When it was said; when it was stored, where that is not known.
    """

    id: UUID
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    kind: Literal["note", "preference"] = "note"
    name: Literal["language", "format", "region", "team"] | None = None
    language: Literal["en", "ko"] = "en"
    created_at: datetime


class MemoryPage(NamedTuple):
    """Memories, the newest first, and whether there are more behind them."""

    items: list[Memory]
    has_more: bool


class MemoryClient:
    """Reads and deletes what the router remembers of a person, under that person's rights.

    Every method raises `Unavailable` ``memories_unavailable`` when the router does not answer or cannot work
    now, and `UpstreamFailed` ``memories_failed`` when it answers something else.

    Args:
        http: With the router's base URL; the caller closes it.
        signer: Signs for whom each call is made.
    """

    def __init__(self, http: httpx.AsyncClient, signer: TokenSigner) -> None:
        self._http = http
        self._signer = signer

    async def page(self, identity: Identity, *, limit: int, offset: int) -> MemoryPage:
        """Return a page of a person's memories; what is no memory, but lies among them, is left out."""
        found = await self._items(identity, [NAMESPACE], limit=limit + 1, offset=offset)
        read = [memory for memory in map(_read, found[:limit]) if memory]
        # Of the same second, which is as close as SQLite looks, the router has them in no order.
        read.sort(key=lambda memory: memory.created_at, reverse=True)
        return MemoryPage(read, len(found) > limit)

    async def delete(self, identity: Identity, memory_id: UUID) -> None:
        """Delete a memory.

        Raises:
            NotFound: ``memory_not_found``: there is none, or it is somebody else's.
        """
        key = str(memory_id)
        place = {"namespace": NAMESPACE, "key": key}
        if await self._call(identity, "GET", "/store/items", params=place) is None:
            raise NotFound("memory")
        await self._delete_item(identity, [NAMESPACE], key)

    async def delete_all(self, identity: Identity) -> int:
        """Delete all of a person's memories, and return how many there were.

        Raises:
            DeadlineExceeded: There were too many for one call; some are left, and the next call goes on.
        """
        try:
            async with asyncio.timeout(DELETE_ALL_SECONDS):
                return await self._delete_items(identity, [NAMESPACE])
        except TimeoutError as error:
            raise DeadlineExceeded("Not all memories are deleted yet. Try again.") from error

    async def delete_everything(self, identity: Identity) -> int:
        """Delete all that the router keeps of a person, and return how many items and threads there were."""
        deleted = await self._delete_items(identity, EVERYTHING)
        page = {"limit": DELETE_AT_ONCE, "select": ["thread_id"]}
        while threads := await self._call(identity, "POST", "/threads/search", json=page):
            ids = [thread["thread_id"] for thread in threads]
            body = {"thread_ids": ids, "strategy": "delete"}
            await self._call(identity, "POST", "/threads/prune", json=body)
            deleted += len(ids)
        return deleted

    async def _delete_items(self, identity: Identity, namespace: Sequence[str]) -> int:
        deleted = 0
        while found := await self._items(identity, namespace, limit=DELETE_AT_ONCE, offset=0):
            for item in found:
                await self._delete_item(identity, item["namespace"], item["key"])
            deleted += len(found)
        return deleted

    async def _items(
        self, identity: Identity, namespace: Sequence[str], *, limit: int, offset: int
    ) -> list[dict[str, Any]]:
        body = {
            "namespace_prefix": list(namespace),
            "limit": limit,
            "offset": offset,
            "refresh_ttl": False,  # that a person looks at it does not make it live longer
        }
        found: list[dict[str, Any]] = (await self._call(identity, "POST", "/store/items/search", json=body))[
            "items"
        ]
        return found

    async def _delete_item(self, identity: Identity, namespace: Sequence[str], key: str) -> None:
        body = {"namespace": list(namespace), "key": key}
        await self._call(identity, "DELETE", "/store/items", json=body)

    async def _call(
        self,
        identity: Identity,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        """Return the answer's JSON; None for one without a body."""
        try:
            response = await self._http.request(
                method,
                path,
                json=json,
                params=params,
                headers={"Authorization": f"Bearer {self._signer.sign(identity)}"},
                timeout=CALL_TIMEOUT_SECONDS,
                extensions={REPEATABLE: True},  # searching changes nothing, and what is gone stays gone
            )
        except httpx.TransportError as error:
            logger.warning("memories not reached at the router", path=path, reason=repr(error))
            raise _unavailable() from error
        if response.is_success:
            return response.json() if response.content else None
        logger.warning("the router refused", path=path, status=response.status_code)
        if response.status_code in _BUSY:
            raise _unavailable()
        raise UpstreamFailed("The memories could not be read or deleted.", code="memories_failed")


def _unavailable() -> Unavailable:
    return Unavailable("What is remembered cannot be reached at the moment.", code="memories_unavailable")


def _read(item: Mapping[str, Any]) -> Memory | None:
    """Return an item as a memory. The API of the store lets its owner put anything there: None for that."""
    try:
        if item["namespace"] != [NAMESPACE]:
            return None
        return Memory.model_validate({**item["value"], "id": item["key"], "created_at": _created_at(item)})
    except ValidationError:
        logger.warning("an item among the memories is none", key=item["key"])
        return None


def _created_at(item: Mapping[str, Any]) -> datetime:
    try:
        time = datetime.fromisoformat(item["value"]["created_at"])
    except (KeyError, TypeError, ValueError):
        time = datetime.fromisoformat(item["created_at"])
    return time if time.tzinfo else time.replace(tzinfo=UTC)
