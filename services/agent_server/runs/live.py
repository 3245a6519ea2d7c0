"""A run while it is in this process."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from narutalk.identity import Identity
from narutalk.process import RUN_INTERRUPTED
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.events.event_log import EventLog
from services.agent_server.runs.request import RunRequest
from services.agent_server.storage.models import Run
from services.agent_server.storage.runs import CancelAction

HOLD_SECONDS = 0.1

INTERRUPT_KEY = "__interrupt__"
INTERRUPTED = {"error": RUN_INTERRUPTED, "message": "The run was cancelled before it ended."}
LEFT = {"error": RUN_INTERRUPTED, "message": "The run went on in another instance of this service."}

OpenLog = Callable[[Run], EventLog]
"""Makes the log of a run of this process; a recorded one also writes its events to the database."""


@dataclass(eq=False)
class LiveRun:
    """A run that waits, works, or has ended lately.

    Attributes:
        row: As it is stored; of a transient run it exists only here.
        request: What it was asked.
        assistant: What runs.
        identity: The verified claims it was started with.
        transient: It has no thread that outlives it, and no row.
        resumed: It was in another process before, or broke off here: it goes on from its last checkpoint.
        log: Its events.
        turn: Set when the runs before it on the thread that are in this process have ended.
        ended: Set when its outcome is stored, or the run was left to another process.
        thread_metadata: What the thread's metadata becomes when the run starts; None when it stays.
        output: The newest values of the graph, and all that it asked so far; None before the first.
        broken_off: How often its database broke off while it worked here.
        cancelled_by: How it was asked to stop; None when it was not.
        left: Another process goes on with it: it ends here without storing anything.
        lease_ends: When its lease runs out unless it is renewed, by the loop's clock.
        has_slot: It counts among the runs that work at once.
        is_working: It waits for its turn or works: only then a cancellation is thrown into its task.
        task: Waits for its turn, works, and stores its end. Owned by the executor.
    """

    row: Run
    request: RunRequest
    assistant: Assistant
    identity: Identity
    transient: bool = False
    resumed: bool = False
    thread_metadata: dict[str, Any] | None = None
    log: EventLog = field(default_factory=EventLog)
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    output: Any = None
    broken_off: int = 0
    cancelled_by: CancelAction | None = None
    left: bool = False
    lease_ends: float = math.inf
    has_slot: bool = False
    is_working: bool = False
    task: asyncio.Task[None] | None = None

    def cancel(self, action: CancelAction) -> None:
        """Ask the run to stop where it is. Does nothing when it has ended or is stopping already."""
        if self.cancelled_by is None and not self.left:
            self.cancelled_by = action
            self._stop()

    def leave(self) -> None:
        """Stop the run here without storing anything: it is, or will be, another process's."""
        if not self.left:
            self.left = True
            self._stop()

    async def hold(self) -> None:
        """Wait while the lease may have run out. Call it between a graph's steps.

        So a process that was frozen, or cut off from the database, begins no step of a run that another
        process may have taken over: the next renewal lets it go on, or stops it.
        """
        clock = asyncio.get_running_loop().time
        while self.lease_ends < clock():  # noqa: ASYNC110  (rare, and not worth an event in each run)
            await asyncio.sleep(HOLD_SECONDS)

    def take_values(self, values: Any) -> None:
        """Keep the graph's newest values as the output.

        A node that asks is in the values of that moment only: those that come after, of nodes that went on
        beside it, say nothing of it.
        """
        asked = self.output.get(INTERRUPT_KEY, []) if isinstance(self.output, dict) else []
        if isinstance(values, dict) and asked:
            values = {**values, INTERRUPT_KEY: [*asked, *values.get(INTERRUPT_KEY, [])]}
        self.output = values

    def result(self) -> Any:
        """Return what waiting for the run answers: the last values, or ``{"__error__": …}``."""
        error = LEFT if self.left else self.row.error
        if error:
            return {"__error__": error}
        return self.output if self.output is not None else {}

    def _stop(self) -> None:
        if self.task and self.is_working:
            self.task.cancel()
