"""Reading the manager's event streams in tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
from httpx_sse import EventSource, connect_sse

Event = dict[str, Any]


class Frame(NamedTuple):
    id: int
    type: str
    event: Event


@contextmanager
def asking(client: httpx.Client, text: str = "How much for a hotel?", **body: Any) -> Iterator[EventSource]:
    """Ask as a stream."""
    with connect_sse(client, "POST", "/api/chat/stream", json={"message": text, **body}) as source:
        yield source


@contextmanager
def following(client: httpx.Client, message_id: str, *, after: int | None = None) -> Iterator[EventSource]:
    """Follow a turn, on from an event."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with connect_sse(client, "GET", f"/api/chat/stream/{message_id}", headers=headers) as source:
        yield source


def frames(source: EventSource) -> Iterator[Frame]:
    """Yield a stream's events as they come."""
    for sse in source.iter_sse():
        event = sse.json()
        assert event["type"] == sse.event
        yield Frame(int(sse.id), sse.event, event)


def ids_of(source: EventSource) -> tuple[str, str]:
    """Return the conversation's and the message's id from a stream's headers."""
    headers = source.response.headers
    return headers["X-Conversation-ID"], headers["X-Message-ID"]


def read_messages(client: httpx.Client, conversation_id: str) -> list[Event]:
    """Return a conversation's stored messages."""
    response = client.get(f"/api/conversations/{conversation_id}")
    assert response.status_code == 200, response.text
    messages: list[Event] = response.json()["messages"]
    return messages


def error_code(response: httpx.Response) -> str:
    """Return an error's code, and check that it has the shape of all errors."""
    error = response.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert "internals" not in response.text
    code: str = error["code"]
    return code
