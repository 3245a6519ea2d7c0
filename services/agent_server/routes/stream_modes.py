"""The `stream_mode` query of the routes that follow: several values, one JSON array, or empty for none."""

import json
from typing import Annotated, Any, cast, get_args

from fastapi import Depends, Query

from narutalk.errors import InvalidInput
from services.agent_server.runs.request import StreamMode
from services.agent_server.runs.thread_stream import ThreadStreamMode

ModeQuery = Annotated[list[str], Query(alias="stream_mode", max_length=20)]


def read_modes(given: list[str], known: tuple[str, ...]) -> list[str]:
    """Return the stream modes of a query: Python's SDK repeats them, JavaScript's sends an array.

    Raises:
        InvalidInput: ``stream_mode_invalid``.
    """
    modes = [mode for value in given for mode in _listed(value) if mode]
    if unknown := [mode for mode in modes if mode not in known]:
        raise InvalidInput(
            f"Unknown stream mode {unknown[0]!r}. Known are {', '.join(known)}.", code="stream_mode_invalid"
        )
    return modes


def _listed(value: str) -> list[Any]:
    if not value.startswith("["):
        return [value]
    try:
        listed = json.loads(value)
    except ValueError as error:
        raise InvalidInput("stream_mode is no valid JSON array.", code="stream_mode_invalid") from error
    return listed if isinstance(listed, list) else [listed]


async def _run_modes(given: ModeQuery = []) -> list[str]:  # noqa: B006 (FastAPI copies it)
    return read_modes(given, get_args(StreamMode))


async def _thread_modes(given: ModeQuery = []) -> list[ThreadStreamMode]:  # noqa: B006 (FastAPI copies it)
    return cast("list[ThreadStreamMode]", read_modes(given, get_args(ThreadStreamMode)))


RunStreamModes = Annotated[list[str], Depends(_run_modes)]
ThreadStreamModes = Annotated[list[ThreadStreamMode], Depends(_thread_modes)]
