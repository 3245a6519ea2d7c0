"""LangSmith's environment variables, kept from everything in this process but our own settings."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

QUEUE_SIZE = 500
FOREIGN_PREFIXES = ("LANGSMITH_", "LANGCHAIN_")

# The SDK takes these from the environment only.
CLIENT_VARIABLES = {
    "LANGSMITH_USE_DAEMON": "true",
    "LANGSMITH_TRACING_QUEUE_MAX_SIZE": str(QUEUE_SIZE),
    "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",
}


@contextmanager
def own_environment() -> Iterator[None]:
    """Hide LangSmith's variables from the SDK and from LangChain, and set those of `CLIENT_VARIABLES`.

    Our settings have read them. Left where they are, they would turn tracing on behind our back, send runs
    elsewhere (``LANGSMITH_RUNS_ENDPOINTS``), travel in each run's metadata, and their key would go to
    whatever URL a LangGraph client is given.
    """
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(FOREIGN_PREFIXES)}
    os.environ.update(CLIENT_VARIABLES)
    _forget_environment()
    try:
        yield
    finally:
        for name in CLIENT_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(hidden)
        _forget_environment()


def _forget_environment() -> None:
    """Let the SDK, where it is loaded, read the environment again."""
    loaded = sys.modules.get("langsmith.utils")
    if loaded:
        loaded.get_env_var.cache_clear()
        loaded.get_tracer_project.cache_clear()
