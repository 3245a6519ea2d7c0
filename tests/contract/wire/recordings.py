"""Reads the recorded exchanges of `tests/data/wire`."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[2] / "data" / "wire"
ENDPOINTS = FOLDER / "endpoints.txt"
_RESPONSE = re.compile(rb"\n--- response \([^\n]*\) ---\n")


class Event(NamedTuple):
    """A server-sent event.

    Attributes:
        name: Of the event.
        data: Decoded.
        event_id: None where it has none.
    """

    name: str
    data: Any
    event_id: str | None


@dataclass(frozen=True)
class Recording:
    """One exchange.

    Attributes:
        name: The number in recorded order, and what it shows.
        method: Of the request.
        target: Its path and query.
        request_headers: With lower-case names.
        request_body: As it was sent.
        status: Of the answer.
        headers: With lower-case names.
        body: Of the answer, without its transfer encoding.
    """

    name: str
    method: str
    target: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def number(self) -> int:
        return int(self.name[:3])

    @property
    def is_stream(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/event-stream")

    def json(self) -> Any:
        return json.loads(self.body) if self.body.strip() else None

    def events(self) -> list[Event]:
        return [event for block in self.body.split(b"\r\n\r\n") if (event := parse_event(block))]


def parse_event(block: bytes) -> Event | None:
    """Return the event of a block of lines; None for a comment."""
    fields: dict[str, str] = {}
    for line in block.decode().splitlines():
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
    if "event" not in fields:
        return None
    return Event(fields["event"], json.loads(fields.get("data") or "null"), fields.get("id"))


@cache
def recordings() -> tuple[Recording, ...]:
    """Return all of them in recorded order."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.http")))


def _read(path: Path) -> Recording:
    request, response = _RESPONSE.split(path.read_bytes(), maxsplit=1)
    first, headers, request_body = _parts(request + b"\n")
    method, target, _version = first.split(" ")
    status_line, response_headers, body = _parts(response)
    return Recording(
        name=path.stem,
        method=method,
        target=target,
        request_headers=headers,
        request_body=request_body.strip(),
        status=int(status_line.split(" ")[1]),
        headers=response_headers,
        body=body,
    )


def _parts(message: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = message.partition(b"\n\n")
    first, *lines = head.decode().splitlines()
    named = (line.partition(": ") for line in lines)
    return first, {name.lower(): value for name, _, value in named}, body
