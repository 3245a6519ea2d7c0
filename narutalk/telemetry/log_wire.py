"""One log record as it is sent to the manager: known fields apart from the rest, and bounded."""

from collections.abc import Mapping
from typing import Any

import orjson
from structlog.types import EventDict

LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})
NOT_SENT = ("service", "color_message")  # a field of the batch; uvicorn's event once more, with colours
ID_FIELDS = ("request_id", "message_id", "conversation_id", "run_id")
MAX_ID_CHARS = 64
MAX_LOGGER_CHARS = 200
MAX_EVENT_CHARS = 4_000
MAX_EXCEPTION_CHARS = 16_000
MAX_FIELD_NAME_CHARS = 100
MAX_FIELD_CHARS = 2_000
MAX_DATA_CHARS = 16_000
MAX_RECORD_BYTES = 64 * 1024
LEFT_OUT_FIELD = "left_out"

_SHORT_CHARS = 1_000
_MAX_PLAIN_DEPTH = 5


def render_record(_logger: Any, _method: str, event_dict: EventDict) -> str:
    """Return a record as JSON text; the last processor of a structlog formatter.

    ``{"timestamp", "level", "logger", "event", "exception"?, "request_id"?, "message_id"?,
    "conversation_id"?, "run_id"?, "data": {what the caller added}}``, at most `MAX_RECORD_BYTES` long. What
    is too long is cut in its middle, where a mark says so: the end of a traceback says most.
    """
    fields = dict(event_dict)
    for name in NOT_SENT:
        fields.pop(name, None)
    level = fields.pop("level", None)
    record: dict[str, Any] = {
        "timestamp": str(fields.pop("timestamp", "")),
        "level": level if level in LEVELS else "info",
        "logger": shorten(str(fields.pop("logger", "")), MAX_LOGGER_CHARS),
        "event": shorten(str(fields.pop("event", "")), MAX_EVENT_CHARS),
    }
    exception = fields.pop("exception", None)
    if exception:
        record["exception"] = shorten(str(exception), MAX_EXCEPTION_CHARS)
    for name in ID_FIELDS:
        value = fields.pop(name, None)
        if value:
            record[name] = str(value)[:MAX_ID_CHARS]
    record["data"] = _bounded(fields)
    text = _dump(record)
    if len(text.encode()) <= MAX_RECORD_BYTES:
        return text
    for name in ("event", "exception"):
        if name in record:
            record[name] = shorten(record[name], _SHORT_CHARS)
    record["data"] = {LEFT_OUT_FIELD: len(fields)}
    return _dump(record)


def shorten(text: str, max_chars: int) -> str:
    """Return a text whose middle is left out, and marked, where it is longer than about ``max_chars``."""
    if len(text) <= max_chars:
        return text
    half = max_chars // 2
    return f"{text[:half]} …[{len(text) - 2 * half} characters left out]… {text[-half:]}"


def _bounded(fields: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    chars = 0
    for name, value in fields.items():
        if chars >= MAX_DATA_CHARS:
            kept[LEFT_OUT_FIELD] = len(fields) - len(kept)
            break
        short = _bounded_value(value)
        chars += len(short) if isinstance(short, str) else len(_dump(short))
        kept[str(name)[:MAX_FIELD_NAME_CHARS]] = short
    return kept


def _bounded_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else _dump(value)
    if len(text) > MAX_FIELD_CHARS or isinstance(value, str):
        return shorten(text, MAX_FIELD_CHARS)
    return orjson.loads(text)


def _dump(value: Any) -> str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a surrogate pair, a number beyond 64 bits, a circle: its text says enough
        return orjson.dumps(_plain(value)).decode()


def _plain(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < _MAX_PLAIN_DEPTH:
        return {_plain_text(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and depth < _MAX_PLAIN_DEPTH:
        return [_plain(item, depth + 1) for item in value]
    return value if value is None or isinstance(value, bool | float) else _plain_text(value)


def _plain_text(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()
