"""What a turn has streamed so far, for any number of readers, each from where it stopped."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

from narutalk.events import ErrorEvent, FinalEvent, TurnEvent

MAX_LOGGED_EVENTS = 20_000


class LoggedEvent(NamedTuple):
    """An event with its place in the turn, from 1, which is the SSE id."""

    id: int
    event: TurnEvent


class TurnLog:
    """The events of one turn. It is closed by exactly one `final` or `error`.

    A turn that streams more than ``max_events`` loses the tokens in between for its readers: the closing
    event holds the whole answer anyway.
    """

    def __init__(self, *, max_events: int = MAX_LOGGED_EVENTS) -> None:
        self._events: list[LoggedEvent] = []
        self._max_events = max_events
        self._closing: FinalEvent | ErrorEvent | None = None
        self._changed = asyncio.Event()

    def append(self, event: TurnEvent) -> None:
        """Add an event and wake the readers."""
        if len(self._events) < self._max_events:
            self._add(event)

    def close(self, event: FinalEvent | ErrorEvent, *, after: int = 0) -> None:
        """Add the last event; its id is greater than ``after``."""
        self._closing = event
        self._add(event, after=after)

    async def follow(self, after: int = 0) -> AsyncGenerator[LoggedEvent, None]:
        """Yield the events whose id is greater than ``after``, until and with the closing one."""
        index = next((i for i, logged in enumerate(self._events) if logged.id > after), len(self._events))
        while True:
            changed = self._changed
            while index < len(self._events):
                yield self._events[index]
                index += 1
            if self._closing is not None and index >= len(self._events):
                return
            if changed is self._changed:
                await changed.wait()

    async def outcome(self) -> FinalEvent | ErrorEvent:
        """Wait for the closing event and return it."""
        while self._closing is None:
            await self._changed.wait()
        return self._closing

    def _add(self, event: TurnEvent, *, after: int = 0) -> None:
        last = self._events[-1].id if self._events else 0
        self._events.append(LoggedEvent(max(last, after) + 1, event))
        self._changed.set()
        self._changed = asyncio.Event()


def closed_log(event: FinalEvent | ErrorEvent, *, after: int = 0) -> TurnLog:
    """Return the log of a turn that is over: its closing event alone."""
    log = TurnLog()
    log.close(event, after=after)
    return log
