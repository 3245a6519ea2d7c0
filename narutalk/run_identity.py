"""How the verified identity travels inside a run: as LangGraph's own `server_info.user`."""

from typing import Any

from langchain_core.runnables.config import var_child_runnable_config

from narutalk.errors import Unauthenticated
from narutalk.identity import Identity

AUTH_USER_KEY = "langgraph_auth_user"
AUTH_USER_ID_KEY = "langgraph_auth_user_id"


def identity_from_runtime(runtime: Any) -> Identity:
    """Return the identity that the run was started with.

    Args:
        runtime: A LangGraph `Runtime` or `ToolRuntime`.

    Raises:
        Unauthenticated: The run has no verified user.
    """
    user = getattr(getattr(runtime, "server_info", None), "user", None)
    if not isinstance(user, Identity):
        raise Unauthenticated("This run has no verified user.")
    return user


def current_identity() -> Identity | None:
    """Return the identity of the run that is going on here; None outside of a run.

    For code that a model calls on its way to a tool call, which gets no runtime. What may be read is
    decided where a tool gets its identity, by `identity_from_runtime`.
    """
    config = var_child_runnable_config.get() or {}
    user = config.get("configurable", {}).get(AUTH_USER_KEY)
    return user if isinstance(user, Identity) else None


def run_config(identity: Identity, *, graph_id: str = "local") -> dict[str, Any]:
    """Return the config that runs a graph under an identity: what LangGraph fills `server_info` from."""
    return {
        "configurable": {
            AUTH_USER_KEY: identity,
            AUTH_USER_ID_KEY: identity.user_id,
            "assistant_id": graph_id,
            "graph_id": graph_id,
        },
        "metadata": {"assistant_id": graph_id, "graph_id": graph_id},
    }
