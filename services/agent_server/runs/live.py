"""A run while it is in this process."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from narutalk.identity import Identity
from narutalk.process import RUN_INTERRUPTED
from services.agent_server.assistants import Assistant
from services.agent_server.runs.event_log import EventLog
from services.agent_server.runs.request import RunRequest
from services.agent_server.storage.models import Run

CancelAction = Literal["interrupt", "rollback"]

INTERRUPTED = {"error": RUN_INTERRUPTED, "message": "The run was cancelled before it ended."}


@dataclass(eq=False)
class LiveRun:
    """A run that waits, works, or has ended lately.

    Attributes:
        row: As it is stored; of a transient run it exists only here.
        request: What it was asked.
        assistant: What runs.
        identity: The verified claims it was started with.
        transient: It has no thread that outlives it, and no row.
        delete_thread_after: Its thread was made for it, and goes with it.
        log: Its events.
        turn: Set when the runs before it on the thread have ended.
        ended: Set when its outcome is stored.
        trace_parent: The run of another process that asked for this one; None when no trace goes on.
        thread_metadata: What the thread's metadata becomes when the run starts; None when it stays.
        output: The newest values of the graph; None before the first.
        cancelled_by: How it was asked to stop; None when it was not.
        work: The graph's call; cancelled to stop the run.
        task: Waits for the work and stores its end; never cancelled. Owned by the executor.
    """

    row: Run
    request: RunRequest
    assistant: Assistant
    identity: Identity
    transient: bool = False
    delete_thread_after: bool = False
    trace_parent: str | None = None
    thread_metadata: dict[str, Any] | None = None
    log: EventLog = field(default_factory=EventLog)
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    output: Any = None
    cancelled_by: CancelAction | None = None
    work: asyncio.Task[None] | None = None
    task: asyncio.Task[None] | None = None

    def cancel(self, action: CancelAction) -> None:
        """Ask the run to stop where it is. Does nothing when it has ended or is stopping already."""
        if self.work and not self.work.done() and self.cancelled_by is None:
            self.cancelled_by = action
            self.work.cancel()

    def result(self) -> Any:
        """Return what waiting for the run answers: the last values, or ``{"__error__": …}``."""
        if self.row.error:
            return {"__error__": self.row.error}
        return self.output if self.output is not None else {}
