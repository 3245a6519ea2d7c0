"""Tells the readers of a thread's stream that something happened on the thread."""

from services.agent_server.events.waiters import Waiters
from services.agent_server.storage.thread_changes import ThreadChange


class ThreadMark:
    """The newest change of a thread that was seen.

    Attributes:
        change: None before the first look.
        gone: The thread was deleted.
    """

    def __init__(self) -> None:
        self.change: ThreadChange | None = None
        self.gone = False
        self._waiters = Waiters()

    def set(self, change: ThreadChange | None) -> None:
        """Take what was seen, and wake readers when it is new. None: the thread was deleted."""
        if change is None or change != self.change:
            self.change = change
            self.gone = change is None
            self._waiters.wake()

    async def changed(self, since: ThreadChange | None, silence_seconds: float) -> bool:
        """Wait, at most so long, for another change than one, and return whether it came."""
        return self.gone or self.change != since or await self._waiters.wait(silence_seconds)
