"""Opens what a server needs, in order, and closes it in the reverse order."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel

from narutalk.process import this_process
from narutalk.settings import Settings
from narutalk.telemetry.tracing.process import open_tracing
from services.agent_server.assistants.catalog import Assistants
from services.agent_server.crons.scheduler import CronScheduler
from services.agent_server.events.feed import open_feed
from services.agent_server.graphs.resources import Graph, GraphFactory, ServerResources, build_graph
from services.agent_server.runs.executor import RunExecutor
from services.agent_server.runs.keeper import Keeper
from services.agent_server.runs.outcome import Outcomes
from services.agent_server.runs.takeover import Takeover
from services.agent_server.runs.webhooks import Webhooks
from services.agent_server.state import HealthCheck, ServerState
from services.agent_server.storage.assistants import AssistantStore
from services.agent_server.storage.checkpoint_tables import CheckpointTables
from services.agent_server.storage.checkpoints import allow_state_types, open_checkpoints
from services.agent_server.storage.crons import CronStore
from services.agent_server.storage.database import open_database
from services.agent_server.storage.leases import LeaseStore
from services.agent_server.storage.runs import RunStore
from services.agent_server.storage.threads import ThreadStore
from services.agent_server.threads.deletion import delete_thread
from services.agent_server.threads.housekeeping import Housekeeping
from services.agent_server.threads.subthreads import Subthreads, open_subthreads


@asynccontextmanager
async def open_server(
    *,
    service: str,
    graphs: Mapping[str, Graph | GraphFactory[Any]],
    settings: Settings,
    resources: Callable[[Settings], AbstractAsyncContextManager[Any]] | None,
    health_checks: Mapping[str, HealthCheck],
    process: str | None = None,
    subthreads: Subthreads | None = None,
    descriptions: Mapping[str, str] | None = None,
) -> AsyncIterator[ServerState]:
    """Open the database, the checkpointer, the service's own resources and its graphs.

    Args:
        service: Its name.
        graphs: By graph id.
        settings: Of this process.
        resources: Opens what the service's graphs and routes need beside that.
        health_checks: By dependency.
        subthreads: The threads of other services that are deleted with a thread.
        process: Under which it holds the leases of its runs; None: this process's name.
        descriptions: What the graphs are for, by graph id.
    """
    async with (
        open_tracing(settings, service),
        open_database(settings, service) as engine,
        open_checkpoints(settings, service) as (checkpointer, store),
        resources(settings) if resources else nullcontext() as own,
        open_feed(engine) as feed,
        open_subthreads(engine, subthreads, own) as deletions,
    ):
        opened = ServerResources(settings=settings, checkpointer=checkpointer, store=store, resources=own)
        compiled = {name: build_graph(given, opened) for name, given in graphs.items()}
        allow_state_types(checkpointer, (graph for graph in compiled.values() if isinstance(graph, Pregel)))
        transient = InMemorySaver()
        in_memory = {name: graph.copy({"checkpointer": transient}) for name, graph in compiled.items()}
        threads, runs = ThreadStore(engine, subthreads=deletions), RunStore(engine)
        leases = LeaseStore(engine, process or this_process())
        assistants = Assistants(
            compiled, in_memory, created_at=datetime.now(UTC), descriptions=descriptions or {}
        )
        webhooks = Webhooks(settings)
        housekeeping = Housekeeping(
            threads, CheckpointTables(checkpointer), keep=settings.checkpoints_per_thread
        )
        outcomes = Outcomes(runs, checkpointer, transient, note=housekeeping.note, on_ended=webhooks.deliver)
        executor = RunExecutor(
            runs=runs,
            leases=leases,
            outcomes=outcomes,
            takeover=Takeover(leases, outcomes, assistants),
            open_log=feed.open_log,
            concurrency=settings.run_concurrency,
            timeout_seconds=settings.run_timeout_seconds,
        )
        server = ServerState(
            service=service,
            settings=settings,
            resources=own,
            assistants=assistants,
            stored_assistants=AssistantStore(engine),
            threads=threads,
            runs=runs,
            crons=CronStore(engine),
            checkpointer=checkpointer,
            store=store,
            executor=executor,
            housekeeping=housekeeping,
            feed=feed,
            health_checks=health_checks,
        )
        async with Keeper(executor, runs, threads, checkpointer).open():
            try:
                async with (
                    housekeeping.running(partial(delete_thread, server)),
                    CronScheduler(server).running(),
                ):
                    yield server
            finally:
                await executor.close()
                await webhooks.close()
