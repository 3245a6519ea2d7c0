"""How a run's place in a tree travels to the next process: one header, and nothing else from the caller."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

TRACE_HEADER = "langsmith-trace"
MAX_TRACE_DEPTH = 50

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STEP = rf"\d{{8}}T\d{{12}}Z{_UUID}"
_DOTTED_ORDER = re.compile(rf"{_STEP}(?:\.{_STEP}){{0,{MAX_TRACE_DEPTH - 1}}}")
_TIME_CHARS = 22
_STEP_CHARS = _TIME_CHARS + 36

_accepted: ContextVar[str | None] = ContextVar("narutalk_trace_parent", default=None)


def valid_dotted_order(given: str | None) -> str | None:
    """Return a ``langsmith-trace`` header's value; None when it is absent, malformed or too deep."""
    if not given or len(given) > MAX_TRACE_DEPTH * (_STEP_CHARS + 1):
        return None
    text = given.strip()
    if not _DOTTED_ORDER.fullmatch(text):
        return None
    try:
        for step in text.split("."):
            datetime.strptime(step[:_TIME_CHARS], "%Y%m%dT%H%M%S%fZ")  # noqa: DTZ007  (only its form counts)
    except ValueError:
        return None
    return text


@contextmanager
def accept_parent(header: str | None) -> Iterator[None]:
    """Make a verified caller's header the parent of the runs that are made inside of the block.

    The ``baggage`` header, with which a caller could choose the project and the metadata, is not read.
    """
    token = _accepted.set(valid_dotted_order(header))
    try:
        yield
    finally:
        _accepted.reset(token)


def accepted_parent() -> str | None:
    """Return the dotted order that the request being served came with, if its caller may give one."""
    return _accepted.get()
