"""What belonged to a deleted thread at other services is deleted there, until they have done it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from narutalk.identity import Identity
from narutalk.settings import Settings
from services.agent_server.storage import subthreads as notes
from services.agent_server.storage.database import open_database
from services.agent_server.storage.models import SubthreadDeletion
from services.agent_server.storage.threads import ThreadStore, new_thread
from services.agent_server.threads.subthreads import Subthreads, open_subthreads

WAIT_SECONDS = 10


@dataclass
class Elsewhere:
    """The other services.

    Attributes:
        refusals: How often they fail before they delete.
        calls: What they were asked to delete, and for whom.
    """

    refusals: int = 0
    fails: bool = False
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    deleted: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def of(self, thread_id: str) -> Mapping[str, str]:
        return {"north": f"n-{thread_id[:8]}", "south": f"s-{thread_id[:8]}"}

    async def delete(self, _resources: Any, service: str, thread_id: str, identity: Identity) -> bool:
        self.calls.append((service, thread_id, identity.user_id))
        if self.refusals:
            self.refusals -= 1
            if self.fails:
                raise RuntimeError("planted")
            return False
        self.deleted.put_nowait(thread_id)
        return True

    async def wait_for(self, count: int) -> set[str]:
        async with asyncio.timeout(WAIT_SECONDS):
            return {await self.deleted.get() for _ in range(count)}


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return Settings(_env_file=None, data_dir=tmp_path, database_url=SecretStr(url))


@asynccontextmanager
async def opened(settings: Settings, elsewhere: Elsewhere) -> AsyncIterator[tuple[ThreadStore, AsyncEngine]]:
    async with (
        open_database(settings, "test_subthreads") as engine,
        open_subthreads(engine, Subthreads(of=elsewhere.of, delete=elsewhere.delete), None) as deletions,
    ):
        yield ThreadStore(engine, subthreads=deletions), engine


async def add_thread(threads: ThreadStore) -> str:
    thread_id = str(uuid4())
    await threads.add(new_thread(thread_id, "u-anna"))
    return thread_id


async def wait_until_empty(engine: AsyncEngine) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while await left(engine):
            await asyncio.sleep(0)


async def left(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count(SubthreadDeletion.id)))).scalar_one())


async def test_they_go_at_once_in_the_owners_name(settings: Settings) -> None:
    elsewhere = Elsewhere()
    async with opened(settings, elsewhere) as (threads, engine):
        thread_id = await add_thread(threads)
        await threads.delete(thread_id)
        assert await elsewhere.wait_for(2) == set(elsewhere.of(thread_id).values())
        await wait_until_empty(engine)
    assert {user for _, _, user in elsewhere.calls} == {"u-anna"}


@pytest.mark.parametrize("fails", [False, True], ids=["refused", "raised"])
async def test_they_are_tried_until_they_are_gone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(notes, "FIRST_BACKOFF_SECONDS", 0.01)
    elsewhere = Elsewhere(refusals=5, fails=fails)
    async with opened(settings, elsewhere) as (threads, engine):
        await threads.delete(await add_thread(threads))
        await elsewhere.wait_for(2)
        await wait_until_empty(engine)
    assert len(elsewhere.calls) == 7


async def test_another_process_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "FIRST_BACKOFF_SECONDS", 0.01)
    dead, alive = Elsewhere(refusals=10**6), Elsewhere()
    async with opened(settings, dead) as (threads, _):
        await threads.delete(await add_thread(threads))
    async with opened(settings, alive) as (_, engine):
        assert len(await alive.wait_for(2)) == 2
        await wait_until_empty(engine)


async def test_a_thread_is_not_deleted_without_its_notes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Elsewhere()
    async with opened(settings, elsewhere) as (threads, _):
        thread_id = await add_thread(threads)

        def broken(_thread_id: str) -> Mapping[str, str]:
            raise RuntimeError("planted")

        assert threads._subthreads
        monkeypatch.setattr(threads._subthreads, "_subthreads_of", broken)
        with pytest.raises(RuntimeError):
            await threads.delete(thread_id)
        assert await threads.get(thread_id)


async def test_what_is_not_there_leaves_no_note(settings: Settings) -> None:
    elsewhere = Elsewhere()
    async with opened(settings, elsewhere) as (threads, engine):
        await threads.delete(str(uuid4()))
        assert await left(engine) == 0
    assert elsewhere.calls == []


async def test_the_same_id_again_is_deleted_again(settings: Settings) -> None:
    elsewhere = Elsewhere(refusals=2)
    async with opened(settings, elsewhere) as (threads, engine):
        thread_id = await add_thread(threads)
        await threads.delete(thread_id)
        await threads.add(new_thread(thread_id, "u-anna"))
        await threads.delete(thread_id)
        assert await elsewhere.wait_for(2) == set(elsewhere.of(thread_id).values())
        await wait_until_empty(engine)


def test_the_wait_between_attempts_is_bounded() -> None:
    waits = [notes.backoff(attempts).total_seconds() for attempts in range(20)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 600
