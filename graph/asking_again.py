"""When an agent that failed in the middle is asked again, and what the person does not see twice."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
from langgraph.pregel.remote import RemoteException
from langgraph_sdk.errors import APIStatusError

from narutalk.process import LOST_RUNS
from narutalk.shown_once import ShownOnce

StreamWriter = Callable[[dict[str, Any]], None]

MAX_ASKS = 3
FIRST_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 1.0


class BrokenOff(Exception):
    """A stream ended like a good one, but without an answer."""


def may_ask_again(error: Exception) -> bool:
    """Whether another instance may do better: the one that was asked broke off, was silent, or is stopping.

    Not so when no connection came about: the client has tried all instances then. Nor when the agent
    itself failed: it would again.
    """
    causes = tuple(_causes(error))
    if any(isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout) for cause in causes):
        return False
    if any(isinstance(cause, httpx.TransportError | BrokenOff) for cause in causes):
        return True
    if isinstance(error, RemoteException):
        told = error.args[0] if error.args else None
        return isinstance(told, dict) and told.get("error") in LOST_RUNS
    return isinstance(error, APIStatusError) and error.status_code in (
        httpx.codes.BAD_GATEWAY,
        httpx.codes.SERVICE_UNAVAILABLE,
    )


class ShownTask:
    """Passes a task's events on, each part once, however often the agent is asked.

    Args:
        write: Takes what has not been passed on yet.
    """

    def __init__(self, write: StreamWriter) -> None:
        self._write = write
        self._shown = ShownOnce()

    def begin(self) -> None:
        """The agent is asked (again)."""
        self._shown.begin()

    def __call__(self, event: dict[str, Any]) -> None:
        """Take the next event of the attempt at hand."""
        is_text = event["type"] == "token"
        new = self._shown.unseen(event["type"], len(event["text"]) if is_text else 1)
        if new:
            self._write({**event, "text": event["text"][-new:]} if is_text else event)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
