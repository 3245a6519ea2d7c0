"""The client of the router service: one question in, the turn's events out."""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import NamedTuple
from uuid import UUID

import httpx
import structlog
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse
from pydantic import ValidationError

from narutalk.errors import DeadlineExceeded, Unavailable, UpstreamFailed
from narutalk.events import TurnEvent, turn_event_adapter
from narutalk.identity import Identity, TokenSigner

logger = structlog.get_logger(__name__)

ASSISTANT_ID = "supervisor"
CALL_TIMEOUT_SECONDS = 5.0
HEALTH_TIMEOUT_SECONDS = 2.0


_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # PostgreSQL stores no NUL, in text or in JSON


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
    ) -> AsyncGenerator[RunStarted | TurnEvent, None]:
        """Ask, and yield `RunStarted` and then the turn's events until the router ends the stream.

        Args:
            identity: Who asks.
            conversation_id: The thread at the router.
            message_id: Of the question.
            text: The question.
            trace_headers: Put the router's run into the turn's trace.

        Raises:
            Unavailable: ``router_unavailable``: it cannot be reached, or went away.
            DeadlineExceeded: It was silent for too long.
            UpstreamFailed: ``turn_failed``: it refused the question, or the run failed.
        """
        body = {
            "assistant_id": ASSISTANT_ID,
            "input": {"messages": [{"role": "user", "content": text, "id": str(message_id)}]},
            "stream_mode": ["custom"],
            "if_not_exists": "create",
            "on_disconnect": "cancel",
            "multitask_strategy": "enqueue",
        }
        url = f"/threads/{conversation_id}/runs/stream"
        try:
            async with aconnect_sse(
                self._http,
                "POST",
                url,
                json=body,
                headers={**(trace_headers or {}), **self._headers(identity)},
            ) as source:
                await _raise_for_status(source.response)
                async with aclosing(source.aiter_sse()) as frames:
                    async for frame in frames:
                        if frame.event == "end":
                            return
                        event = _read(frame)
                        if event is not None:
                            yield event
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise DeadlineExceeded("The assistant took too long to answer.") from error
        except httpx.TransportError as error:
            raise Unavailable(
                "The assistant cannot be reached at the moment.", code="router_unavailable"
            ) from error
        except SSEError as error:
            raise _turn_failed() from error

    async def cancel_run(self, identity: Identity, *, conversation_id: UUID, run_id: str) -> None:
        """End a run at the router. A failure is logged: the run also ends by the lost connection."""
        await self._try("POST", f"/threads/{conversation_id}/runs/{run_id}/cancel", identity)

    async def delete_thread(self, identity: Identity, *, conversation_id: UUID) -> None:
        """Delete what the agents remember of a conversation. A failure is logged."""
        await self._try("DELETE", f"/threads/{conversation_id}", identity)

    async def is_healthy(self) -> bool:
        """Whether the router answers that it is healthy."""
        try:
            response = await self._http.get("/health", timeout=HEALTH_TIMEOUT_SECONDS)
        except httpx.TransportError:
            return False
        return response.is_success

    async def _try(self, method: str, url: str, identity: Identity) -> None:
        try:
            response = await self._http.request(
                method, url, headers=self._headers(identity), timeout=CALL_TIMEOUT_SECONDS
            )
            if response.is_success or response.status_code == httpx.codes.NOT_FOUND:
                return
            reason = str(response.status_code)
        except httpx.TransportError as error:
            reason = repr(error)
        logger.warning("router call failed", method=method, url=url, reason=reason)

    def _headers(self, identity: Identity) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._signer.sign(identity)}"}


async def _raise_for_status(response: httpx.Response) -> None:
    if response.is_success:
        return
    body = (await response.aread()).decode(errors="replace")[:500]
    logger.warning("router refused a turn", status=response.status_code, body=body)
    if response.status_code in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE):
        raise Unavailable("The assistant cannot be reached at the moment.", code="router_unavailable")
    raise _turn_failed()


def _read(frame: ServerSentEvent) -> RunStarted | TurnEvent | None:
    try:
        match frame.event:
            case "metadata":
                return RunStarted(str(frame.json()["run_id"]))
            case "custom":
                return turn_event_adapter.validate_json(_ESCAPED_NUL.sub(r"\1", frame.data))
            case "error":
                logger.warning("run failed", error=frame.data[:500])
                raise _turn_failed()
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        logger.warning(
            "event of an unknown shape", frame=frame.event, data=frame.data[:200], error=str(error)
        )
    return None


def _turn_failed() -> UpstreamFailed:
    return UpstreamFailed("The assistant failed to answer. Please ask again.", code="turn_failed")
