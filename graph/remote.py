"""Agents as remote graphs: one long-lived client each, called under the identity of the person who asks."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid5

import httpx
import stamina
import structlog
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.pregel.remote import RemoteException, RemoteGraph
from langgraph.types import StreamMode
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import APIConnectionError, APIStatusError, APITimeoutError

from graph.asking_again import (
    FIRST_BACKOFF_SECONDS,
    MAX_ASKS,
    MAX_BACKOFF_SECONDS,
    BrokenOff,
    ShownTask,
    StreamWriter,
    may_ask_again,
)
from graph.state import AgentResult
from narutalk.events import Citation, TokenEvent, Usage
from narutalk.identity import Identity, TokenSigner
from narutalk.telemetry.tracing.process import trace_headers
from narutalk.threads import agent_thread_id, as_uuid

logger = structlog.get_logger(__name__)

STREAM_MODES: list[StreamMode] = ["custom", "messages", "updates"]


class Agent(Protocol):
    """What the supervisor gives a task to."""

    async def ask(
        self,
        task: str,
        *,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        write: StreamWriter,
        alone: bool,
    ) -> AgentResult:
        """Do a task, and return how it went; see `RemoteAgent.ask`."""
        ...


@dataclass
class _Progress:
    """What has been read from an agent's stream so far."""

    text: str = ""
    answered: bool = False
    citations: list[Citation] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)


class RemoteAgent:
    """One agent behind HTTP.

    Args:
        name: Of the agent, and of its graph at the service.
        client: For the agent's service; the caller closes it.
        signer: Signs for whom the router acts.
        deadline_seconds: For one task, from the request to the last byte.
    """

    def __init__(
        self, name: str, client: httpx.AsyncClient, signer: TokenSigner, *, deadline_seconds: float
    ) -> None:
        self.name = name
        client.event_hooks = {
            **client.event_hooks,
            "response": [*client.event_hooks["response"], _never_reconnect],
        }
        self._graph = RemoteGraph(name, client=LangGraphClient(client))
        self._signer = signer
        self._deadline_seconds = deadline_seconds

    async def ask(
        self,
        task: str,
        *,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        write: StreamWriter,
        alone: bool,
    ) -> AgentResult:
        """Give the agent a task on its own thread of the conversation; never raises for the agent's failures.

        When an instance dies in the middle, another one is asked within the same deadline, and what was
        streamed already is not streamed again.

        Args:
            task: In the person's words.
            identity: For whom the router acts.
            conversation_id: The supervisor's thread.
            message_id: Of the question, which stands in the agent's thread once, however often it is asked.
            write: Takes the turn's events as they come: ``tool``, ``citation`` and ``token``.
            alone: Whether the agent's text is the answer itself; its tokens then carry no agent.
        """
        started = time.perf_counter()
        progress = _Progress()
        shown = ShownTask(write)
        status: Any = "success"
        try:
            async with asyncio.timeout(self._deadline_seconds):
                # Repeating is safe while tools only read; see `agents.again` for those that will not.
                async for attempt in stamina.retry_context(
                    on=may_ask_again,
                    attempts=MAX_ASKS,
                    timeout=None,
                    wait_initial=FIRST_BACKOFF_SECONDS,
                    wait_max=MAX_BACKOFF_SECONDS,
                    wait_jitter=FIRST_BACKOFF_SECONDS,
                ):
                    with attempt:
                        progress = _Progress()
                        shown.begin()
                        await self._stream(
                            task, identity, conversation_id, message_id, shown, alone, progress
                        )
        except TimeoutError:
            status = "timeout"
        except (APIConnectionError, httpx.TransportError) as error:
            status = "timeout" if isinstance(error, APITimeoutError | httpx.ReadTimeout) else "unavailable"
        # ValueError: what it sent makes no sense
        except (RemoteException, APIStatusError, BrokenOff, ValueError) as error:
            gone = isinstance(error, BrokenOff) or may_ask_again(error)
            status = "unavailable" if gone else "error"
            logger.warning("agent_failed", agent=self.name, error=str(error)[:500])
        return AgentResult(
            agent=self.name,
            status=status,
            text=progress.text if status == "success" else "",
            citations=progress.citations if status == "success" else [],
            usage=progress.usage,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
        )

    async def _stream(
        self,
        task: str,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        write: StreamWriter,
        alone: bool,
        progress: _Progress,
    ) -> None:
        config: RunnableConfig = {"configurable": {"thread_id": agent_thread_id(conversation_id, self.name)}}
        question = HumanMessage(task, id=str(uuid5(as_uuid(message_id), self.name)))
        headers = {"Authorization": f"Bearer {self._signer.sign(identity)}", **trace_headers()}
        parts = self._graph.astream(
            {"messages": [question]},
            config,
            stream_mode=STREAM_MODES,
            headers=headers,
            version="v2",
            on_disconnect="cancel",
        )
        async with aclosing(parts):  # type: ignore[type-var]  # an async generator, though not declared as one
            async for part in parts:
                for event in turn_events(part, self.name, alone=alone, progress=progress):
                    write(event)
        if not progress.answered:
            raise BrokenOff(f"{self.name} ended its stream without an answer")


async def _never_reconnect(response: httpx.Response) -> None:
    """Take away the address of a run, so that a cut stream is an error at once.

    The SDK would go back to the run, with seconds in between and without what was missed; after a
    crash there is nothing to go back to, and another instance does not have it.
    """
    response.headers.pop("Location", None)


def turn_events(part: Any, agent: str, *, alone: bool, progress: _Progress) -> Iterator[dict[str, Any]]:
    """Map one part of an agent's stream to the turn's events, and note what the result needs.

    ``tool`` and ``citation`` events pass as the agent wrote them; text of the model becomes ``token``;
    the updates carry the whole last message, which is the answer.
    """
    data = part["data"]
    if part["type"] == "custom" and isinstance(data, dict) and data.get("type") in ("tool", "citation"):
        if data["type"] == "citation":
            progress.citations.append(Citation.model_validate(data))
        yield data
    elif part["type"] == "messages":
        chunk = data[0]
        text = chunk.get("content") if isinstance(chunk, dict) else None
        if text and isinstance(text, str) and chunk.get("type") == "AIMessageChunk":
            yield TokenEvent(agent=None if alone else agent, text=text).model_dump(mode="json")
    elif part["type"] == "updates":
        for message in _ai_messages(data):
            if isinstance(message.get("content"), str) and not message.get("tool_calls"):
                progress.text = message["content"]
                progress.answered = True
            usage = message.get("usage_metadata") or message.get("additional_kwargs", {}).get(
                "usage_metadata"
            )
            if usage:
                counted = {name: usage.get(name, 0) for name in Usage.model_fields}
                progress.usage = progress.usage + Usage(**counted)


def _ai_messages(update: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(update, dict):
        return
    for node_update in update.values():
        messages = node_update.get("messages", ()) if isinstance(node_update, dict) else ()
        yield from (
            message for message in messages if isinstance(message, dict) and message.get("type") == "ai"
        )
