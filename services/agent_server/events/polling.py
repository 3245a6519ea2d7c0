"""Asks the database about everything that readers of this process follow elsewhere: one question for all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

import structlog

from services.agent_server.storage.outages import DATABASE_ERRORS

POLL_SECONDS = 0.1
AFTER_FAILURE_SECONDS = 1.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Polling(Generic[T]):
    """Polls while somebody watches something; readers of one thing share what is found.

    Args:
        name: Of what is watched, for logs.
        check: Asks about all that is watched, by key, and updates it. Returns the keys that have ended.
    """

    def __init__(self, name: str, check: Callable[[Mapping[str, T]], Awaitable[Collection[str]]]) -> None:
        self._name = name
        self._check = check
        self._watched: dict[str, T] = {}
        self._readers: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, key: str, make: Callable[[], Awaitable[T]]) -> AsyncIterator[T]:
        """Have something polled until the block ends.

        Args:
            key: Of what is watched.
            make: Makes what is updated, unless another reader watches the same.
        """
        made = None if key in self._watched else await make()
        watched = self._watched.setdefault(key, made) if made is not None else self._watched[key]
        self._readers[key] = self._readers.get(key, 0) + 1
        if self._task is None:
            self._task = asyncio.create_task(self._poll(), name=f"polls {self._name}")
        try:
            yield watched
        finally:
            if self._watched.get(key) is watched:
                self._readers[key] -= 1
                if not self._readers[key]:
                    self._drop(key)

    async def look(self, key: str) -> None:
        """Ask about one thing now, when somebody watches it; when that fails, the next poll tells."""
        watched = self._watched.get(key)
        if watched is None:
            return
        with suppress(*DATABASE_ERRORS):
            if await self._check({key: watched}):
                self._drop(key)

    async def close(self) -> None:
        """Stop polling."""
        if self._task:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _poll(self) -> None:
        try:
            while self._watched:
                wait_seconds = POLL_SECONDS
                try:
                    for key in await self._check(dict(self._watched)):
                        self._drop(key)
                except DATABASE_ERRORS as error:
                    log.warning("could not poll", what=self._name, exc_info=error)
                    wait_seconds = AFTER_FAILURE_SECONDS
                await asyncio.sleep(wait_seconds)
        finally:
            self._task = None

    def _drop(self, key: str) -> None:
        self._watched.pop(key, None)
        self._readers.pop(key, None)
