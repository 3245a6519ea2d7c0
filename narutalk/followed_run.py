"""A run at an agent server, followed to its end over broken connections and dying instances."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

import httpx
import stamina
import structlog
from httpx_sse import SSEError, aconnect_sse

from narutalk.http import REPEATABLE
from narutalk.process import LOST_RUNS

TASK_KEY = "task_id"
"""Where a run's metadata says what it was asked, so that who asked finds it again."""

EVENTS_DROPPED = "EventsDropped"
"""The error event in the place of events that a server keeps no longer; the run goes on behind it."""

MAX_ASKS = 3
GIVE_UP_SECONDS = 20.0
"""A dead instance's runs are taken over within 15 seconds, and one that is started again is there by then."""

FIRST_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 1.0
CALL_TIMEOUT_SECONDS = 5.0
LOOK_BACK_RUNS = 20

_FAILED = frozenset({"error", "timeout"})
_ACTIVE = frozenset({"pending", "running"})
_BUSY = frozenset({httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE})
_REFUSED = (httpx.ConnectError, httpx.ConnectTimeout)

logger = structlog.get_logger(__name__)


class RunEvent(NamedTuple):
    """One event of a run's stream.

    Attributes:
        name: Its kind.
        text: Its data, as JSON.
    """

    name: str
    text: str

    @property
    def data(self) -> Any:
        """The data, decoded; raises ValueError where it is no JSON."""
        return json.loads(self.text) if self.text else None


class RunRefused(Exception):
    """The service answered the request for a run with an HTTP error.

    Attributes:
        status: Of the response.
    """

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status


class RunFailed(Exception):
    """The run ended with an error of its own.

    Attributes:
        told: What the stream said, as ``{"error", "message"}``.
    """

    def __init__(self, told: Any) -> None:
        super().__init__(str(told))
        self.told = told


class BrokenOff(Exception):
    """The stream ended before the run did, or the run was lost with its process."""


