"""Logs whose events are stored before readers get them, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from services.agent_server.events import event_writer, recorded_log
from services.agent_server.events.event_writer import EventWriter
from services.agent_server.events.frames import read_frame, split_frames
from services.agent_server.events.recorded_log import RecordedLog, StoredLog
from services.agent_server.events.stream_events import WireEvent
from services.agent_server.storage.events import Batch, EventStore
from services.agent_server.storage.models import Run
from tests.unit.services.agent_server.conftest import Recorded

FIRST, SECOND = "a/1/1.0", "b/1/1.0"

pytestmark = pytest.mark.asyncio(loop_scope="module")


class HeldStore(EventStore):
    """Stores when it is let; remembers how many events went with each write, and fails as it is told."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(recorded.engine)
        self.let = asyncio.Event()
        self.asked = asyncio.Event()
        self.sizes: list[int] = []
        self.failures: list[str] = []
        self.meanwhile: Callable[[], None] | None = None

    async def append(self, batches: Sequence[Batch]) -> set[str]:
        self.asked.set()
        await self.let.wait()
        if self.meanwhile:
            self.meanwhile()
        failure = self.failures.pop() if self.failures else None
        if failure == "before":
            raise OperationalError("INSERT", {}, Exception("the database is away"))
        stored = await super().append(batches)
        if failure == "after":
            raise OperationalError("COMMIT", {}, Exception("the answer was lost"))
        self.sizes.append(sum(batch.last_id - batch.first_id + 1 for batch in batches))
        return stored


def event(name: str, size: int = 1) -> WireEvent:
    return WireEvent(name, b"1" * size)


async def read(log: StoredLog, after: int = -1) -> list[tuple[str, int | None]]:
    found = b""
    async for frames in log.follow(after, silence_seconds=5):
        found += frames
    read = [read_frame(frame) for frame in split_frames(found)]
    return [(frame.event.name, frame.event_id) for frame in read]


def open_log(store: EventStore, run_id: str, attempt: int = 1) -> RecordedLog:
    return RecordedLog(row(run_id, attempt), store, EventWriter(store))


def row(run_id: str, attempt: int = 1) -> Run:
    return Run(run_id=run_id, attempt=attempt, process=FIRST if attempt == 1 else SECOND)


async def test_a_reader_gets_an_event_only_once_it_is_stored_and_what_came_meanwhile_goes_together(
    recorded: Recorded,
) -> None:
    store = HeldStore(recorded)
    log = open_log(store, await recorded.run())
    reader = log.follow(-1, silence_seconds=0.01)
    log.append(event("a"))
    await store.asked.wait()
    for name in "bcd":
        log.append(event(name))
    assert await anext(reader) == b""
    assert log.next_id == 0
    store.let.set()
    await log.flush()
    assert store.sizes == [1, 3]
    log.close({"error": "E", "message": "m"})
    expected = [("a", 0), ("b", 1), ("c", 2), ("d", 3), ("error", 4), ("end", 5)]
    assert await read(log) == expected
    assert await recorded.store.last_id(log.run_id) == 3, "the end is told by the row"
    await reader.aclose()  # type: ignore[attr-defined]


async def test_the_end_comes_behind_what_is_still_to_be_stored(recorded: Recorded) -> None:
    store = HeldStore(recorded)
    log = open_log(store, await recorded.run())
    log.append(event("a"))
    log.close()
    assert not log.closed
    store.let.set()
    assert await read(log) == [("a", 0), ("end", 1)]
    assert log.closed


async def test_the_run_waits_for_a_slow_database_and_memory_does_not_grow(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_log, "MAX_PENDING_BYTES", 1000)
    store = HeldStore(recorded)
    log = open_log(store, await recorded.run())
    produced = 0

    async def produce() -> None:
        nonlocal produced
        for _ in range(50):
            await log.room()
            log.append(event("e", 100))
            produced += 1

    producing = asyncio.create_task(produce())
    await store.asked.wait()
    await asyncio.wait((producing,), timeout=0.05)
    assert produced == 11
    store.let.set()
    await producing
    await log.flush()
    log.close()
    assert [event_id for _, event_id in await read(log)] == list(range(51))


async def test_old_events_leave_the_memory_and_are_read_from_the_store(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_log, "TAIL_BYTES", 500)
    log = open_log(recorded.store, await recorded.run())
    for number in range(30):
        log.append(event(f"e{number}", 50))
        await log.flush()
    log.close()
    assert log.size_bytes <= 500
    expected = [(f"e{number}", number) for number in range(30)] + [("end", 30)]
    assert await read(log) == expected
    assert await read(log, after=7) == expected[8:]


