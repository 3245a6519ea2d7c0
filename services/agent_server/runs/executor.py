"""Owns the tasks of all runs in this process: starts, queues, cancels and ends them."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import structlog
from stamina import retry_context
from structlog.contextvars import bound_contextvars

from narutalk.errors import Unavailable
from narutalk.process import is_dead
from services.agent_server.runs.lanes import Lanes
from services.agent_server.runs.live import INTERRUPTED, LiveRun, OpenLog
from services.agent_server.runs.outcome import Outcomes
from services.agent_server.runs.slots import Slots
from services.agent_server.runs.takeover import Takeover
from services.agent_server.runs.work import UNTIL_THE_DATABASE_ANSWERS, RunTimedOut, RunWork
from services.agent_server.serialization import error_payload
from services.agent_server.storage.leases import LeaseStore, LostRun
from services.agent_server.storage.models import Run
from services.agent_server.storage.outages import is_outage
from services.agent_server.storage.runs import (
    ACTIVE,
    LEASE_SECONDS,
    CancelAction,
    RunPlace,
    RunStore,
    as_cancel_action,
)

MAX_ENDED_RUNS = 256
MAX_ENDED_BYTES = 64 * 1024 * 1024
WAITING_PER_SLOT = 16
SHUTDOWN_SECONDS = 10
LEASE_MARGIN_SECONDS = 1.0
CANCEL_SECONDS = 30.0
MAX_TAKEN_AT_ONCE = 16

log = structlog.get_logger(__name__)


class RunExecutor:
    """Runs graphs as tasks of its own, apart from the connections that asked for them.

    A run starts at once, unless its thread has one before it, in whatever instance, or all slots are taken.
    What has ended stays readable for a while, so that a reader that lost its connection gets the rest.

    Args:
        runs: Where runs are stored.
        leases: Of this process.
        outcomes: Stores what a run leaves behind on its thread.
        takeover: Makes live runs of those that other processes lost.
        open_log: Makes the log of each run.
        concurrency: How many runs work at once.
        timeout_seconds: How long one attempt of a run may work.
    """

    def __init__(
        self,
        *,
        runs: RunStore,
        leases: LeaseStore,
        outcomes: Outcomes,
        takeover: Takeover,
        open_log: OpenLog,
        concurrency: int,
        timeout_seconds: float,
    ) -> None:
        self.process = leases.process
        self._runs = runs
        self._leases = leases
        self._outcomes = outcomes
        self._takeover = takeover
        self._open_log = open_log
        self._slots = Slots(concurrency)
        self._max_live = concurrency * (1 + WAITING_PER_SLOT)
        self._lanes = Lanes()
        self._work = RunWork(runs, leases, self._lanes, self._slots, timeout_seconds=timeout_seconds)
        self._live: dict[str, LiveRun] = {}
        self._ended: OrderedDict[str, LiveRun] = OrderedDict()
        self._ended_bytes = 0
        self._closing = False

    def find(self, run_id: str) -> LiveRun | None:
        """Return a run that is in this process, or ended in it lately."""
        return self._live.get(run_id) or self._ended.get(run_id)

    def admit(self) -> None:
        """Make sure that there is room for one more run.

        Raises:
            Unavailable: The server is stopping; ``queue_full``: too many runs wait already.
        """
        if self._closing:
            raise Unavailable("The server is stopping.")
        if len(self._live) >= self._max_live:
            raise Unavailable("Too many runs wait for their turn. Try again later.", code="queue_full")

    def transient_of(self, user_id: str, statuses: Collection[str]) -> list[Run]:
        """Return a user's runs without a row: they are known to this process only."""
        return [
            run.row
            for run in self._live.values()
            if run.transient and run.row.user_id == user_id and run.row.status in statuses
        ]

    async def start(self, run: LiveRun) -> None:
        """Store a run and start it, in its turn.

        Raises:
            Conflict: ``thread_busy``: the thread has a run, and the strategy is ``reject``.
            NotFound: The thread was deleted meanwhile.
            Unavailable: As `admit` raises it.
        """
        self.admit()
        may_run = self._slots.try_take(run)
        if run.transient:
            run.row.status = "running" if may_run else "pending"
            self._begin(run)
            return
        try:
            ahead = await self._runs.add(run.row, thread_changes=_busy(run), may_run=may_run)
        except BaseException:
            self._slots.give_back(run)
            raise
        if run.row.status == "pending":
            self._slots.give_back(run)
        if not may_run:
            run.turn.set()
        self._begin(run)
        await self._make_way(ahead, run.request.multitask_strategy)

    async def request_cancel(self, run: Run, action: CancelAction) -> None:
        """Ask a run to stop, wherever it is. Does nothing when it has ended."""
        await self._request_cancel([run], action)

    async def cancel(self, run: LiveRun, action: CancelAction) -> None:
        """Stop a run and wait, at most `CANCEL_SECONDS`, until its end is stored."""
        run.cancel(action)
        await self.wait_ended(run.row.run_id, CANCEL_SECONDS)

    async def wait_ended(self, run_id: str, timeout_seconds: float) -> bool:
        """Wait until a run has ended, wherever it is, and return whether it did in time."""
        try:
            async with asyncio.timeout(timeout_seconds):
                live = self.find(run_id)
                if live:
                    await live.ended.wait()
                if live is None or live.left:
                    await self._work.awaiting.until_ended(run_id)
        except TimeoutError:
            return False
        return True

    def forget(self, run: LiveRun) -> None:
        """Drop a run that has ended."""
        if self._ended.pop(run.row.run_id, None):
            self._ended_bytes -= run.log.size_bytes

    async def clear_thread(self, thread_id: str) -> None:
        """Stop all runs of a thread, the last first so that none starts in between, and drop them."""
        active = await self._runs.active(thread_id)
        await self._request_cancel(active, "interrupt")
        for row in active:
            if not await self.wait_ended(row.run_id, CANCEL_SECONDS):
                log.error("run did not stop", run_id=row.run_id)
        for run in [run for run in self._ended.values() if run.row.thread_id == thread_id]:
            self.forget(run)

    async def renew(self) -> None:
        """Renew the leases of this process, stop what others asked to stop, leave what others took over."""
        mine = {run_id: run for run_id, run in self._live.items() if not run.transient}
        if not mine:
            return
        lease_ends = self._lease_ends()
        held = await self._leases.renew(mine)
        for run_id, run in mine.items():
            if run_id not in held and run.is_working:  # else it may have ended meanwhile
                log.warning("lease lost", run_id=run_id, attempt=run.row.attempt)
                run.leave()
                continue
            run.lease_ends = lease_ends
            if action := held.get(run_id):
                run.cancel(action)

    async def sweep(self) -> None:
        """Take over the runs whose processes do not work on them any more, as many as there is room for."""
        room = max(self._max_live - len(self._live), MAX_TAKEN_AT_ONCE)
        for lost in await self._leases.find_lost(limit=room):
            await self._take_over(lost)

    async def recover(self, run: Run) -> Run:
        """Return a run that is not in this process as it is now; it is taken over if its process is dead."""
        if run.status not in ACTIVE or not is_dead(run.process):
            return run
        live = await self._take_over(LostRun(run.run_id, run.process, run.attempt))
        return live.row if live else await self._runs.get(run.run_id) or run

    async def close(self) -> None:
        """Stop what runs here within `SHUTDOWN_SECONDS`, and give stored runs up for other processes."""
        self._closing = True
        live = list(self._live.values())
        for run in live:
            if run.transient:
                run.cancel("interrupt")
            else:
                run.leave()
        await self._work.awaiting.close()
        tasks = [run.task for run in live if run.task]
        if tasks:
            _, stuck = await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS)
            for task in stuck:
                log.error("run did not stop", task=task.get_name())
                task.cancel()
        given_up = [run.row.run_id for run in live if run.left and run.ended.is_set()]
        if given_up:
            await self._leases.give_up(given_up)

    def _begin(self, run: LiveRun) -> None:
        run.log = self._open_log(run.row)
        self._live[run.row.run_id] = run
        if not run.transient:
            run.lease_ends = self._lease_ends()
            self._lanes.enter(run)
        # The task keeps the context of the request that started it: its id, and these, are in all it logs.
        with bound_contextvars(**_log_fields(run)):
            run.task = asyncio.create_task(self._run(run), name=f"run {run.row.run_id}")

    def _lease_ends(self) -> float:
        return asyncio.get_running_loop().time() + LEASE_SECONDS - LEASE_MARGIN_SECONDS

    async def _take_over(self, lost: LostRun) -> LiveRun | None:
        if self._closing or lost.run_id in self._live:
            return None
        run = await self._takeover.take(lost)
        if run:
            if run.row.cancel_action:
                run.cancel(as_cancel_action(run.row.cancel_action))
            self._begin(run)
        return run

    async def _request_cancel(self, runs: Collection[Run], action: CancelAction) -> None:
        elsewhere = []
        for run in reversed(list(runs)):
            live = self._live.get(run.run_id)
            if live and not live.left:
                live.cancel(action)
            else:
                elsewhere.append(run.run_id)
        if elsewhere:
            await self._make_way(await self._runs.request_cancel(elsewhere, action), action)

    async def _make_way(self, ahead: Collection[RunPlace], action: str) -> None:
        """Stop runs that are marked in the database: here at once, those of dead processes too."""
        for place in reversed(list(ahead)):
            live = self._live.get(place.run_id)
            if live:
                live.cancel(as_cancel_action(action))
            elif is_dead(place.process):
                row = await self._runs.get(place.run_id)
                if row:
                    await self.recover(row)

    async def _run(self, run: LiveRun) -> None:
        """Work, then store the end. Only the work can be cancelled, so that no end is cut short."""
        await self._work_to_end(run)
        if not run.left and not await self._store_end(run):
            run.left = True
        if run.left:
            run.log.leave()
        else:
            run.log.close(run.row.error)
        self._slots.give_back(run)
        self._live.pop(run.row.run_id, None)
        self._lanes.leave(run)
        if not run.left and (run.transient or run.cancelled_by != "rollback"):
            self._keep_for_late_readers(run)
        run.ended.set()

    async def _work_to_end(self, run: LiveRun) -> None:
        row = run.row
        run.is_working = True
        try:
            if run.cancelled_by or run.left:  # before this task had its first step
                raise asyncio.CancelledError
            await self._work.do(run)
            row.status = "success"
        except asyncio.CancelledError:
            _forget_cancellation()
            row.status, row.error = "interrupted", INTERRUPTED
        except RunTimedOut as error:
            row.status, row.error = "timeout", {"error": "RunTimedOut", "message": str(error)}
        except Exception as error:
            log.warning("run failed", run_id=row.run_id, graph=run.assistant.graph_id, exc_info=error)
            row.status, row.error = "error", _told(error)
        finally:
            run.is_working = False

    async def _store_end(self, run: LiveRun) -> bool:
        """Store the outcome, and return whether the lease was held until then."""
        run.row.updated_at = datetime.now(UTC)
        try:
            async for attempt in retry_context(**UNTIL_THE_DATABASE_ANSWERS):
                with attempt:
                    await run.log.flush()
                    return await self._outcomes.store(run)
        except Exception as error:
            log.error("outcome not stored", run_id=run.row.run_id, exc_info=error)
            run.row.status, run.row.error = "error", _told(error)
            if run.transient:
                return True
        try:
            return await self._outcomes.store_failure(run.row)
        except Exception as error:  # its lease runs out, and another attempt is made
            log.error("failure not stored", run_id=run.row.run_id, exc_info=error)
        return False

    def _keep_for_late_readers(self, run: LiveRun) -> None:
        self._ended[run.row.run_id] = run
        self._ended_bytes += run.log.size_bytes
        while len(self._ended) > MAX_ENDED_RUNS or self._ended_bytes > MAX_ENDED_BYTES:
            _, oldest = self._ended.popitem(last=False)
            self._ended_bytes -= oldest.log.size_bytes


def _forget_cancellation() -> None:
    """What is stored after a cancellation may use time limits of its own, which look at this count."""
    task = asyncio.current_task()
    while task and task.cancelling():
        task.uncancel()


def _told(error: BaseException) -> dict[str, str]:
    if is_outage(error):
        return {"error": "database_unavailable", "message": "The database did not answer for too long."}
    return error_payload(error)


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
