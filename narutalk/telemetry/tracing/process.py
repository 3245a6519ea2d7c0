"""Tracing of this process: opened once, from the settings, and closed in bounded time."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from narutalk.settings import Settings
from narutalk.telemetry.request_id import current_request_id
from narutalk.telemetry.tracing.destinations import trace_destinations
from narutalk.telemetry.tracing.environment import own_environment
from narutalk.telemetry.tracing.parent import TRACE_HEADER
from narutalk.telemetry.tracing.redaction import build_redactor

if TYPE_CHECKING:
    from langsmith.run_trees import RunTree

    from narutalk.telemetry.tracing.client import TracingClient


@dataclass(frozen=True)
class ProcessTracing:
    """What every run of this process shares.

    Attributes:
        client: Sends the runs.
        project: LangSmith's name for where they belong.
        metadata: Which service and instance they come from.
    """

    client: "TracingClient"
    project: str
    metadata: dict[str, str]


# One for each process, like the SDK's own configuration, which it goes with.
_current: ProcessTracing | None = None


@asynccontextmanager
async def open_tracing(settings: Settings, service: str) -> AsyncIterator[None]:
    """Trace what this process does until the block ends, to where the settings say.

    At the end, what is queued is sent for at most `FLUSH_TIMEOUT_SECONDS`; what is left then is dropped.
    """
    global _current  # noqa: PLW0603  (see above)
    destinations = trace_destinations(settings)
    with own_environment():
        if not destinations:
            yield
            return
        # Loaded here, so that a process that traces nothing does not pay for it.
        from langsmith import configure

        from narutalk.telemetry.tracing.client import build_client

        client = build_client(destinations, build_redactor(settings))
        project = settings.langsmith_project
        configure(client=client, enabled=True, project_name=project)
        _current = ProcessTracing(
            client, project, {"service": service, "instance": settings.instance or service}
        )
        try:
            yield
        finally:
            _current = None
            configure(client=None, enabled=None, project_name=None)
            await asyncio.to_thread(client.close)


def is_tracing() -> bool:
    """Whether this process traces what it does."""
    return _current is not None


@contextmanager
def traced_run(parent: str | None) -> Iterator[None]:
    """Let LangChain trace what runs inside of the block, as part of the parent's tree or as one of its own.

    Args:
        parent: Dotted order of the run that asked for this one.
    """
    if _current is None:
        yield
        return
    from langsmith import tracing_context
    from langsmith.run_trees import RunTree

    above = (
        RunTree.from_dotted_order(parent, client=_current.client, project_name=_current.project)
        if parent
        else None
    )
    with tracing_context(
        parent=above or False,
        client=_current.client,
        project_name=_current.project,
        metadata=_run_metadata({}),
        tags=[_current.metadata["service"]],
        enabled=True,
    ):
        yield


def start_tree(name: str, *, inputs: dict[str, Any], metadata: Mapping[str, str]) -> "RunTree | None":
    """Begin a tree with a run of our own, which the caller ends and patches; None when nothing is traced."""
    if _current is None:
        return None
    from langsmith.run_trees import RunTree

    root = RunTree(
        name=name,
        run_type="chain",
        inputs=inputs,
        tags=[_current.metadata["service"]],
        extra={"metadata": _run_metadata(metadata)},
        client=_current.client,
        project_name=_current.project,
    )
    root.post()
    return root


def trace_headers() -> dict[str, str]:
    """Return the headers that put what another process does below the run that is going on here."""
    if _current is None:
        return {}
    from langsmith.run_helpers import get_current_run_tree

    run = get_current_run_tree()
    return {TRACE_HEADER: run.dotted_order} if run and run.dotted_order else {}


def _run_metadata(given: Mapping[str, str]) -> dict[str, str]:
    shared = _current.metadata if _current else {}
    request_id = current_request_id()
    return {**given, **shared, **({"request_id": request_id} if request_id else {})}
