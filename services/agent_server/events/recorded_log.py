"""Logs of runs whose events are stored: of a run that works here, and of one that works elsewhere."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from services.agent_server.events.event_log import EventLog, Frames
from services.agent_server.events.frames import DROPPED, split_frames
from services.agent_server.events.log_memory import LogMemory
from services.agent_server.events.stream_events import WireEvent
from services.agent_server.storage.events import Batch, EventStore
from services.agent_server.storage.models import Run

if TYPE_CHECKING:
    from services.agent_server.events.event_writer import EventWriter

TAIL_BYTES = 256 * 1024
MAX_PENDING_BYTES = 1024 * 1024
MAX_BATCH_BYTES = 256 * 1024


class StoredLog(EventLog):
    """Holds the newest stored events of a run in memory, and reads older ones from the store.

    Args:
        run_id: Whose events these are.
        store: Where they are stored.
        next_id: Of the first event that will be pushed; those before it are in the store only.
        memory: Bounds all logs of the process together.
    """

    def __init__(
        self, run_id: str, store: EventStore, *, next_id: int = 0, memory: LogMemory | None = None
    ) -> None:
        super().__init__(max_bytes=TAIL_BYTES, memory=memory)
        self.run_id = run_id
        self._store = store
        self._first_id = next_id

    def push_stored(self, batch: Batch) -> None:
        """Show readers a batch that is stored; where others were stored before it, they read those too."""
        self.go_on_at(batch.first_id)
        self._push(split_frames(batch.frames))

    def go_on_at(self, next_id: int) -> None:
        """Say that everything before an id is stored, so that readers find there what was not shown here."""
        if next_id != self.next_id:
            self._frames.clear()
            self.size_bytes = 0
            self._first_id = next_id
            self._readers.wake()

    async def _older(self, position: int) -> Frames:
        batch = await self._store.read(self.run_id, after=position - 1)
        if batch is None:  # deleted meanwhile
            return Frames(DROPPED.frame(), max(self._first_id, position + 1))
        if batch.first_id > position:
            return Frames(DROPPED.frame(), batch.first_id)
        frames = split_frames(batch.frames)[position - batch.first_id :]
        return Frames(b"".join(frames), batch.last_id + 1)


class RecordedLog(StoredLog):
    """The log of a recorded run that works in this process: readers get an event only once it is stored.

    What comes while a write is under way goes with the next one.

    Args:
        row: Of the run. Its process and its attempt tell whether the run is still this log's; the events of a
            later attempt follow those of the first.
        store: Where they are stored.
        writer: Writes them.
        memory: Bounds all logs of the process together.
    """

    def __init__(
        self,
        row: Run,
        store: EventStore,
        writer: "EventWriter",
        *,
        memory: LogMemory | None = None,
    ) -> None:
        super().__init__(row.run_id, store, memory=memory)
        self._row = row
        self._writer = writer
        self._pending: deque[WireEvent] = deque()
        self._pending_bytes = 0
        self._stored_count = 0
        self._written = asyncio.Event()
        self._ending: list[dict[str, Any] | None] = []
        self._placed = row.attempt == 1
        if not self._placed:
            writer.wake(self)

    def append(self, event: WireEvent) -> None:
        """Have an event stored, and then shown to readers."""
        self._pending.append(event)
        self._pending_bytes += len(event.data)
        self._writer.wake(self)

    async def room(self) -> None:
        """Wait while more than `MAX_PENDING_BYTES` are not stored yet."""
        while self._pending_bytes > MAX_PENDING_BYTES and not self.left:
            await self._next_write()

    async def flush(self) -> None:
        """Wait until all events so far are stored, or the run is found to be another process's."""
        wanted = self._stored_count + len(self._pending)
        while (self._stored_count < wanted or not self._placed) and not self.left:
            await self._next_write()

    def close(self, error: dict[str, Any] | None = None) -> None:
        """End the stream behind what is still to be stored. The end itself is not: the run's row tells it."""
        self._ending = [error]
        self._end_if_done()

    def place(self, next_id: int) -> None:
        """Say where this attempt's events begin: behind all that is stored."""
        self._placed = True
        self.go_on_at(next_id)
        self._written.set()
        self._end_if_done()

    def leave(self) -> None:
        """Store nothing any more, and send the readers elsewhere."""
        self._placed = True
        self._pending.clear()
        self._pending_bytes = 0
        super().leave()
        self._written.set()

    @property
    def process(self) -> str:
        """Of this log's run: who held its lease when it was begun."""
        return self._row.process

    @property
    def is_placed(self) -> bool:
        """Whether the id of the next event is known."""
        return self._placed

    @property
    def has_work(self) -> bool:
        """Whether the writer has something to do for it."""
        return bool(self._pending) or not self._placed

    def next_batch(self) -> Batch | None:
        """Return the events to store next; None when there are none."""
        first = self.next_id
        frames: list[bytes] = []
        size = 0
        for event in self._pending:
            if frames and size > MAX_BATCH_BYTES:
                break
            frames.append(event.frame(first + len(frames)))
            size += len(frames[-1])
        if not frames:
            return None
        return Batch(self.run_id, self._row.attempt, first, first + len(frames) - 1, b"".join(frames))

    def was_stored(self, batch: Batch) -> None:
        """Take a batch from what is to be stored, and show it to readers."""
        for _ in range(batch.last_id - batch.first_id + 1):
            if self._pending:
                self._pending_bytes -= len(self._pending.popleft().data)
                self._stored_count += 1
        self.push_stored(batch)
        self._written.set()
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._ending and not self.has_work:
            super().close(self._ending.pop())

    async def _next_write(self) -> None:
        self._written.clear()
        await self._written.wait()
