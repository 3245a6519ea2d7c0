"""Reads that answer 304 when the caller has the answer already (RFC 9110, section 13)."""

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import FileResponse, StreamingResponse

ETAG_CHARS = 32
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""An answer is one person's: no cache in between keeps it, and their own asks again each time."""

_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that the caller has: 304 when it still holds.",
    "schema": {"type": "string", "maxLength": 1000},
    "example": '"3f2b8c0e5d7a4916b1c2d3e4f5061728"',
}
_HEADERS = {
    "ETag": {
        "description": "Of this answer, for `If-None-Match`.",
        "schema": {"type": "string"},
        "example": '"3f2b8c0e5d7a4916b1c2d3e4f5061728"',
    },
    "Cache-Control": {"description": "`private, no-cache`", "schema": {"type": "string"}},
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ConditionalRoute(APIRoute):
    """A route whose ``GET`` tells an ETag of its JSON, made of the answer's own bytes.

    The answer is made, with all its checks of rights, before it is compared: 304 says nothing that the
    answer would not. Files and streams are left as they are.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "GET" in (options.get("methods") or ()) and not _is_file(options.get("response_class")):
            described = dict(options.get("responses") or {})
            told = dict(described.get(200, {}))
            told["headers"] = _HEADERS | dict(told.get("headers", {}))
            options["responses"] = described | {
                200: told,
                304: {"description": "What the caller has still holds", "headers": _HEADERS},
            }
            extra = dict(options.get("openapi_extra") or {})
            others = [p for p in extra.get("parameters", []) if p.get("name") != _IF_NONE_MATCH["name"]]
            options["openapi_extra"] = extra | {"parameters": [*others, _IF_NONE_MATCH]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await answer(request)
            is_read = request.method == "GET" and response.status_code == 200
            if not is_read or isinstance(response, FileResponse | StreamingResponse):
                return response
            etag = f'"{sha256(bytes(response.body)).hexdigest()[:ETAG_CHARS]}"'
            headers = PRIVATE | {"ETag": etag}
            if is_known(etag, request.headers.getlist("If-None-Match")):
                return Response(status_code=304, headers=headers)
            response.headers.update(headers)
            return response

        return handle


def is_known(etag: str, held: list[str]) -> bool:
    """Whether the lines of ``If-None-Match`` name an ETag, compared weakly, as the header asks for."""
    tags = [tag.strip().removeprefix("W/") for line in held for tag in line.split(",")]
    return etag in tags or "*" in tags


def _is_file(response_class: Any) -> bool:
    return isinstance(response_class, type) and issubclass(response_class, FileResponse | StreamingResponse)
