"""The config a graph runs with: what the client may say, then what only the server says."""

from importlib.metadata import version
from typing import Any

from langchain_core.runnables import RunnableConfig

from narutalk.identity import Identity
from narutalk.run_identity import run_config
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.runs.request import CheckpointPlace, RunConfig

RESERVED_PREFIXES = ("__", "langgraph_", "checkpoint_")
RESERVED_KEYS = frozenset({"thread_id", "run_id", "assistant_id", "graph_id", "user_id"})

_LANGGRAPH_VERSION = version("langgraph")


def allowed(given: dict[str, Any]) -> dict[str, Any]:
    """Return a client's ``configurable`` or ``metadata`` without the keys that only the server may set."""
    return {
        key: value
        for key, value in given.items()
        if key not in RESERVED_KEYS and not key.startswith(RESERVED_PREFIXES)
    }


def run_metadata(assistant: Assistant, given: dict[str, Any]) -> dict[str, Any]:
    """Return a run's metadata: the client's, and which assistant it ran."""
    return {
        **allowed(given),
        "created_by": "system",
        "graph_id": assistant.graph_id,
        "assistant_id": assistant.assistant_id,
    }


def graph_config(
    *,
    assistant: Assistant,
    identity: Identity,
    thread_id: str,
    run_id: str | None = None,
    attempt: int = 1,
    given: RunConfig | None = None,
    metadata: dict[str, Any] | None = None,
    checkpoint: CheckpointPlace | None = None,
) -> RunnableConfig:
    """Return the config for one call of a graph.

    Args:
        assistant: What runs.
        identity: Whose rights it runs with; from the verified token.
        thread_id: From the path, never from the body.
        run_id: None when the call is no run, such as reading the state.
        attempt: Of the run, from 1.
        given: The client's config; reserved keys are left out.
        metadata: Of the run.
        checkpoint: Where to start from; None means the newest.
    """
    given = given or RunConfig()
    ours = run_config(identity, graph_id=assistant.graph_id)["configurable"]
    configurable = {
        **allowed(given.configurable),
        **ours,
        "assistant_id": assistant.assistant_id,
        "thread_id": thread_id,
        **_place(given.configurable, checkpoint),
    }
    config: RunnableConfig = {
        "configurable": configurable,
        "metadata": {
            **allowed(given.metadata),
            **run_metadata(assistant, metadata or {}),
            "thread_id": thread_id,
        },
    }
    if given.tags:
        config["tags"] = given.tags
    if given.recursion_limit:
        config["recursion_limit"] = given.recursion_limit
    if given.max_concurrency:
        config["max_concurrency"] = given.max_concurrency
    if given.run_name:
        config["run_name"] = given.run_name
    if run_id:
        configurable["run_id"] = run_id
        config["metadata"] |= {
            "run_id": run_id,
            "run_attempt": attempt,
            "langgraph_version": _LANGGRAPH_VERSION,
        }
    return config


def _place(configurable: dict[str, Any], checkpoint: CheckpointPlace | None) -> dict[str, Any]:
    if checkpoint is None:
        checkpoint = CheckpointPlace.model_validate(
            {"checkpoint_id": configurable["checkpoint_id"]}
            if isinstance(configurable.get("checkpoint_id"), str)
            else {}
        )
    place = {"checkpoint_ns": "", **checkpoint.model_dump(exclude_none=True)}
    return place if place["checkpoint_ns"] or len(place) > 1 else {}