class FollowedRun:
    """One run: asked for, followed, and followed on at any instance when the connection breaks.

    The run lives apart from its connections. When one breaks, or an instance is silent or stopping, the
    same run is joined again behind the last event that came; only where the service has no such run is
    it asked for again, with the same body. A ``metadata`` event opens each execution.

    Attributes:
        run_id: Of the run that is followed; None while none is known.
        over: Whether nothing is left to follow or to stop.
        from_beginning: Whether the events behind the last ``metadata`` event are all of a run, or those from
            its last checkpoint on, as another process streams them.
        has_gaps: Whether events went before they were read; see `state`.

    Args:
        http: For the service, balanced over its instances; the caller closes it.
        thread_id: On which the run works.
        task_id: Of what is asked; goes into the run's metadata.
        body: Of the request that creates the run.
        headers: Made anew for each request; they hold the token.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        thread_id: str,
        task_id: str,
        body: Mapping[str, Any],
        headers: Callable[[], Mapping[str, str]],
    ) -> None:
        self.run_id: str | None = None
        self.over = False
        self.from_beginning = True
        self.has_gaps = False
        self._http = http
        self._thread_id = thread_id
        self._runs_url = _runs_url(thread_id)
        self._task_id = task_id
        self._body = {
            **body,
            "stream_resumable": True,
            "on_disconnect": "continue",
            "if_not_exists": "create",
            "multitask_strategy": "enqueue",
            "metadata": {**body.get("metadata", {}), TASK_KEY: task_id},
        }
        self._headers = headers
        self._begun = False
        self._asks = 0
        self._last_event_id = ""
        self._opened_at_beginning = True
        self._look_first = False
        self._doubtful = False
        self._progressed_at = time.monotonic()

    async def events(self, *, look_first: bool = False) -> AsyncGenerator[RunEvent, None]:
        """Yield the run's events, each once for each execution, to its end.

        Args:
            look_first: Whether the run may have been asked for before, by a process that died: it is
                then joined from its first event on.

        Raises:
            RunRefused: The service does not take the request.
            RunFailed: The run failed.
            BrokenOff: It was lost as often as it was asked for.
            httpx.TransportError: The service is out of reach.
            ValueError: What it sent makes no sense.
        """
        self._look_first = look_first
        self._begun = True
        while not self.over:
            frames, event = await self._connect()
            async with aclosing(frames):
                try:
                    while True:
                        yield event
                        event = await anext(frames)
                except StopAsyncIteration:
                    pass
                except (BrokenOff, httpx.TransportError) as error:
                    if not self._worth_trying(error):
                        raise
                    logger.warning("run broke off; joining it again", run_id=self.run_id, reason=repr(error))

    async def state(self) -> dict[str, Any]:
        """Return the thread's state, for what a run left whose last events were lost with its process.

        Raises:
            RunRefused: The thread is gone.
            httpx.TransportError: The service is out of reach.
        """
        url = f"/threads/{self._thread_id}/state"
        response = await self._http.get(url, headers=self._headers(), timeout=CALL_TIMEOUT_SECONDS)
        if not response.is_success:
            raise RunRefused(response.status_code, response.text[:500])
        found: dict[str, Any] = response.json()
        return found

    async def cancel(self) -> None:
        """Stop the run unless it is over. Never raises, and takes at most `CALL_TIMEOUT_SECONDS`."""
        if self._begun and not self.over:
            await cancel_run(
                self._http,
                self._thread_id,
                headers=self._headers(),
                task_id=self._task_id,
                run_id=self.run_id,
            )

    async def _connect(self) -> tuple[AsyncGenerator[RunEvent, None], RunEvent]:
        """Return a stream and its first event, from wherever one can be had."""
        self._progressed_at = time.monotonic()
        async for attempt in stamina.retry_context(
            on=self._worth_trying,
            attempts=None,
            timeout=None,
            wait_initial=FIRST_BACKOFF_SECONDS,
            wait_max=MAX_BACKOFF_SECONDS,
            wait_jitter=FIRST_BACKOFF_SECONDS,
        ):
            with attempt:
                frames = self._frames()
                return frames, await anext(frames)
        raise AssertionError("stamina returns or raises")

    def _worth_trying(self, error: Exception) -> bool:
        """Whether another instance, or the same one a little later, may do better."""
        if not isinstance(error, BrokenOff | httpx.TransportError):
            return False
        # After a crash of everything, the one who recovers may be there before the service is.
        if self.run_id or self._look_first:
            return time.monotonic() - self._progressed_at < GIVE_UP_SECONDS
        # The client has tried all instances when no connection comes about.
        return self._asks < MAX_ASKS and not isinstance(error, _REFUSED)

    async def _frames(self) -> AsyncGenerator[RunEvent, None]:
        await self._choose_run()
        joined = self.run_id
        method, url, options = self._request()
        try:
            async with aconnect_sse(self._http, method, url, **options) as source:
                await self._check(source.response, joined=joined)
                async with aclosing(source.aiter_sse()) as frames:
                    async for frame in frames:
                        self._last_event_id = frame.id or self._last_event_id
                        event = RunEvent(frame.event, frame.data)
                        self._note(event)
                        yield event
                        if self.over:
                            return
        except SSEError as error:
            raise ValueError(str(error)) from error
        except httpx.TransportError as error:
            self._doubtful = self.run_id is None and not isinstance(error, _REFUSED)
            raise
        raise BrokenOff("the stream ended before the run did")

    async def _choose_run(self) -> None:
        """Decide whether a run is joined, and which one, or asked for."""
        if self.run_id is None and (self._look_first or self._doubtful):
            found = await self._find(lambda run: run["status"] not in _FAILED)
            self.run_id = found["run_id"] if found else None
        elif self.run_id and self._doubtful and not await self._is_active():
            self._forget_run()
        self._look_first = self._doubtful = False

    def _request(self) -> tuple[str, str, dict[str, Any]]:
        headers = dict(self._headers())
        self._opened_at_beginning = not self._last_event_id
        if self.run_id is None:
            self._asks += 1
            return "POST", f"{self._runs_url}/stream", {"json": self._body, "headers": headers}
        if self._last_event_id:
            headers["Last-Event-ID"] = self._last_event_id
        return "GET", f"{self._runs_url}/{self.run_id}/stream", {"headers": headers}

    async def _check(self, response: httpx.Response, *, joined: str | None) -> None:
        if response.is_success:
            self._progressed_at = time.monotonic()
            if joined is None:
                self.run_id = response.headers.get("content-location", "").rpartition("/")[2] or None
            return
        body = (await response.aread()).decode(errors="replace")[:500]
        if joined and response.status_code == httpx.codes.NOT_FOUND:
            self._forget_run()
            raise BrokenOff("the service has no such run")
        if response.status_code in _BUSY or (joined and response.status_code == httpx.codes.CONFLICT):
            raise httpx.RemoteProtocolError(f"{response.status_code}: {body}", request=response.request)
        self.over = True
        raise RunRefused(response.status_code, body)

    def _note(self, event: RunEvent) -> None:
        self._progressed_at = time.monotonic()
        if event.name == "metadata":
            self.run_id = _run_id_of(event.data)
            self.from_beginning, self._opened_at_beginning = self._opened_at_beginning, False
        elif event.name == "end":
            self.over = True
        elif event.name == "error":
            told = event.data
            kind = told.get("error") if isinstance(told, dict) else None
            if kind == EVENTS_DROPPED:
                self.has_gaps = True
                return
            if kind in LOST_RUNS:
                self._doubtful = True
                raise BrokenOff(str(told))
            self.over = True
            raise RunFailed(told)

    def _forget_run(self) -> None:
        self.run_id, self._last_event_id = None, ""

    async def _is_active(self) -> bool:
        """Whether a run that was said to be lost goes on: another instance has taken it over."""
        url = f"{self._runs_url}/{self.run_id}"
        response = await self._http.get(url, headers=self._headers(), timeout=CALL_TIMEOUT_SECONDS)
        return response.is_success and response.json()["status"] in _ACTIVE

    async def _find(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        return await _find_run(self._http, self._runs_url, self._headers(), self._task_id, wanted)


async def cancel_run(
    http: httpx.AsyncClient, thread_id: str, *, headers: Mapping[str, str], task_id: str, run_id: str | None
) -> None:
    """Stop a run, wherever it is. Never raises, and takes at most `CALL_TIMEOUT_SECONDS`.

    Args:
        http: For the service.
        thread_id: On which the run works.
        headers: Hold the token.
        task_id: What the run was asked; by it the run is found whose id is not known.
        run_id: None when the answer to the request had not begun.
    """
    try:
        async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
            reason = await _cancel_run(http, _runs_url(thread_id), headers, task_id, run_id)
    except (httpx.TransportError, TimeoutError) as error:
        reason = repr(error)
    if reason:
        logger.warning("run not cancelled", thread_id=thread_id, run_id=run_id, reason=reason[:500])


async def _cancel_run(
    http: httpx.AsyncClient, runs_url: str, headers: Mapping[str, str], task_id: str, run_id: str | None
) -> str:
    """Stop a run, and return why that failed; an empty text when it did not, or there is none."""
    if run_id is None:
        found = await _find_run(http, runs_url, headers, task_id, lambda run: run["status"] in _ACTIVE)
        if found is None:
            return ""
        run_id = found["run_id"]
    url = f"{runs_url}/{run_id}/cancel"
    response = await http.post(url, headers=headers, extensions={REPEATABLE: True})
    return "" if response.is_success or response.status_code == httpx.codes.NOT_FOUND else response.text


async def _find_run(
    http: httpx.AsyncClient,
    runs_url: str,
    headers: Mapping[str, str],
    task_id: str,
    wanted: Callable[[dict[str, Any]], bool],
) -> dict[str, Any] | None:
    """Return the newest run of a task that is wanted, as the service tells it."""
    response = await http.get(
        runs_url, params={"limit": LOOK_BACK_RUNS}, headers=headers, timeout=CALL_TIMEOUT_SECONDS
    )
    if not response.is_success:  # 404: the thread is not there yet
        return None
    runs: list[dict[str, Any]] = response.json()
    return next((run for run in runs if run["metadata"].get(TASK_KEY) == task_id and wanted(run)), None)


def _run_id_of(metadata: Any) -> str:
    try:
        return str(metadata["run_id"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"a run without an id: {metadata}") from error


def _runs_url(thread_id: str) -> str:
    return f"/threads/{thread_id}/runs"
