"""The v3 event protocol over one WebSocket."""

import asyncio
import json
import socket as socket_module
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from narutalk.errors import Unauthenticated
from narutalk.identity import Identity, TokenVerifier
from services.agent_server.event_protocol import socket as event_socket
from services.agent_server.event_protocol.envelopes import Envelope
from tests.contract.agent_server.asking import asks, fresh_id
from tests.contract.agent_server.conftest import BORIS, RunningServer
from tests.contract.agent_server.protocol import (
    ALL,
    ends,
    methods,
    over,
    read,
    receive,
    socket_on,
    start,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOOD_EVENTS, FLOOD_BYTES = 192, 64 * 1024
KERNEL_BYTES = 6 * 1024 * 1024
"""More than Linux buffers for a connection by default."""


async def until_end(socket: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while not found or not ends()(found[-1]):
        message = await receive(socket)
        found += [message] if message["type"] == "event" else []
    return found


async def test_one_socket_makes_a_thread_and_shows_its_run(server: RunningServer) -> None:
    thread_id = fresh_id()
    async with socket_on(server, thread_id) as socket:
        started = await over(socket, "run.start", {"assistant_id": "talk", "input": asks()}, command_id=1)
        assert started["meta"] == {"applied_through_seq": 0}
        answer = await over(socket, "subscription.subscribe", {"channels": ALL}, command_id=2)
        assert list(answer["result"]) == ["subscription_id"]
        events = await until_end(socket)
    assert events == await read(server, thread_id, ends())


async def test_subscriptions_come_and_go(server: RunningServer) -> None:
    thread_id, run_id = await start(server, "echo", asks())
    await server.sdk().runs.join(thread_id, run_id)
    async with socket_on(server, thread_id) as socket:
        first = await over(socket, "subscription.subscribe", {"channels": ["values", "lifecycle"]}, 1)
        whole = await until_end(socket)
        assert methods(whole) == ["running", "values", "values", "completed"]
        subscription = {"subscription_id": first["result"]["subscription_id"]}
        assert (await over(socket, "subscription.unsubscribe", subscription, 2))["result"] == {}
        again = await over(socket, "subscription.unsubscribe", subscription, 3)
        assert again["error"] == "no_such_subscription"
        since = {"channels": ["values", "lifecycle"], "since": whole[1]["seq"]}
        await over(socket, "subscription.subscribe", since, 4)
        assert await until_end(socket) == whole[2:]
        restored = await over(socket, "subscription.reconnect", {"run_id": run_id}, 5)
        assert restored["result"] == {"restored": False}


async def test_an_interrupt_is_answered_on_the_socket(server: RunningServer) -> None:
    thread_id = fresh_id()
    async with socket_on(server, thread_id) as socket:
        await over(socket, "run.start", {"assistant_id": "ask", "input": asks()}, 1)
        await over(socket, "subscription.subscribe", {"channels": ["values", "input", "lifecycle"]}, 2)
        events = await until_end(socket)
        (asked,) = [event for event in events if event["method"] == "input.requested"]
        answer = {"interrupt_id": asked["params"]["data"]["interrupt_id"], "response": "yes"}
        await socket.send(json.dumps({"id": 3, "method": "input.respond", "params": answer}))
        events = await until_end(socket)
    assert methods(events) == ["running", "values", "values", "completed"]


async def forever(socket: Any) -> None:
    while True:
        await receive(socket)


@pytest.mark.parametrize(
    ("text", "code", "command_id"),
    [
        ("nope", "invalid_argument", None),
        ("[]", "invalid_argument", None),
        ('{"channels":["values"]}', "invalid_argument", None),
        (b'{"id":9,"method":"nope.nope"}', "unknown_command", 9),
        ('{"id":9,"method":"subscription.subscribe","params":{}}', "invalid_argument", 9),
        ('{"id":9,"method":"subscription.subscribe","params":{"channels":["x"]}}', "invalid_argument", 9),
        ('{"id":9,"method":"subscription.unsubscribe","params":{}}', "invalid_argument", 9),
        ('{"id":9,"method":"run.start","params":{}}', "invalid_argument", 9),
    ],
)
async def test_bad_commands_are_answered_and_the_socket_stays(
    server: RunningServer, text: str | bytes, code: str, command_id: int | None
) -> None:
    thread_id, _ = await start(server, "echo", asks())
    async with socket_on(server, thread_id) as socket:
        await socket.send(text)
        answer = await receive(socket)
        assert (answer["type"], answer["id"], answer["error"]) == ("error", command_id, code)
        assert (await over(socket, "state.get"))["type"] == "success"


async def test_subscriptions_of_a_socket_are_limited(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_socket, "MAX_SUBSCRIPTIONS", 2)
    thread_id, _ = await start(server, "echo", asks())
    async with socket_on(server, thread_id) as socket:
        for command_id in (1, 2):
            answer = await over(socket, "subscription.subscribe", {"channels": ["tools"]}, command_id)
            assert answer["type"] == "success"
        refused = await over(socket, "subscription.subscribe", {"channels": ["tools"]}, 3)
        assert "at most 2" in refused["message"]


async def test_the_socket_closes_with_the_status_of_the_same_request(server: RunningServer) -> None:
    thread_id, _ = await start(server, "echo", asks())
    for path, identity, code in (("nope", None, 4422), (thread_id, BORIS, 4404), (fresh_id(), BORIS, 4404)):
        options = {"identity": identity} if identity else {}
        async with socket_on(server, path, **options) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await over(socket, "subscription.subscribe", {"channels": ["values"]})
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


async def test_a_deleted_thread_closes_the_socket(server: RunningServer) -> None:
    thread_id, run_id = await start(server, "echo", asks())
    await server.sdk().runs.join(thread_id, run_id)
    async with socket_on(server, thread_id) as socket:
        await over(socket, "subscription.subscribe", {"channels": ["lifecycle"]})
        await server.sdk().threads.delete(thread_id)
        with pytest.raises(ConnectionClosed) as closed:
            await forever(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


async def test_a_token_is_needed(server: RunningServer) -> None:
    url = f"{server.url.replace('http', 'ws', 1)}/threads/{fresh_id()}/stream/events"
    with pytest.raises(InvalidStatus, match="403"):
        async with connect(url):
            pass


async def test_a_token_that_has_expired_sends_no_more_commands(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread_id, _ = await start(server, "echo", asks())

    def expired(_verifier: TokenVerifier, _token: str) -> Identity:
        raise Unauthenticated("The token has expired.", code="token_expired")

    async with socket_on(server, thread_id) as socket:
        assert (await over(socket, "state.get"))["type"] == "success"
        monkeypatch.setattr(TokenVerifier, "verify", expired)
        with pytest.raises(ConnectionClosed) as closed:
            await over(socket, "state.get")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_who_does_not_read_costs_little(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_out = 0
    encode = Envelope.encode

    def count(envelope: Envelope) -> bytes:
        nonlocal handed_out
        encoded = encode(envelope)
        handed_out += len(encoded)
        return encoded

    monkeypatch.setattr(Envelope, "encode", count)
    thread_id = fresh_id()
    small = socket_module.socket()
    small.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 4096)
    host, _, port = server.url.removeprefix("http://").partition(":")
    small.connect((host, int(port)))
    options: dict[str, Any] = {"sock": small, "max_queue": 1, "max_size": None, "compression": None}
    async with socket_on(server, thread_id, **options) as socket:
        flood = {"assistant_id": "flood", "input": asks(f"{FLOOD_EVENTS} {FLOOD_BYTES}")}
        started = await over(socket, "run.start", flood, 1)
        await over(socket, "subscription.subscribe", {"channels": ["custom", "lifecycle"]}, 2)
        await server.sdk().runs.join(thread_id, started["result"]["run_id"])
        assert handed_out < KERNEL_BYTES
        events = await asyncio.wait_for(until_end(socket), 30)
    assert methods(events).count("custom") == FLOOD_EVENTS
