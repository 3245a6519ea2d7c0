"""The client of the router service: one question in, the turn's events out."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import structlog
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse
from pydantic import ValidationError

from narutalk.errors import DeadlineExceeded, NaruTalkError, Unavailable, UpstreamFailed
from narutalk.events import FinalEvent, TokenEvent, TurnEvent, turn_event_adapter
from narutalk.http import REPEATABLE
from narutalk.identity import Identity, TokenSigner
from narutalk.process import LOST_RUNS
from narutalk.shown_once import ShownOnce

logger = structlog.get_logger(__name__)

ASSISTANT_ID = "supervisor"
CALL_TIMEOUT_SECONDS = 5.0
HEALTH_TIMEOUT_SECONDS = 2.0
MAX_ASKS = 3
BACKOFF_SECONDS = 0.2


_ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # PostgreSQL stores no NUL, in text or in JSON


class RunStarted(NamedTuple):
    """The router has taken the question up as a run."""

    run_id: str


class _BrokenOff(Exception):
    """The instance that ran the turn is stopping, silent or gone: another one may answer.

    Attributes:
        error: What the caller is told when none does.
    """

    def __init__(self, error: NaruTalkError) -> None:
        super().__init__(error.message)
        self.error = error


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

        When an instance of the router dies in the middle, another one is asked: `RunStarted` comes again,
        and events that were yielded before are left out. The question has a fixed id, so that the
        conversation holds it once; running it twice is safe while tools only read.

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
        headers = {**(trace_headers or {}), **self._headers(identity)}
        shown = ShownOnce()
        for asked in range(1, MAX_ASKS + 1):
            shown.begin()
            final = False
            try:
                async with aclosing(self._stream_run(url, body, headers)) as events:
                    async for event in events:
                        final = final or isinstance(event, FinalEvent)
                        new = event if isinstance(event, RunStarted) else _unseen(event, shown)
                        if new is not None:
                            yield new
                return
            except _BrokenOff as broken:
                if final or asked == MAX_ASKS:
                    raise broken.error from broken
                logger.warning("turn broke off; asking again", message_id=str(message_id), reason=str(broken))
                await asyncio.sleep(BACKOFF_SECONDS * asked)

    async def _stream_run(
        self, url: str, body: dict[str, Any], headers: Mapping[str, str]
    ) -> AsyncGenerator[RunStarted | TurnEvent, None]:
        """Start a run and yield its events to the end.

        Raises:
            _BrokenOff: Another instance may do better.
            Unavailable: No instance can be reached.
            UpstreamFailed: The question was refused, or the run failed.
        """
        try:
            async with aconnect_sse(
                self._http,
                "POST",
                url,
                json=body,
                headers=headers,
            ) as source:
                await _raise_for_status(source.response)
                async with aclosing(source.aiter_sse()) as frames:
                    async for frame in frames:
                        if frame.event == "end":
                            return
                        event = _read(frame)
                        if event is not None:
                            yield event
            raise _BrokenOff(_turn_failed())
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise _BrokenOff(DeadlineExceeded("The assistant took too long to answer.")) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:  # all instances were tried
            raise _unavailable() from error
        except httpx.TransportError as error:
            raise _BrokenOff(_unavailable()) from error
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
                method,
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
        logger.warning("router call failed", method=method, url=url, reason=reason)

    def _headers(self, identity: Identity) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._signer.sign(identity)}"}


async def _raise_for_status(response: httpx.Response) -> None:
    if response.is_success:
        return
    body = (await response.aread()).decode(errors="replace")[:500]
    logger.warning("router refused a turn", status=response.status_code, body=body)
    if response.status_code in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE):
        raise _BrokenOff(_unavailable())
    raise _turn_failed()


def _unseen(event: TurnEvent, shown: ShownOnce) -> TurnEvent | None:
    """Return what of an event was not yielded before; agents work side by side, so each counts for itself."""
    kind = (event.type, getattr(event, "agent", None))
    if isinstance(event, TokenEvent):
        new = shown.unseen(kind, len(event.text))
        return event.model_copy(update={"text": event.text[-new:]}) if new else None
    return event if shown.unseen(kind) else None


def _read(frame: ServerSentEvent) -> RunStarted | TurnEvent | None:
    try:
        match frame.event:
            case "metadata":
                return RunStarted(str(frame.json()["run_id"]))
            case "custom":
                return turn_event_adapter.validate_json(_ESCAPED_NUL.sub(r"\1", frame.data))
            case "error":
                logger.warning("run failed", error=frame.data[:500])
                raise _lost_or_failed(frame)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        logger.warning(
            "event of an unknown shape", frame=frame.event, data=frame.data[:200], error=str(error)
        )
    return None


def _lost_or_failed(frame: ServerSentEvent) -> Exception:
    told = frame.json()
    lost = isinstance(told, dict) and told.get("error") in LOST_RUNS
    return _BrokenOff(_unavailable()) if lost else _turn_failed()


def _unavailable() -> Unavailable:
    return Unavailable("The assistant cannot be reached at the moment.", code="router_unavailable")


def _turn_failed() -> UpstreamFailed:
    return UpstreamFailed("The assistant failed to answer. Please ask again.", code="turn_failed")
