"""How many runs work at once in this process, and who is next when they are as many as may be."""

import asyncio
from collections import OrderedDict, deque

from services.agent_server.runs.live import LiveRun


class Slots:
    """Room for a number of working runs, given out to the users in turn.

    A user who asks for a hundred runs delays the next user's by one, not by a hundred.

    Args:
        size: How many runs may work at once; at least 1.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._free = size
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    def try_take(self, run: LiveRun) -> bool:
        """Give a run a slot when there is a free one that nobody waits for."""
        if self._free <= 0 or self._waiting:
            return False
        self._free -= 1
        run.has_slot = True
        return True

    async def take(self, run: LiveRun) -> None:
        """Wait for a slot, in the user's turn."""
        if run.has_slot or self.try_take(run):
            return
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run.row.user_id, deque()).append(given)
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():  # it was given in this very moment
                self._pass_on()
            else:
                self._leave(run.row.user_id, given)
            raise
        run.has_slot = True

    def give_back(self, run: LiveRun) -> None:
        """Take a run's slot back. Does nothing when it has none."""
        if run.has_slot:
            run.has_slot = False
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            user_id, line = next(iter(self._waiting.items()))
            given = line.popleft()
            if line:
                self._waiting.move_to_end(user_id)
            else:
                del self._waiting[user_id]
            if not given.done():  # else its run was cancelled, and has not noticed yet
                given.set_result(None)
                return
        self._free += 1

    def _leave(self, user_id: str, given: asyncio.Future[None]) -> None:
        line = self._waiting.get(user_id, deque())
        if given in line:
            line.remove(given)
            if not line:
                del self._waiting[user_id]
