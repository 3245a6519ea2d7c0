"""What graphs produce, as JSON bytes in the shapes that LangGraph clients read."""

import json
from collections import deque
from enum import Enum
from typing import Any

import orjson
from fastapi import Response
from langgraph.types import Send
from pydantic import BaseModel

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def encode(value: Any) -> bytes:
    """Return a value as JSON. Messages and models become their fields; what has none becomes its `repr`."""
    try:
        return orjson.dumps(value, default=plain, option=_OPTIONS)
    except orjson.JSONEncodeError:  # lone surrogates, integers above 64 bits, unusual keys
        return json.dumps(_keyed(value), default=_plain_deep).encode()


def decode(text: str) -> Any:
    """Return what `encode` made JSON of."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # escaped lone surrogates
        return json.loads(text)


def json_response(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON response of whatever `encode` takes."""
    return Response(encode(value), status_code=status, headers=headers, media_type="application/json")


def plain(value: Any) -> Any:
    """Return a value that JSON does not know as one that it may know."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, set | frozenset | deque | tuple):
        return list(value)
    if isinstance(value, Send):
        return {"node": value.node, "arg": value.arg}
    if isinstance(value, BaseException):
        return error_payload(value)
    return _text(value)


def error_payload(error: BaseException) -> dict[str, str]:
    """Return an error as LangGraph clients read it: its class and its message."""
    return {"error": type(error).__name__, "message": str(error)}


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def _plain_deep(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return _keyed(plain(value))


def _keyed(value: Any) -> Any:
    """Return the same value with string keys, which `json` insists on."""
    if isinstance(value, dict):
        return {str(key): _keyed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_keyed(item) for item in value]
    return value
