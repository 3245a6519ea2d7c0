"""One person's memories in LangGraph's store: below the person's id, which only a verified token gives."""

from collections.abc import Mapping

from langgraph.store.base import BaseStore
from pydantic import ValidationError

from graph.memory.items import Memory
from narutalk.identity import Identity

NAMESPACE = "memories"
MAX_MEMORIES = 200
"""Of one person; every turn reads them all."""


class Memories:
    """What is remembered of one person.

    Args:
        store: Of the server.
        identity: Of the person, as verified.
    """

    def __init__(self, store: BaseStore, identity: Identity) -> None:
        self._store = store
        self._namespace = (identity.store_label, NAMESPACE)

    async def all(self) -> dict[str, Memory]:
        """Return them by their ids, the latest first; what was put there and is none is left out."""
        found: dict[str, Memory] = {}
        for item in await self._store.asearch(self._namespace, limit=MAX_MEMORIES, refresh_ttl=False):
            if item.namespace == self._namespace:
                try:
                    found[item.key] = Memory.model_validate(item.value)
                except ValidationError:
                    continue
        return dict(sorted(found.items(), key=lambda entry: entry[1].created_at, reverse=True))

    async def keep(self, memory: Memory, known: Mapping[str, Memory]) -> bool:
        """Keep one; a preference takes the place of the one before. Return whether there was room.

        Args:
            memory: To be kept.
            known: All that there are.
        """
        replaced = [key for key, other in known.items() if memory.name and other.name == memory.name]
        if len(known) >= MAX_MEMORIES and not replaced and memory.key() not in known:
            return False
        await self._store.aput(self._namespace, memory.key(), memory.model_dump(mode="json"), index=False)
        await self.forget([key for key in replaced if key != memory.key()])
        return True

    async def forget(self, keys: list[str]) -> None:
        """Delete some; those that are gone already are no error."""
        for key in keys:
            await self._store.adelete(self._namespace, key)

    async def forget_all(self) -> int:
        """Delete all, and what else was put there, and return how many there were."""
        forgotten = 0
        while items := await self._store.asearch(self._namespace, limit=MAX_MEMORIES, refresh_ttl=False):
            for item in items:
                await self._store.adelete(item.namespace, item.key)
            forgotten += len(items)
        return forgotten
