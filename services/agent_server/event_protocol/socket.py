"""The WebSocket transport: commands come in, answers and events go out."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from narutalk.errors import InvalidInput, NaruTalkError, NotFound
from narutalk.identity import Identity
from services.agent_server.access import access_thread, checked_id
from services.agent_server.event_protocol.commands import (
    Command,
    answer_command,
    error_answer,
    success_answer,
)
from services.agent_server.event_protocol.errors import CommandRefused
from services.agent_server.event_protocol.subscriptions import Subscription
from services.agent_server.event_protocol.thread_events import check_since, follow_events, last_seq
from services.agent_server.events.transport import HEARTBEAT_SECONDS
from services.agent_server.serialization import encode
from services.agent_server.state import ServerState

MAX_SUBSCRIPTIONS = 64
STATUS_CLOSE_CODES = 4000
"""A close code is this and the HTTP status that the same request would be answered with."""
FAILED = 1011

log = structlog.get_logger(__name__)


class Unsubscribe(BaseModel):
    """Which subscription ends."""

    model_config = ConfigDict(extra="forbid")

    subscription_id: str


class Reconnect(BaseModel):
    """What a client had on an earlier socket."""

    model_config = ConfigDict(extra="forbid")

    run_id: str
    last_event_id: str | None = None
    subscriptions: list[str] = []


class EventSocket:
    """One socket on one thread. Commands are done one by one; each subscription sends at the reader's pace.

    A subscription reads the next events when its last are on their way, so that a client that does not read
    holds no more than one batch of each in memory.

    Args:
        server: Of this process.
        identity: Of the caller.
        websocket: Not accepted yet.
        thread_id: As it is in the path.
    """

    def __init__(self, server: ServerState, identity: Identity, websocket: WebSocket, thread_id: str) -> None:
        self._server = server
        self._identity = identity
        self._websocket = websocket
        self._thread_id = thread_id
        self._subscriptions: dict[str, asyncio.Task[None]] = {}
        self._new: dict[str, Subscription] = {}

    async def serve(self) -> None:
        """Serve the socket until one side closes it."""
        await self._websocket.accept()
        try:
            self._thread_id = checked_id(self._thread_id, "thread")
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await self._send(await self._answer(message.get("text") or message.get("bytes") or ""))
                self._start_new()
        except WebSocketDisconnect:
            return
        except NaruTalkError as error:
            await self._close(STATUS_CLOSE_CODES + error.status, error.message)
        finally:
            tasks = list(self._subscriptions.values())
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _answer(self, text: str | bytes) -> dict[str, Any]:
        command_id: int | None = None
        try:
            command = Command.model_validate(orjson.loads(text))
            command_id = command.id
            match command.method:
                case "subscription.subscribe":
                    result = await self._subscribe(command.params)
                case "subscription.unsubscribe":
                    result = self._unsubscribe(command.params)
                case "subscription.reconnect":
                    Reconnect.model_validate(command.params)
                    result = {"restored": False}  # a subscription ends with its socket
                case _:
                    return await answer_command(self._server, self._identity, self._thread_id, command)
            seq = await last_seq(self._server, self._thread_id)
            return success_answer(command_id, result, applied_through_seq=seq)
        except orjson.JSONDecodeError:
            return error_answer(None, InvalidInput("Protocol commands must be valid JSON."))
        except (CommandRefused, ValidationError, InvalidInput) as error:
            return error_answer(command_id, error)

    async def _subscribe(self, params: dict[str, Any]) -> dict[str, Any]:
        subscription = Subscription.model_validate(params)
        check_since(subscription.since)
        await access_thread(self._server, self._identity, self._thread_id)
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise InvalidInput(f"A socket has at most {MAX_SUBSCRIPTIONS} subscriptions.")
        subscription_id = str(uuid4())
        self._new[subscription_id] = subscription
        return {"subscription_id": subscription_id}

    def _start_new(self) -> None:
        """Start the subscriptions whose answers are on their way, so that no event comes before."""
        for subscription_id, subscription in self._new.items():
            self._subscriptions[subscription_id] = asyncio.create_task(
                self._pump(subscription), name=f"subscription {subscription_id}"
            )
        self._new.clear()

    def _unsubscribe(self, params: dict[str, Any]) -> dict[str, Any]:
        subscription_id = Unsubscribe.model_validate(params).subscription_id
        task = self._subscriptions.pop(subscription_id, None)
        if task is None:
            raise CommandRefused("no_such_subscription", f"Unknown subscription: {subscription_id}")
        task.cancel()
        return {}

    async def _pump(self, subscription: Subscription) -> None:
        """Send the events that are wanted, until the thread is deleted."""
        try:
            async for found in follow_events(
                self._server, self._thread_id, subscription, silence_seconds=HEARTBEAT_SECONDS
            ):
                for envelope in found:
                    await self._websocket.send_text(envelope.encode().decode())
            await self._close(STATUS_CLOSE_CODES + NotFound.status, "The thread was deleted.")
        except WebSocketDisconnect:
            return
        except Exception as error:
            log.error("subscription failed", thread_id=self._thread_id, exc_info=error)
            failed = NaruTalkError("Something went wrong on our side.")
            await self._send(error_answer(None, failed))
            await self._close(FAILED, failed.message)

    async def _send(self, answer: dict[str, Any]) -> None:
        await self._websocket.send_text(encode(answer).decode())

    async def _close(self, code: int, reason: str) -> None:
        try:
            await self._websocket.close(code, reason)
        except (RuntimeError, WebSocketDisconnect):  # closed already
            return
