"""Agents behind HTTP: asked, followed to their end or to what they wait for, resumed, and stopped."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Protocol
from uuid import UUID, uuid5

import httpx
import structlog

from graph.agent_stream import STREAM_MODES, Progress, note_state, turn_events
from graph.shown_task import ShownTask, StreamWriter
from graph.state import AgentResult, Pause
from narutalk.events import AgentStatus
from narutalk.followed_run import CALL_TIMEOUT_SECONDS, BrokenOff, FollowedRun, RunFailed, RunRefused
from narutalk.handover import run_is_left
from narutalk.http import REPEATABLE
from narutalk.identity import Identity, TokenSigner
from narutalk.languages import Language
from narutalk.quoting import answered_in
from narutalk.telemetry.tracing.process import trace_headers
from narutalk.threads import agent_thread_id, as_uuid

logger = structlog.get_logger(__name__)

FAILURES = (httpx.TransportError, RunFailed, RunRefused, BrokenOff, ValueError)
"""ValueError: what it sent makes no sense."""


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
        pause: Pause | None = None,
        recovered: bool = False,
        language: Language | None = None,
    ) -> AgentResult | Pause:
        """Do a task, and return how it went; see `RemoteAgent.ask`."""
        ...


class RemoteAgent:
    """One agent behind HTTP.

    Args:
        name: Of the agent, and of its graph at the service.
        client: For the agent's service; the caller closes it, after `close`.
        signer: Signs for whom the router acts.
        deadline_seconds: For one task, from the request to the last byte.
    """

    def __init__(
        self, name: str, client: httpx.AsyncClient, signer: TokenSigner, *, deadline_seconds: float
    ) -> None:
        self.name = name
        self._client = client
        self._signer = signer
        self._deadline_seconds = deadline_seconds
        self._stopping: set[asyncio.Task[None]] = set()

    async def ask(
        self,
        task: str,
        *,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        write: StreamWriter,
        alone: bool,
        pause: Pause | None = None,
        recovered: bool = False,
        language: Language | None = None,
    ) -> AgentResult | Pause:
        """Give the agent a task on its own thread of the conversation; never raises for the agent's failures.

        When a connection breaks or an instance dies, the same run is followed on within the same deadline,
        and what was streamed already is not streamed again. When this call is cancelled or given up, the
        agent's run is stopped, unless another process goes on with the supervisor's.

        Args:
            task: In the person's words.
            identity: For whom the router acts.
            conversation_id: The supervisor's thread.
            message_id: Of the question, which stands in the agent's thread once, however often it is asked.
            write: Takes the turn's events as they come: ``tool``, ``citation``, ``chart`` and ``token``.
            alone: Whether the agent's text is the answer itself; its tokens then carry no agent.
            pause: What the agent waited for, with an answer to each interrupt: it goes on there.
            recovered: Whether another process may have asked the same before it died.
            language: The person prefers for answers; None for the task's.

        Returns:
            The result, or what the agent waits for.
        """
        started = time.perf_counter()
        before_ms = pause.duration_ms if pause else 0.0

        def duration_ms() -> float:
            return round(before_ms + (time.perf_counter() - started) * 1000, 1)

        progress, shown = Progress(), ShownTask(write)
        run = self._run(task, identity, conversation_id, message_id, pause, language)
        status: AgentStatus
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._follow(run, shown, alone, progress, pause, look_first=recovered)
                if run.has_gaps or not (progress.answered or progress.interrupts):
                    # Its last events were lost with its process, or are kept no longer.
                    note_state(await run.state(), _question_id(message_id, self.name), progress)
            if progress.interrupts:
                return Pause(
                    interrupts=progress.interrupts,
                    citations=progress.citations,
                    charts=progress.charts,
                    usage=progress.usage,
                    duration_ms=duration_ms(),
                    degraded=progress.degraded,
                )
            if progress.answered:
                return progress.result(self.name, duration_ms=duration_ms())
            logger.warning("agent_failed", agent=self.name, error="it ended without an answer")
            status = "error"
        except TimeoutError:
            status = "timeout"
        except FAILURES as error:
            status = _status_of(error)
            logger.warning("agent_failed", agent=self.name, error=str(error)[:500])
        except asyncio.CancelledError:
            if not run_is_left():
                await asyncio.shield(self._stop(run))
            raise
        self._stop(run)
        return AgentResult(
            agent=self.name,
            status=status,
            usage=progress.usage,
            duration_ms=duration_ms(),
            degraded=progress.degraded,
        )

    async def delete_thread(self, thread_id: str, identity: Identity) -> bool:
        """Delete a thread at the agent's service, and return whether it is gone, or never was."""
        try:
            response = await self._client.delete(
                f"/threads/{thread_id}",
                headers=self._headers(identity),
                timeout=CALL_TIMEOUT_SECONDS,
                extensions={REPEATABLE: True},
            )
        except httpx.TransportError as error:
            logger.warning("agent_unreachable", agent=self.name, error=repr(error))
            return False
        return response.is_success or response.status_code == httpx.codes.NOT_FOUND

    async def close(self) -> None:
        """Wait until the runs that are being stopped have been told."""
        await asyncio.gather(*self._stopping, return_exceptions=True)

    def _run(
        self,
        task: str,
        identity: Identity,
        conversation_id: str,
        message_id: str,
        pause: Pause | None,
        language: Language | None,
    ) -> FollowedRun:
        question_id = _question_id(message_id, self.name)
        asked: dict[str, Any] = (
            {"command": {"resume": pause.answers}}
            if pause
            else {
                "input": {
                    "messages": [
                        {"type": "human", "content": task, "id": question_id, **answered_in(language)}
                    ]
                }
            }
        )
        return FollowedRun(
            self._client,
            thread_id=agent_thread_id(conversation_id, self.name),
            task_id=str(uuid5(UUID(question_id), " ".join(sorted(pause.answers)))) if pause else question_id,
            body={
                "assistant_id": self.name,
                "stream_mode": STREAM_MODES,
                "durability": "sync",
                **asked,
            },
            headers=lambda: self._headers(identity),
        )

    async def _follow(
        self,
        run: FollowedRun,
        shown: ShownTask,
        alone: bool,
        progress: Progress,
        pause: Pause | None,
        *,
        look_first: bool = False,
    ) -> None:
        progress.begin(pause)
        async with aclosing(run.events(look_first=look_first)) as events:
            async for event in events:
                if event.name == "metadata":
                    shown.begin()
                    progress.resets = 0
                    if run.from_beginning:
                        progress.begin(pause)
                    continue
                for turn_event in turn_events(
                    event.name, event.data, agent=self.name, alone=alone, progress=progress
                ):
                    shown.write(turn_event, text=progress.place)

    def _stop(self, run: FollowedRun) -> asyncio.Task[None]:
        """Stop a run that has not ended: wherever it works, it would go on without its reader."""
        stopping = asyncio.create_task(run.cancel(), name=f"stop {self.name}")
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)
        return stopping

    def _headers(self, identity: Identity) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._signer.sign(identity)}", **trace_headers()}


def _question_id(message_id: str, agent: str) -> str:
    """Return the id of a question in an agent's thread; fixed, so that it stands there once."""
    return str(uuid5(as_uuid(message_id), agent))


def _status_of(error: Exception) -> AgentStatus:
    if isinstance(error, httpx.ReadTimeout):
        return "timeout"
    return "unavailable" if isinstance(error, httpx.TransportError | BrokenOff) else "error"
