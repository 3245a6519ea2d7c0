"""What the lifespan opened, typed, for routes to reach."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from langgraph.store.base import BaseStore

from narutalk.settings import Settings
from services.agent_server.assistants.catalog import Assistants
from services.agent_server.events.feed import RunFeed
from services.agent_server.runs.executor import RunExecutor
from services.agent_server.storage.assistants import AssistantStore
from services.agent_server.storage.checkpoints import Checkpointer
from services.agent_server.storage.crons import CronStore
from services.agent_server.storage.runs import RunStore
from services.agent_server.storage.threads import ThreadStore
from services.agent_server.threads.housekeeping import Housekeeping

HealthCheck = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class ServerState:
    """The open parts of one server.

    Attributes:
        service: Its name.
        settings: Of this process.
        resources: What the service's own ``resources`` opened; None when it opens nothing.
        assistants: Made from its graphs.
        stored_assistants: Made by users.
        threads: Where threads are stored.
        runs: Where runs are stored.
        crons: Where crons are stored.
        checkpointer: Where the threads' state is stored.
        store: LangGraph's long-term memory.
        executor: Owns the runs of this process.
        housekeeping: Keeps the storage small.
        feed: The events of runs, wherever they work.
        health_checks: By dependency; each gets ``resources`` and raises when its dependency does not work.
    """

    service: str
    settings: Settings
    resources: Any
    assistants: Assistants
    stored_assistants: AssistantStore
    threads: ThreadStore
    runs: RunStore
    crons: CronStore
    checkpointer: Checkpointer
    store: BaseStore
    executor: RunExecutor
    housekeeping: Housekeeping
    feed: RunFeed
    health_checks: Mapping[str, HealthCheck]


async def server_state(request: Request) -> ServerState:
    """Return the server's state; a dependency of routes."""
    state: ServerState = request.app.state.server
    return state


Server = Annotated[ServerState, Depends(server_state)]
