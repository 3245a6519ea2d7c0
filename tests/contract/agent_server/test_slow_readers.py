"""Readers on real sockets that do not read: they cost little, and miss nothing that is kept."""

import asyncio
import json
import socket

import pytest

from services.agent_server.events import event_log
from services.agent_server.events.event_log import EventLog, Frames
from services.agent_server.events.recorded_log import TAIL_BYTES
from tests.contract.agent_server.asking import fresh_thread
from tests.contract.agent_server.conftest import ANNA, RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENTS, EVENT_BYTES = 192, 64 * 1024
KERNEL_BYTES = 6 * 1024 * 1024
"""More than Linux buffers for a connection by default: 4 MB to send, and what the reader takes."""


@pytest.mark.parametrize("resumable", [True, False])
async def test_who_does_not_read_costs_little_and_gets_the_rest_later(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, resumable: bool
) -> None:
    handed_out = 0
    batch_of = EventLog._batch

    def count(log: EventLog, position: int) -> Frames:
        nonlocal handed_out
        found = batch_of(log, position)
        handed_out += len(found.encoded)
        return found

    monkeypatch.setattr(event_log.EventLog, "_batch", count)
    client = server.sdk()
    thread_id = await fresh_thread(client)
    reader = await _start(server, thread_id, resumable=resumable)
    (run,) = await client.runs.list(thread_id)
    await client.runs.join(thread_id, run["run_id"])
    assert handed_out < KERNEL_BYTES
    live = server.app.state.server.executor.find(run["run_id"])
    assert live.log.next_id > EVENTS
    if resumable:
        assert live.log.size_bytes <= TAIL_BYTES
    received = await asyncio.wait_for(_read_to_end(reader), 30)
    assert received.count(b"event: custom") == EVENTS
    assert b"EventsDropped" not in received


async def _start(server: RunningServer, thread_id: str, *, resumable: bool) -> socket.socket:
    """Send a request for a stream that is not read, and wait until its head is there."""
    body = json.dumps(
        {
            "assistant_id": "flood",
            "input": {"messages": [{"role": "user", "content": f"{EVENTS} {EVENT_BYTES}"}]},
            "stream_mode": ["custom"],
            "stream_resumable": resumable,
        }
    )
    head = (
        f"POST /threads/{thread_id}/runs/stream HTTP/1.1\r\nhost: test\r\nconnection: close\r\n"
        f"authorization: {server.headers(ANNA)['Authorization']}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.setblocking(False)
    loop = asyncio.get_running_loop()
    host, _, port = server.url.removeprefix("http://").partition(":")
    await loop.sock_connect(reader, (host, int(port)))
    await loop.sock_sendall(reader, (head + body).encode())
    assert (await asyncio.wait_for(loop.sock_recv(reader, 12), 10)) == b"HTTP/1.1 200"
    return reader


async def _read_to_end(reader: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray()
    with reader:
        while part := await loop.sock_recv(reader, 1024 * 1024):
            received += part
    return bytes(received)
