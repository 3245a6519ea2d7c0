"""The events of one run, kept in memory for any number of readers."""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import Any, NamedTuple

from services.agent_server.events.frames import DROPPED, END
from services.agent_server.events.log_memory import LogMemory
from services.agent_server.events.stream_events import WireEvent, error_event
from services.agent_server.events.waiters import Waiters

MAX_LOG_BYTES = 16 * 1024 * 1024
BATCH_BYTES = 64 * 1024

_BEFORE_THE_FIRST = -1


class Frames(NamedTuple):
    """Encoded events for a reader, and where it goes on.

    Attributes:
        encoded: Consecutive events.
        next_id: Of the event behind them.
    """

    encoded: bytes
    next_id: int


class EventLog:
    """An append-only log with a bounded memory. Ids count from 0.

    When it is full the oldest events go; a reader that has not had them yet is told so by an
    `error` event in their place.

    Args:
        max_bytes: What it holds at most, but for one event that is larger.
        memory: Bounds all logs of the process together; None: this one has its own bound only.

    Attributes:
        size_bytes: What it holds.
        closed: The run has ended; no event follows.
        left: The run goes on in another process; no event follows here.
    """

    def __init__(self, *, max_bytes: int = MAX_LOG_BYTES, memory: LogMemory | None = None) -> None:
        self._max_bytes = max_bytes
        self._memory = memory
        self._frames: deque[bytes] = deque()
        self._first_id = 0
        self._readers = Waiters()
        self._awaiting_end = Waiters()
        self.size_bytes = 0
        self.closed = False
        self.left = False
        if memory:
            memory.watch(self)

    @property
    def next_id(self) -> int:
        """The id of the next event that readers get."""
        return self._first_id + len(self._frames)

    def append(self, event: WireEvent) -> None:
        """Add an event and wake the readers."""
        self._push([event.frame(self.next_id)])

    async def room(self) -> None:
        """Wait until the log takes more. Call it between events."""

    async def flush(self) -> None:
        """Wait until all events are where readers of other processes find them."""

    def close(self, error: dict[str, Any] | None = None) -> None:
        """Add the `error` event of a run that failed, and `end`; readers stop after it."""
        if not self.closed:
            self.closed = True
            self._push(frame.encoded for frame in closing_frames(error, self.next_id))
            self._awaiting_end.wake()

    def leave(self) -> None:
        """Send the readers elsewhere: the run goes on in another process."""
        self.left = True
        self._readers.wake()
        self._awaiting_end.wake()

    async def ended(self, silence_seconds: float) -> bool:
        """Wait, at most so long, until the log is closed or left, and return whether it is."""
        return self.closed or self.left or await self._awaiting_end.wait(silence_seconds)

    def shrink(self, to_bytes: int) -> None:
        """Drop the oldest events, but never the newest, until the log is no larger."""
        while self.size_bytes > to_bytes and len(self._frames) > 1:
            self.size_bytes -= len(self._frames.popleft())
            self._first_id += 1

    async def follow(self, after: int, *, silence_seconds: float) -> AsyncIterator[bytes]:
        """Yield the encoded events behind an id, at most `BATCH_BYTES` or one event at a time, until the end.

        It ends early when the log is left: then the reader goes on elsewhere.

        Args:
            after: The id of the last event that the reader has; -1 for none.
            silence_seconds: After so long without an event, or earlier, nothing (``b""``) is yielded.
        """
        position = max(after, _BEFORE_THE_FIRST) + 1
        while True:
            if position < self._first_id:
                found = await self._older(position)
            elif position < self.next_id:
                found = self._batch(position)
            elif self.closed or self.left:
                return
            else:
                found = Frames(b"", position)
                if await self._readers.wait(silence_seconds):
                    continue
            position = found.next_id
            yield found.encoded

    async def _older(self, position: int) -> Frames:
        """Return what there is of events that are not in memory any more."""
        return Frames(DROPPED.frame(), self._first_id)

    def _batch(self, position: int) -> Frames:
        found: list[bytes] = []
        size = 0
        for frame in islice(self._frames, position - self._first_id, None):
            if found and size + len(frame) > BATCH_BYTES:
                break
            found.append(frame)
            size += len(frame)
        return Frames(b"".join(found), position + len(found))

    def _push(self, frames: Iterable[bytes]) -> None:
        added = 0
        for frame in frames:
            self._frames.append(frame)
            added += len(frame)
        self.size_bytes += added
        self.shrink(self._max_bytes)
        if self._memory:
            self._memory.added(added)
        self._readers.wake()


def closing_frames(error: dict[str, Any] | None, next_id: int) -> list[Frames]:
    """Return the events that end a stream. They follow from the run's row and are stored nowhere else."""
    events = [error_event(error), END] if error else [END]
    return [
        Frames(event.frame(event_id), event_id + 1) for event_id, event in enumerate(events, start=next_id)
    ]
