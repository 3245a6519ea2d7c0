"""Which conversation a node works for."""

from typing import Any
from uuid import uuid4

from langgraph.runtime import Runtime


def conversation_id(runtime: Runtime[Any]) -> str:
    """Return the id of the thread, which is the conversation's; of a run without one, a new id."""
    info = runtime.execution_info
    return (info.thread_id if info else None) or str(uuid4())
