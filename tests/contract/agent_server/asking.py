"""Inputs and waits that the tests share."""

from typing import Any
from uuid import uuid4

from langgraph_sdk.client import LangGraphClient


def asks(text: str = "hi") -> dict[str, Any]:
    """Return an input with one user message."""
    return {"messages": [{"role": "user", "content": text}]}


def fresh_id() -> str:
    return str(uuid4())


async def fresh_thread(client: LangGraphClient) -> str:
    return str((await client.threads.create())["thread_id"])


def texts(values: Any) -> list[str]:
    """Return the contents of the messages in a state."""
    return [message["content"] for message in values["messages"]]
