"""What the tests say to the graphs, and how they read what comes back."""

from typing import Any
from uuid import uuid4


def asks(text: str = "hi") -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text, "id": str(uuid4())}]}


def texts(values: Any) -> list[str]:
    """The texts of a state's messages."""
    return [_text(message["content"]) for message in values["messages"]]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(block["text"] for block in content)


async def events_of(stream: Any) -> list[Any]:
    return [part async for part in stream]


def names(parts: list[Any]) -> list[str]:
    return [part.event for part in parts]


def data_of(parts: list[Any], event: str) -> list[Any]:
    return [part.data for part in parts if part.event == event]


def new_id() -> str:
    return str(uuid4())
