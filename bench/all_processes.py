"""The running company, asked as a program with a session asks it: the manager's API over loopback."""

import time

import httpx
from httpx_sse import EventSource

from bench.answered import Answered, answered


class AllProcesses:
    """Asks the manager, which asks the router, which asks the agents.

    Args:
        client: Signed in, with the manager's base URL.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, text: str) -> Answered:
        """Ask with ``POST /api/chat``, in a new conversation."""
        started = time.perf_counter()
        response = await self._client.post("/api/chat", json={"message": text})
        total_ms = (time.perf_counter() - started) * 1000
        return answered(response.raise_for_status().json(), total_ms)

    async def ask_streamed(self, text: str) -> Answered:
        """Ask with ``POST /api/chat/stream``, in a new conversation."""
        first_token_ms: float | None = None
        started = time.perf_counter()
        async with self._client.stream("POST", "/api/chat/stream", json={"message": text}) as response:
            response.raise_for_status()
            async for event in EventSource(response).aiter_sse():
                if event.event == "token" and first_token_ms is None:
                    first_token_ms = (time.perf_counter() - started) * 1000
                elif event.event == "final":
                    total_ms = (time.perf_counter() - started) * 1000
                    return answered(event.json(), total_ms, first_token_ms)
                elif event.event == "error":
                    raise RuntimeError(f"the turn failed: {event.data}")
        raise RuntimeError("the stream ended without an answer")
