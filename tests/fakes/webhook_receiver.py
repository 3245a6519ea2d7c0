"""A program that ended runs are sent to: it notes what comes and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class WebhookReceiver:
    """Listens on a loopback port.

    Attributes:
        statuses: With which the next requests are answered; 204 after them. None: it breaks off.
        received: The bodies, in their order.
        paths: Of the requests.
    """

    host: str = ""
    statuses: list[int | None] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait for so many requests."""
        while len(self.received) < count:
            self.changed.clear()
            await self.changed.wait()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line[15:]) for line in head.lower().splitlines() if line.startswith("content-length:")
        )
        self.received.append(json.loads(await reader.readexactly(length)))
        self.paths.append(head.split(" ", 2)[1])
        self.changed.set()
        status = self.statuses.pop(0) if self.statuses else 204
        if status is not None:
            location = f"http://{self.host}/elsewhere"
            answer = f"HTTP/1.1 {status} X\r\nlocation: {location}\r\nconnection: close\r\n\r\n"
            writer.write(answer.encode())
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def receive_webhooks() -> AsyncIterator[WebhookReceiver]:
    """Serve a receiver until the block ends."""
    receiver = WebhookReceiver()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield receiver
