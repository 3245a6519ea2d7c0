"""The client of the router service: one question in, the turn's events out."""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import structlog
from pydantic import ValidationError

from django_admin.conversations.actions import Resumes
from narutalk.errors import DeadlineExceeded, NaruTalkError, Unavailable, UpstreamFailed
from narutalk.events import (
    ErrorEvent,
    FinalEvent,
    InterruptEvent,
    ResetEvent,
    TokenEvent,
    TurnEvent,
    turn_event_adapter,
)
from narutalk.followed_run import BrokenOff, FollowedRun, RunEvent, RunFailed, RunRefused, cancel_run
from narutalk.http import REPEATABLE
from narutalk.identity import Identity, TokenSigner
from narutalk.shown_once import ShownOnce, kind_of

logger = structlog.get_logger(__name__)

ASSISTANT_ID = "supervisor"
CALL_TIMEOUT_SECONDS = 5.0
HEALTH_TIMEOUT_SECONDS = 2.0

_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # PostgreSQL stores no NUL, in text or in JSON
FAILURES = (httpx.TransportError, BrokenOff, RunFailed, RunRefused, ValueError)


class RunStarted(NamedTuple):
    """The router has taken the question up as a run."""

    run_id: str


class RouterClient:
    """Speaks the LangGraph server API to the router.

    Args:
        http: With the router's base URL; the caller closes it.
        signer: Signs for whom each call is made.
    """

    def __init__(self, http: httpx.AsyncClient, signer: TokenSigner) -> None:
        self._http = http
        self._signer = signer

    async def stream_turn(
        self,
        identity: Identity,
        *,
        conversation_id: UUID,
        message_id: UUID,
        text: str,
        trace_headers: Mapping[str, str] | None = None,
        resumes: Resumes | None = None,
    ) -> AsyncGenerator[RunStarted | TurnEvent, None]:
        """Ask, and yield `RunStarted` and then the turn's events until the run ends.

        When an instance of the router dies in the middle, the run is followed on at another one; see
        `FollowedRun`. `RunStarted` may come again, and events that were yielded before are left out. The run
        outlives this call: who stops listening before its end calls `cancel_turn`.

        Args:
            identity: Who asks.
            conversation_id: The thread at the router.
            message_id: Of the question.
            text: The question.
            trace_headers: Put the router's run into the turn's trace.
            resumes: The answer to an interrupt: the paused turn goes on, and nothing is asked.

        Raises:
            Unavailable: ``router_unavailable``: it cannot be reached, or went away.
            DeadlineExceeded: It was silent for too long.
            UpstreamFailed: ``turn_failed``: it refused the question, or the run failed.
        """
        run = FollowedRun(
            self._http,
            thread_id=str(conversation_id),
            task_id=str(message_id),
            body={
                "assistant_id": ASSISTANT_ID,
                **(
                    {"command": {"resume": {resumes["interrupt_id"]: resumes["answer"]}}}
                    if resumes
                    else {"input": {"messages": [{"role": "user", "content": text, "id": str(message_id)}]}}
                ),
                "stream_mode": ["custom"],
            },
            headers=lambda: {**(trace_headers or {}), **self._headers(identity)},
        )
        shown, closed = ShownOnce(), False
        try:
            async with aclosing(run.events()) as events:
                async for event in events:
                    if event.name == "metadata":
                        shown.begin()
                        yield RunStarted(str(run.run_id))
                        continue
                    new = _unseen(_read(event), shown)
                    if new is not None:
                        closed = closed or isinstance(new, FinalEvent | InterruptEvent | ErrorEvent)
                        yield new
            if not closed:  # its last events were lost with its process
                for last in _stored_end(
                    await run.state(), resumes["question_id"] if resumes else str(message_id)
                ):
                    yield last
        except FAILURES as error:
            raise _as_told(error) from error

    async def cancel_turn(
        self, identity: Identity, *, conversation_id: UUID, message_id: UUID, run_id: str | None
    ) -> None:
        """End a question's run at the router. A failure is logged."""
        await cancel_run(
            self._http,
            str(conversation_id),
            headers=self._headers(identity),
            task_id=str(message_id),
            run_id=run_id,
        )

    async def delete_thread(self, identity: Identity, *, conversation_id: UUID) -> None:
        """Delete what the agents remember of a conversation. A failure is logged."""
        url = f"/threads/{conversation_id}"
        try:
            response = await self._http.delete(
                url,
                headers=self._headers(identity),
                timeout=CALL_TIMEOUT_SECONDS,
                extensions={REPEATABLE: True},
            )
            if response.is_success or response.status_code == httpx.codes.NOT_FOUND:
                return
            reason = str(response.status_code)
        except httpx.TransportError as error:
            reason = repr(error)
        logger.warning("thread not deleted at the router", url=url, reason=reason)

    async def is_healthy(self) -> bool:
        """Whether the router answers that it is healthy."""
        try:
            response = await self._http.get("/health", timeout=HEALTH_TIMEOUT_SECONDS)
        except httpx.TransportError:
            return False
        return response.is_success

    def _headers(self, identity: Identity) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._signer.sign(identity)}"}


def _unseen(event: TurnEvent | None, shown: ShownOnce) -> TurnEvent | None:
    """Return what of an event was not yielded before; agents work side by side, so each counts for itself."""
    if event is None:
        return None
    if isinstance(event, TokenEvent):
        # What follows a reset is another text, and counts for itself.
        resets = shown.count(kind_of(ResetEvent(agent=event.agent).model_dump(mode="json")))
        new = shown.unseen(("token", event.agent, resets), len(event.text))
        return event.model_copy(update={"text": event.text[-new:]}) if new else None
    kind = event.type if isinstance(event, FinalEvent) else kind_of(event.model_dump(mode="json"))
    return event if shown.unseen(kind) else None


def _read(event: RunEvent) -> TurnEvent | None:
    if event.name != "custom":
        return None
    try:
        return turn_event_adapter.validate_json(_ESCAPED_NUL.sub(r"\1", event.text))
    except ValidationError as error:
        logger.warning("event of an unknown shape", data=event.text[:200], error=str(error))
        return None


def _stored_end(state: dict[str, Any], message_id: str) -> list[TurnEvent]:
    """Return the events that close a question's turn, as the thread's state tells them."""
    final = state["values"].get("final")
    if final and final["message_id"] == message_id:
        return [FinalEvent.model_validate(final)]
    return [
        InterruptEvent(agent=task["name"], id=found["id"], value=found["value"])
        for task in state["tasks"]
        for found in task["interrupts"]
    ]


def _as_told(error: Exception) -> NaruTalkError:
    """Return an error of the router as the person is told of it."""
    logger.warning("turn failed at the router", error=repr(error)[:500])
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return DeadlineExceeded("The assistant took too long to answer.")
    if isinstance(error, httpx.TransportError | BrokenOff):
        return Unavailable("The assistant cannot be reached at the moment.", code="router_unavailable")
    return UpstreamFailed("The assistant failed to answer. Please ask again.", code="turn_failed")
