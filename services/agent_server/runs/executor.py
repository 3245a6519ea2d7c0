"""Owns the tasks of all runs in this process: starts, queues, cancels and ends them."""

import asyncio
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from narutalk.errors import Conflict, Unavailable
from services.agent_server.runs.execution import execute
from services.agent_server.runs.lanes import Lanes
from services.agent_server.runs.live import INTERRUPTED, CancelAction, LiveRun
from services.agent_server.runs.outcome import Outcomes
from services.agent_server.serialization import error_payload
from services.agent_server.storage.runs import RunStore
from services.agent_server.stream_events import error_event

MAX_ENDED_RUNS = 256
MAX_ENDED_BYTES = 64 * 1024 * 1024
SHUTDOWN_SECONDS = 10

log = structlog.get_logger(__name__)


class RunExecutor:
    """Runs graphs as tasks of its own, apart from the connections that asked for them.

    A run starts at once, unless its thread has one before it. What has ended stays readable for a
    while, so that a reader that lost its connection gets the rest.

    Args:
        runs: Where runs are stored.
        outcomes: Stores what a run leaves behind on its thread.
    """

    def __init__(self, runs: RunStore, outcomes: Outcomes) -> None:
        self._runs = runs
        self._outcomes = outcomes
        self._lanes = Lanes()
        self._live: dict[str, LiveRun] = {}
        self._ended: OrderedDict[str, LiveRun] = OrderedDict()
        self._ended_bytes = 0
        self._closing = False

    def find(self, run_id: str) -> LiveRun | None:
        """Return a run that is in this process, or ended in it lately."""
        return self._live.get(run_id) or self._ended.get(run_id)

    def is_busy(self, thread_id: str) -> bool:
        """Whether a run of the thread has not ended."""
        return bool(self._lanes.ahead(thread_id))

    async def start(self, run: LiveRun) -> None:
        """Store a run and start it, in its turn.

        Raises:
            Conflict: ``thread_busy``: the thread has a run, and the strategy is ``reject``.
            Unavailable: The server is stopping.
        """
        if self._closing:
            raise Unavailable("The server is stopping.")
        self._make_way(run)
        self._lanes.enter(run)
        run.row.status = "running" if run.turn.is_set() else "pending"
        try:
            if not run.transient:
                await self._runs.add(run.row, thread_changes=_busy(run))
        except BaseException:
            self._lanes.leave(run)
            raise
        self._live[run.row.run_id] = run
        # The tasks keep the context of the request that started them: its id, and these, are in all they log.
        with bound_contextvars(**_log_fields(run)):
            run.work = asyncio.create_task(self._work(run), name=f"run {run.row.run_id}")
            run.task = asyncio.create_task(
                self._supervise(run, run.work), name=f"end of run {run.row.run_id}"
            )

    async def cancel(self, run: LiveRun, action: CancelAction) -> None:
        """Stop a run and wait until its end is stored."""
        run.cancel(action)
        await run.ended.wait()

    def forget(self, run: LiveRun) -> None:
        """Drop a run that has ended."""
        if self._ended.pop(run.row.run_id, None):
            self._ended_bytes -= run.log.size_bytes

    async def clear_thread(self, thread_id: str) -> None:
        """Stop all runs of a thread, the last first so that none starts in between, and drop them."""
        for run in reversed(self._lanes.ahead(thread_id)):
            await self.cancel(run, "interrupt")
        for run in [run for run in self._ended.values() if run.row.thread_id == thread_id]:
            self.forget(run)

    async def close(self) -> None:
        """Cancel what runs and wait, at most `SHUTDOWN_SECONDS`, until it is marked interrupted."""
        self._closing = True
        tasks = [run.task for run in self._live.values() if run.task]
        for run in self._live.values():
            run.cancel("interrupt")
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS)
            if left:
                log.error("runs did not stop", count=len(left))

    def _make_way(self, run: LiveRun) -> None:
        ahead = self._lanes.ahead(run.row.thread_id)
        strategy = run.request.multitask_strategy
        if ahead and strategy == "reject":
            raise Conflict(
                "Thread is already running a task. "
                "Wait for it to finish or choose a different multitask strategy.",
                code="thread_busy",
            )
        if strategy in ("interrupt", "rollback"):
            for other in reversed(ahead):
                other.cancel("rollback" if strategy == "rollback" else "interrupt")

    async def _supervise(self, run: LiveRun, work: asyncio.Task[None]) -> None:
        """Wait for the work and store its end. Apart from the work, so that no cancellation cuts it short."""
        await asyncio.wait((work,))
        row = run.row
        error = None if work.cancelled() else work.exception()
        if work.cancelled():
            row.status, row.error = "interrupted", INTERRUPTED
        elif error:
            log.warning("run failed", run_id=row.run_id, graph=run.assistant.graph_id, exc_info=error)
            row.status, row.error = "error", error_payload(error)
        else:
            row.status = "success"
        await self._end(run)

    async def _work(self, run: LiveRun) -> None:
        await self._wait_for_turn(run)
        await execute(run)

    async def _wait_for_turn(self, run: LiveRun) -> None:
        if run.turn.is_set():
            return
        await run.turn.wait()
        run.row.status, run.row.updated_at = "running", datetime.now(UTC)
        if not run.transient:
            await self._runs.save(run.row, thread_changes={"status": "busy"})

    async def _end(self, run: LiveRun) -> None:
        """Store the outcome, then let readers and the next run know."""
        run.row.updated_at = datetime.now(UTC)
        others = [other for other in self._lanes.ahead(run.row.thread_id) if other is not run]
        try:
            await self._outcomes.store(run, thread_is_busy=bool(others))
        except Exception as error:
            log.error("outcome not stored", run_id=run.row.run_id, exc_info=error)
            run.row.status, run.row.error = "error", error_payload(error)
        if run.row.error:
            run.log.append(error_event(run.row.error))
        run.log.close()
        self._lanes.leave(run)
        self._live.pop(run.row.run_id, None)
        if run.transient or run.cancelled_by != "rollback":
            self._keep_for_late_readers(run)
        run.ended.set()

    def _keep_for_late_readers(self, run: LiveRun) -> None:
        self._ended[run.row.run_id] = run
        self._ended_bytes += run.log.size_bytes
        while len(self._ended) > MAX_ENDED_RUNS or self._ended_bytes > MAX_ENDED_BYTES:
            _, oldest = self._ended.popitem(last=False)
            self._ended_bytes -= oldest.log.size_bytes


def _log_fields(run: LiveRun) -> dict[str, str]:
    fields = {"run_id": run.row.run_id, "thread_id": run.row.thread_id}
    if run.identity.conversation_id:
        fields["conversation_id"] = run.identity.conversation_id
    return fields


def _busy(run: LiveRun) -> dict[str, Any]:
    changes: dict[str, Any] = {"status": "busy", "updated_at": run.row.created_at}
    if run.thread_metadata is not None:
        changes |= {"meta": run.thread_metadata, "config": {"configurable": {}}}
    return changes
