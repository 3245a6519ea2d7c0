"""Checks of a run's request that need more than the request: its graph, its thread, the settings."""

from langgraph.pregel import Pregel

from narutalk.errors import InvalidInput
from narutalk.settings import Settings
from services.agent_server.runs.request import CheckpointPlace, Nodes, RunRequest, refused
from services.agent_server.runs.webhooks import check_webhook
from services.agent_server.storage.checkpoints import Checkpointer

GRAPH_START, GRAPH_END = "__start__", "__end__"


def check_request(request: RunRequest, graph: object, settings: Settings) -> None:
    """Refuse what the graph does not know and the settings do not allow.

    Args:
        request: As it was given.
        graph: Or what makes one anew for each run: the nodes of that are not known yet, and not checked.
        settings: Name the hosts of webhooks.

    Raises:
        InvalidInput: ``node_unknown``, ``webhook_invalid`` or ``webhook_not_allowed``.
    """
    if isinstance(graph, Pregel):
        nodes = frozenset(graph.nodes) - {GRAPH_START}
        _check_nodes("interrupt_before", request.interrupt_before, nodes)
        _check_nodes("interrupt_after", request.interrupt_after, nodes)
        targets = request.command.targets() if request.command else []
        names = [entry if isinstance(entry, str) else entry.node for entry in targets]
        _check_nodes("command.goto", names, nodes | {GRAPH_END})
    check_webhook(request.webhook, settings)


def check_without_thread(request: RunRequest) -> None:
    """Refuse what needs a thread.

    Raises:
        InvalidInput: ``checkpoint_without_thread``.
    """
    place = _place(request)
    if place and place.checkpoint_id:
        reason = "A run without a thread has no checkpoint to start from."
        raise refused("checkpoint", reason, "checkpoint_without_thread")


async def check_on_thread(request: RunRequest, thread_id: str, checkpointer: Checkpointer) -> None:
    """Refuse what has no meaning on a thread, and a checkpoint that the thread does not have.

    Raises:
        InvalidInput: ``on_completion_on_thread`` or ``checkpoint_unknown``.
    """
    if "on_completion" in request.model_fields_set and request.on_completion == "delete":
        reason = "A thread that was made before the run stays; only a stateless run's own thread is deleted."
        raise refused("on_completion", reason, "on_completion_on_thread")
    place = _place(request)
    if not (place and place.checkpoint_id):
        return
    wanted = {
        "thread_id": thread_id,
        "checkpoint_ns": place.checkpoint_ns or "",
        "checkpoint_id": place.checkpoint_id,
    }
    if await checkpointer.aget_tuple({"configurable": wanted}) is None:
        raise refused("checkpoint", "The thread has no such checkpoint.", "checkpoint_unknown")


def _place(request: RunRequest) -> CheckpointPlace | None:
    inherited = request.config.configurable.get("checkpoint_id")
    if request.place() is None and isinstance(inherited, str):
        return CheckpointPlace(checkpoint_id=inherited)
    return request.place()


def _check_nodes(field: str, given: Nodes | None, known: frozenset[str]) -> None:
    unknown = [] if given is None or given == "*" else [name for name in given if name not in known]
    if unknown:
        raise InvalidInput(
            f"{field}: The graph has no node {unknown[0]!r}.",
            code="node_unknown",
            details={"field": field, "unknown": unknown, "nodes": sorted(known)},
        )
