"""The events of one run, kept in memory for any number of readers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any

from services.agent_server.stream_events import WireEvent, error_event

MAX_LOG_BYTES = 32 * 1024 * 1024

_BEFORE_THE_FIRST = -1


class EventLog:
    """An append-only log with a bounded memory. Ids count from 0.

    When it is full the oldest events go; a reader that has not had them yet is told so by an
    `error` event in their place.
    """

    def __init__(self, *, max_bytes: int = MAX_LOG_BYTES) -> None:
        self._max_bytes = max_bytes
        self._frames: deque[bytes] = deque()
        self._first_id = 0
        self._waiting: list[asyncio.Future[None]] = []
        self.size_bytes = 0
        self.closed = False
        self.left = False

    def append(self, event: WireEvent) -> None:
        """Add an event and wake the readers."""
        self._push(event)
        self._wake()

    async def room(self) -> None:
        """Wait until the log takes more. Call it between events."""

    async def flush(self) -> None:
        """Wait until all events are where readers of other processes find them."""

    def close(self, error: dict[str, Any] | None = None) -> None:
        """Add the `error` event of a run that failed, and `end`; readers stop after it."""
        if not self.closed:
            if error:
                self._push(error_event(error))
            self._push(END)
            self.closed = True
            self._wake()

    def leave(self) -> None:
        """Send the readers elsewhere: the run goes on in another process."""
        self.left = True
        self._wake()

    async def follow(self, after: int, *, silence_seconds: float) -> AsyncIterator[bytes]:
        """Yield the encoded events behind an id, as many at a time as there are, until the run's end.

        Args:
            after: The id of the last event that the reader has; -1 for none.
            silence_seconds: After so long without an event, nothing (``b""``) is yielded.
        """
        position = max(after, _BEFORE_THE_FIRST) + 1
        while True:
            if position < self._first_id:
                yield DROPPED.frame()
                position = self._first_id
            if position < self._first_id + len(self._frames):
                found = self._from(position)
                position += len(found)
                yield b"".join(found)
            elif self.closed or self.left:
                return
            elif not await self._changed(silence_seconds):
                yield b""

    def _from(self, position: int) -> Sequence[bytes]:
        start = position - self._first_id
        if start >= len(self._frames) - 1:
            return [self._frames[-1]]
        return [self._frames[index] for index in range(start, len(self._frames))]

    async def _changed(self, timeout_seconds: float) -> bool:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        done, _ = await asyncio.wait((future,), timeout=timeout_seconds)
        if not done:
            self._waiting.remove(future)
        return bool(done)

    def _push(self, event: WireEvent) -> None:
        frame = event.frame(self._first_id + len(self._frames))
        self._frames.append(frame)
        self.size_bytes += len(frame)
        while self.size_bytes > self._max_bytes and len(self._frames) > 1:
            self.size_bytes -= len(self._frames.popleft())
            self._first_id += 1

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


END = WireEvent("end", b"null")
DROPPED = WireEvent(
    "error",
    b'{"error":"EventsDropped","message":"The run sent more events than are kept for a late reader."}',
)
