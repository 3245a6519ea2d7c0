"""Opens what a server needs, in order, and closes it in the reverse order."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import structlog
from langgraph.checkpoint.memory import InMemorySaver

from narutalk.settings import Settings
from narutalk.telemetry.tracing.process import open_tracing
from services.agent_server.assistants import Assistants
from services.agent_server.resources import Graph, GraphFactory, ServerResources, build_graph
from services.agent_server.runs.executor import RunExecutor
from services.agent_server.runs.outcome import Outcomes
from services.agent_server.state import HealthCheck, ServerState
from services.agent_server.storage.checkpoints import allow_state_types, open_checkpoints
from services.agent_server.storage.database import open_database
from services.agent_server.storage.runs import RunStore
from services.agent_server.storage.threads import ThreadStore

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_server(
    *,
    service: str,
    graphs: Mapping[str, Graph | GraphFactory[Any]],
    settings: Settings,
    resources: Callable[[Settings], AbstractAsyncContextManager[Any]] | None,
    health_checks: Mapping[str, HealthCheck],
) -> AsyncIterator[ServerState]:
    """Open the database, the checkpointer, the service's own resources and its graphs."""
    async with (
        open_tracing(settings, service),
        open_database(settings, service) as engine,
        open_checkpoints(settings, service) as (checkpointer, store),
        resources(settings) if resources else nullcontext() as own,
    ):
        opened = ServerResources(settings=settings, checkpointer=checkpointer, store=store, resources=own)
        compiled = {name: build_graph(given, opened) for name, given in graphs.items()}
        allow_state_types(checkpointer, compiled.values())
        transient = InMemorySaver()
        in_memory = {name: graph.copy({"checkpointer": transient}) for name, graph in compiled.items()}
        threads, runs = ThreadStore(engine), RunStore(engine)
        lost = await runs.fail_lost()
        if lost:
            log.warning("runs of dead processes marked as failed", count=lost)
        executor = RunExecutor(runs, Outcomes(runs, threads, checkpointer, transient))
        try:
            yield ServerState(
                service=service,
                settings=settings,
                resources=own,
                assistants=Assistants(compiled, in_memory, created_at=datetime.now(UTC)),
                threads=threads,
                runs=runs,
                checkpointer=checkpointer,
                executor=executor,
                health_checks=health_checks,
            )
        finally:
            await executor.close()
