"""LangSmith's multipart format, split by hand: web frameworks' form parsers reject or change its parts."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import zstandard

from django_admin.tracing.reports import Operation
from narutalk.errors import InvalidInput, TooLarge

MAX_PARTS = 2_000
MAX_WINDOW_BYTES = 8 * 1024 * 1024
FIELDS = frozenset({"inputs", "outputs", "events", "extra", "error", "serialized"})

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;.*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?', re.IGNORECASE
)
_NAME = re.compile(
    rb'content-disposition:\s*form-data;\s*name="(post|patch)\.([0-9a-fA-F-]{36})(?:\.([a-z]{1,20}))?"',
    re.IGNORECASE,
)


class Part(NamedTuple):
    """A run's main object (`field` is empty), or one field of it."""

    operation: Operation
    run_id: str
    field: str
    body: bytes


def expanded(body: bytes, encoding: str, *, max_bytes: int) -> bytes:
    """Return a body as it was before it was compressed.

    Raises:
        InvalidInput: ``encoding_invalid``: it is not what its header says, or in a way we do not know.
        TooLarge: It expands to more than ``max_bytes``.
    """
    if not encoding or encoding == "identity":
        return body
    if encoding != "zstd":
        raise InvalidInput("Only zstd is understood.", code="encoding_invalid")
    try:
        with zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).stream_reader(body) as reader:
            found = reader.read(max_bytes + 1)
    except zstandard.ZstdError as error:
        raise InvalidInput("The body is no zstd.", code="encoding_invalid") from error
    if len(found) > max_bytes:
        raise TooLarge("The body expands to too much.")
    return found


def split(body: bytes, content_type: str) -> list[tuple[Operation, dict[str, Any]]]:
    """Return the runs in a multipart body, each put together from its parts. Attachments are left out.

    Raises:
        InvalidInput: ``multipart_invalid``: it has no boundary, or a part is no JSON.
        TooLarge: It has more than `MAX_PARTS` parts.
    """
    found = _BOUNDARY.match(content_type)
    if not found:
        raise InvalidInput("The content type has no boundary.", code="multipart_invalid")
    runs: dict[tuple[Operation, str], dict[str, Any]] = {}
    for part in _parts(body, found[1].encode()):
        run = runs.setdefault((part.operation, part.run_id), {})
        try:
            value = orjson.loads(part.body)
        except orjson.JSONDecodeError as error:
            raise InvalidInput("A part is no JSON.", code="multipart_invalid") from error
        if part.field:
            run[part.field] = value
        elif isinstance(value, dict):
            run.update({key: value for key, value in value.items() if key not in run})
    return [(operation, run) for (operation, _), run in runs.items()]


def _parts(body: bytes, boundary: bytes) -> Iterator[Part]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MAX_PARTS + 1)
    if len(pieces) > MAX_PARTS + 1:
        raise TooLarge("The body has too many parts.")
    for piece in pieces[1:]:
        head, separator, content = piece.partition(b"\r\n\r\n")
        if not separator:  # the end, "--"
            continue
        named = _NAME.search(head)
        if not named:
            continue
        field = (named[3] or b"").decode()
        if field and field not in FIELDS:
            continue
        operation: Operation = "post" if named[1].lower() == b"post" else "patch"
        yield Part(operation, named[2].decode().lower(), field, content)
