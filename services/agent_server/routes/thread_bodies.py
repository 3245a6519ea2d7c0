"""The bodies of requests about threads."""

from typing import Annotated, Any, Literal

from langgraph.types import StateUpdate
from pydantic import Field

from narutalk.identity import Identity
from services.agent_server.access import checked_id
from services.agent_server.routes.bodies import Body
from services.agent_server.routes.paging import DEFAULT_LIMIT, Limit, Offset
from services.agent_server.runs.request import RunCommand
from services.agent_server.storage.threads import ThreadFilter
from services.agent_server.threads.actions import Lifetime
from services.agent_server.threads.extracts import Step, parse_path

ThreadStatus = Literal["idle", "busy", "interrupted", "error"]
ThreadSortBy = Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"]
ThreadField = Literal[
    "thread_id",
    "created_at",
    "updated_at",
    "state_updated_at",
    "metadata",
    "config",
    "context",
    "status",
    "values",
    "interrupts",
    "error",
]
MAX_IDS = 1000
MAX_SUPERSTEPS = 1000
MAX_EXTRACTS = 50
MAX_PATH_CHARS = 1000
MAX_TTL_MINUTES = 60 * 24 * 366 * 100

StateValues = dict[str, Any] | list[Any] | None


class ThreadTtl(Body):
    """How long a thread is kept: minutes from now, and what happens then."""

    ttl: Annotated[float, Field(gt=0, le=MAX_TTL_MINUTES)]
    strategy: Literal["delete", "keep_latest"] = "delete"

    def lifetime(self) -> Lifetime:
        return Lifetime(self.ttl, self.strategy)


class SuperstepUpdate(Body):
    """What one node is said to have returned: values, or a command."""

    values: StateValues = None
    command: RunCommand | None = None
    as_node: str

    def to_update(self) -> StateUpdate:
        """Return it as LangGraph takes it."""
        return StateUpdate(self.command.to_command() if self.command else self.values, self.as_node)  # type: ignore[arg-type]


class Superstep(Body):
    """Updates that go together and make one checkpoint."""

    updates: Annotated[list[SuperstepUpdate], Field(min_length=1, max_length=MAX_SUPERSTEPS)]


class ThreadCreate(Body):
    """A new thread; with supersteps, and the graph's name in its metadata, it begins with a state."""

    thread_id: str | None = None
    metadata: dict[str, Any] | None = None
    if_exists: Literal["raise", "do_nothing"] | None = None
    supersteps: Annotated[list[Superstep], Field(max_length=MAX_SUPERSTEPS)] | None = None
    ttl: ThreadTtl | None = None

    def state_updates(self) -> list[list[StateUpdate]]:
        """Return the supersteps as LangGraph takes them."""
        return [[update.to_update() for update in step.updates] for step in self.supersteps or []]


class ThreadPatch(Body):
    """What to change of a thread: keys are added to its metadata, its time begins anew."""

    metadata: dict[str, Any] | None = None
    ttl: ThreadTtl | None = None


class ThreadPrune(Body):
    """Which threads to delete, or to reduce to their newest state."""

    thread_ids: Annotated[list[str], Field(max_length=MAX_IDS)]
    strategy: Literal["delete", "keep_latest"] = "delete"

    def ids(self) -> list[str]:
        return [checked_id(entry, "thread") for entry in self.thread_ids]


class ThreadCount(Body):
    """Which threads are meant."""

    metadata: dict[str, Any] | None = None
    values: dict[str, Any] | None = None
    status: ThreadStatus | None = None

    def to_filter(self, identity: Identity, ids: list[str] | None = None) -> ThreadFilter:
        """Return it as a filter over the caller's own threads."""
        return ThreadFilter(
            user_id=identity.user_id,
            metadata=self.metadata or {},
            values=self.values or {},
            status=self.status,
            ids=None if ids is None else tuple(checked_id(entry, "thread") for entry in ids),
        )


class ThreadSearch(ThreadCount):
    """Which threads are meant, in which order, which page of them and what of each.

    Attributes:
        extract: Paths such as ``values.messages[-1].content`` by the name they are answered under.
    """

    ids: Annotated[list[str], Field(max_length=MAX_IDS)] | None = None
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
    sort_by: ThreadSortBy | None = None
    sort_order: Literal["asc", "desc"] | None = None
    select: list[ThreadField] | None = None
    extract: (
        Annotated[dict[str, Annotated[str, Field(max_length=MAX_PATH_CHARS)]], Field(max_length=MAX_EXTRACTS)]
        | None
    ) = None

    def fields(self) -> list[str] | None:
        """Return the fields that are asked for; threads have no ``context`` here, as on the reference."""
        return None if not self.select else [name for name in self.select if name != "context"]

    def paths(self) -> dict[str, list[Step]]:
        """Return the steps of what is to be extracted."""
        return {alias: parse_path(path) for alias, path in (self.extract or {}).items()}
