"""The sync client behind the async client's interface, so that one test shows both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from langgraph_sdk.client import SyncLangGraphClient

STREAMS = frozenset({"stream", "join_stream"})
_END = object()


class InThreads:
    """Calls a sync client in threads.

    Args:
        client: The caller closes it.
    """

    def __init__(self, client: SyncLangGraphClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> "_Resource":
        return _Resource(getattr(self._client, name))


class _Resource:
    def __init__(self, resource: Any) -> None:
        self._resource = resource

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._resource, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            return await asyncio.to_thread(method, *arguments, **options)

        def stream(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
            return _items(lambda: iter(method(*arguments, **options)))

        return stream if name in STREAMS else call


async def _items(begin: Callable[[], Any]) -> AsyncIterator[Any]:
    iterator = await asyncio.to_thread(begin)
    try:
        while (item := await asyncio.to_thread(next, iterator, _END)) is not _END:
            yield item
    finally:
        await asyncio.to_thread(iterator.close)
