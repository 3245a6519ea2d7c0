"""Lists in queries: a parameter several times, as Python sends it, or one JSON array, as JavaScript does."""

import json
from typing import Annotated, Any, cast, get_args

from fastapi import Depends, Query

from narutalk.errors import InvalidInput
from services.agent_server.events.thread_stream import ThreadStreamMode
from services.agent_server.runs.request import StreamMode
from services.agent_server.runs.wire import RunField

MAX_VALUES = 20

ModeQuery = Annotated[list[str], Query(alias="stream_mode", max_length=MAX_VALUES)]
FieldQuery = Annotated[list[str], Query(alias="select", max_length=MAX_VALUES)]


def read_list(given: list[str], known: tuple[str, ...], what: str) -> list[str]:
    """Return the values of a list in a query; empty ones are left out.

    Args:
        given: As they stand in the query.
        known: The values that may be given.
        what: What a value is called, such as ``"stream mode"``.

    Raises:
        InvalidInput: ``stream_mode_invalid``, for a stream mode.
    """
    code = f"{what.replace(' ', '_')}_invalid"
    values = [value for entry in given for value in _listed(entry, what, code) if value]
    if unknown := [value for value in values if value not in known]:
        raise InvalidInput(f"Unknown {what} {unknown[0]!r}. Known are {', '.join(known)}.", code=code)
    return values


def _listed(value: str, what: str, code: str) -> list[Any]:
    if not value.startswith("["):
        return [value]
    try:
        listed = json.loads(value)
    except ValueError as error:
        raise InvalidInput(f"The {what} is no valid JSON array.", code=code) from error
    return listed if isinstance(listed, list) else [listed]


async def _run_modes(given: ModeQuery = []) -> list[str]:  # noqa: B006 (FastAPI copies it)
    return read_list(given, get_args(StreamMode), "stream mode")


async def _thread_modes(given: ModeQuery = []) -> list[ThreadStreamMode]:  # noqa: B006 (FastAPI copies it)
    return cast("list[ThreadStreamMode]", read_list(given, get_args(ThreadStreamMode), "stream mode"))


async def _run_fields(given: FieldQuery = []) -> list[RunField]:  # noqa: B006 (FastAPI copies it)
    return cast("list[RunField]", read_list(given, get_args(RunField), "select"))


RunStreamModes = Annotated[list[str], Depends(_run_modes)]
ThreadStreamModes = Annotated[list[ThreadStreamMode], Depends(_thread_modes)]
RunFields = Annotated[list[RunField], Depends(_run_fields)]
