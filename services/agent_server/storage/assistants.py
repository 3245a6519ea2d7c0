"""Reads and writes the assistants that users made. Rights are checked in `services.agent_server.access`."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, collate, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from narutalk.errors import Conflict, NotFound
from services.agent_server.storage.json_filter import json_holds
from services.agent_server.storage.models import AssistantVersion, StoredAssistant

VERSIONED = ("graph_id", "name", "description", "config", "context", "meta")
"""What a version holds, and what `StoredAssistant` holds of the version in force."""

TEXT_COLUMNS = {
    "assistant_id": StoredAssistant.assistant_id,
    "graph_id": StoredAssistant.graph_id,
    "name": StoredAssistant.name,
}
TIME_COLUMNS = {"created_at": StoredAssistant.created_at, "updated_at": StoredAssistant.updated_at}


class AssistantFilter(NamedTuple):
    """Which assistants are meant; empty parts match all.

    Attributes:
        user_id: The owner.
        graph_id: Exactly this one.
        name: A part of the name, in small or capital letters.
        metadata: Keys and values that the metadata holds, at any depth.
    """

    user_id: str
    graph_id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] = {}  # noqa: RUF012  (a NamedTuple's default, never written to)


class AssistantStore:
    """The assistants that users of one service made.

    Args:
        engine: Opened by `open_database`; the caller closes it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        self._is_postgresql = engine.dialect.name == "postgresql"

    async def get(self, assistant_id: str) -> StoredAssistant | None:
        async with self._sessions() as session:
            return await session.get(StoredAssistant, assistant_id)

    async def add(self, assistant: StoredAssistant) -> None:
        """Store a new assistant with its first version.

        Raises:
            Conflict: ``assistant_exists``.
        """
        try:
            async with self._sessions.begin() as session:
                session.add(assistant)
                await session.flush()
                session.add(_version_of(assistant))
        except IntegrityError as error:
            raise Conflict(
                f"Assistant {assistant.assistant_id} already exists.", code="assistant_exists"
            ) from error

    async def change(self, assistant_id: str, changes: dict[str, Any]) -> StoredAssistant:
        """Make a new version and put it in force.

        Args:
            assistant_id: Of the assistant.
            changes: By the names in `VERSIONED`; ``meta`` is added to what is there, the others replace it.

        Raises:
            NotFound: It was deleted meanwhile.
        """
        async with self._sessions.begin() as session:
            stored = await _locked(session, assistant_id)
            for name, value in changes.items():
                setattr(stored, name, {**stored.meta, **value} if name == "meta" else value)
            newest = select(func.max(AssistantVersion.version)).where(
                AssistantVersion.assistant_id == assistant_id
            )
            stored.version = (await session.execute(newest)).scalar_one() + 1
            session.add(_version_of(stored))
        return stored

    async def choose(self, assistant_id: str, version: int) -> StoredAssistant:
        """Put a version in force again.

        Raises:
            NotFound: The assistant, or the version.
        """
        async with self._sessions.begin() as session:
            stored = await _locked(session, assistant_id)
            chosen = await session.get(AssistantVersion, (assistant_id, version))
            if chosen is None:
                raise NotFound("assistant version")
            for name in ("version", *VERSIONED):
                setattr(stored, name, getattr(chosen, name))
        return stored

    async def versions(
        self, assistant_id: str, *, metadata: dict[str, Any], limit: int, offset: int
    ) -> list[AssistantVersion]:
        """Return an assistant's versions, newest first."""
        owned = AssistantVersion.assistant_id == assistant_id
        holds = json_holds(AssistantVersion.meta, metadata, owned=owned, is_postgresql=self._is_postgresql)
        query = (
            select(AssistantVersion)
            .where(owned, *holds)
            .order_by(AssistantVersion.version.desc())
            .limit(limit)
            .offset(offset)
        )
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def search(
        self, wanted: AssistantFilter, *, sort_by: str, descending: bool, limit: int, offset: int
    ) -> list[StoredAssistant]:
        """Return a page of assistants. Texts are in the order of their code points, as Python sorts them."""
        order = [self._sortable(sort_by), self._sortable("assistant_id")]
        query = (
            select(StoredAssistant)
            .where(*self._conditions(wanted))
            .order_by(*[column.desc() if descending else column.asc() for column in order])
            .limit(limit)
            .offset(offset)
        )
        async with self._sessions() as session:
            return [*(await session.scalars(query)).all()]

    async def count(self, wanted: AssistantFilter) -> int:
        query = select(func.count()).select_from(StoredAssistant).where(*self._conditions(wanted))
        async with self._sessions() as session:
            return int((await session.execute(query)).scalar_one())

    async def delete(self, assistant_id: str) -> None:
        """Remove an assistant and, through the foreign key, its versions."""
        async with self._sessions.begin() as session:
            await session.execute(delete(StoredAssistant).where(StoredAssistant.assistant_id == assistant_id))

    def _sortable(self, name: str) -> ColumnElement[Any]:
        if name in TIME_COLUMNS:
            return TIME_COLUMNS[name].expression
        column = TEXT_COLUMNS[name]
        return collate(column, "C") if self._is_postgresql else column.expression

    def _conditions(self, wanted: AssistantFilter) -> list[ColumnElement[bool]]:
        owned = StoredAssistant.user_id == wanted.user_id
        conditions: list[ColumnElement[bool]] = [owned]
        if wanted.graph_id:
            conditions.append(StoredAssistant.graph_id == wanted.graph_id)
        if wanted.name:
            conditions.append(StoredAssistant.name.icontains(wanted.name, autoescape=True))
        return conditions + json_holds(
            StoredAssistant.meta, wanted.metadata, owned=owned, is_postgresql=self._is_postgresql
        )


async def _locked(session: AsyncSession, assistant_id: str) -> StoredAssistant:
    """Return an assistant that no other transaction changes until this one ends."""
    touched = update(StoredAssistant).where(StoredAssistant.assistant_id == assistant_id)
    await session.execute(touched.values(updated_at=datetime.now(UTC)))
    stored = await session.get(StoredAssistant, assistant_id)
    if stored is None:
        raise NotFound("assistant")
    return stored


def _version_of(assistant: StoredAssistant) -> AssistantVersion:
    return AssistantVersion(
        assistant_id=assistant.assistant_id,
        version=assistant.version,
        created_at=assistant.updated_at,
        **{name: getattr(assistant, name) for name in VERSIONED},
    )