@pytest.mark.parametrize("failure", ["before", "after"])
async def test_a_write_that_failed_or_seemed_to_is_done_once(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    monkeypatch.setattr(event_writer, "FIRST_RETRY_SECONDS", 0.001)
    store = HeldStore(recorded)
    store.failures, log = [failure, failure], open_log(store, await recorded.run())
    store.let.set()
    log.append(event("a"))
    log.append(event("b"))
    await log.flush()
    log.append(event("c"))
    await log.flush()
    log.close()
    assert await read(log) == [("a", 0), ("b", 1), ("c", 2), ("end", 3)]
    assert await recorded.store.last_id(log.run_id) == 2


async def test_ids_go_on_over_attempts_and_the_first_attempt_stores_nothing_any_more(
    recorded: Recorded,
) -> None:
    run_id = await recorded.run()
    first = open_log(recorded.store, run_id)
    first.append(event("a"))
    first.append(event("b"))
    await first.flush()
    following = asyncio.create_task(read(first))
    await recorded.change(run_id, attempt=2, process=SECOND)
    second = open_log(recorded.store, run_id, attempt=2)
    second.append(event("c"))
    await second.flush()
    first.append(event("lost"))
    await first.flush()
    assert first.left
    assert not first.closed
    assert await following == [("a", 0), ("b", 1)]
    second.close()
    assert await read(second) == [("a", 0), ("b", 1), ("c", 2), ("end", 3)]
    assert await read(second, after=0) == [("b", 1), ("c", 2), ("end", 3)]
    assert await read(second, after=2) == [("end", 3)]


async def test_a_second_attempt_that_ends_at_once_ends_behind_the_first(recorded: Recorded) -> None:
    run_id = await recorded.run()
    first = open_log(recorded.store, run_id)
    first.append(event("a"))
    await first.flush()
    await recorded.change(run_id, attempt=2, process=SECOND)
    second = open_log(recorded.store, run_id, attempt=2)
    second.close({"error": "E", "message": "m"})
    assert await read(second) == [("a", 0), ("error", 1), ("end", 2)]


async def test_a_run_that_is_deleted_still_ends_for_its_readers(recorded: Recorded) -> None:
    run_id = await recorded.run()
    log = open_log(recorded.store, run_id)
    log.append(event("a"))
    await log.flush()
    async with recorded.engine.begin() as connection:
        await connection.execute(delete(Run).where(Run.run_id == run_id))
    log.append(event("b"))
    await log.flush()
    log.close()
    assert await read(log) == [("a", 0), ("b", 1), ("end", 2)]


async def test_many_runs_share_a_writer_and_none_waits_for_ever(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_writer, "MAX_RUNS_PER_WRITE", 2)
    store = HeldStore(recorded)
    store.let.set()
    writer = EventWriter(store)
    logs = [RecordedLog(row(await recorded.run()), store, writer) for _ in range(5)]
    for log in logs:
        log.append(event("first"))

    def never_stop() -> None:
        for log in logs[:2]:
            log.append(event("more"))

    store.meanwhile = never_stop
    async with asyncio.timeout(5):
        await logs[-1].flush()
    assert len(store.sizes) < 10
    store.meanwhile = None
    await asyncio.gather(*(log.flush() for log in logs))
    await writer.close()


async def test_a_run_that_begins_again_in_its_process_goes_on_with_its_log(recorded: Recorded) -> None:
    run_id = await recorded.run()
    of_run = row(run_id)
    log = RecordedLog(of_run, recorded.store, EventWriter(recorded.store))
    log.append(event("a"))
    await log.flush()
    await recorded.change(run_id, attempt=2)
    log.append(event("b"))
    flushing = asyncio.create_task(log.flush())
    await asyncio.wait((flushing,), timeout=0.05)
    assert not flushing.done()
    of_run.attempt = 2
    await flushing
    log.close()
    assert await read(log) == [("a", 0), ("b", 1), ("end", 2)]


async def test_a_flush_does_not_wait_for_what_comes_after_it(recorded: Recorded) -> None:
    store = HeldStore(recorded)
    log = open_log(store, await recorded.run())
    log.append(event("a"))
    flushing = asyncio.create_task(log.flush())
    await store.asked.wait()
    log.append(event("b"))
    store.let.set()
    await flushing
    assert log.next_id == 1
    log.close()
    assert await read(log) == [("a", 0), ("b", 1), ("end", 2)]
