"""Refuses a request that is too large before it fills the disk: Django keeps bodies there for the view."""

from typing import TYPE_CHECKING

from django_admin.gateway.errors import error_response
from narutalk.errors import TooLarge

if TYPE_CHECKING:
    from django_admin.config.asgi import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 32 * 1024 * 1024
DOCUMENTS_PATH = "/api/documents/jobs"
IMPORTS_PATH = "/api/imports"
FILES_AT_ONCE = 4
"""How many files of the largest size go into one upload; of smaller ones as many as fit."""


class BodyLimit:
    """Answers 413 when a body is larger than its route takes, as soon as that is known.

    Args:
        app: Sees what is not too large; otherwise, that the client has gone.
        max_upload_bytes: How large one document may be.
    """

    def __init__(self, app: "ASGIApp", *, max_upload_bytes: int) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_BODY_BYTES + self._files_of(scope["path"]) * self._max_upload_bytes
        seen, read, answered = _declared_bytes(scope), 0, False

        async def counted() -> "Message":
            nonlocal seen, read
            message = await receive()
            read += len(message.get("body", b""))
            seen = max(seen, read)
            return {"type": "http.disconnect"} if seen > limit else message

        async def noted(message: "Message") -> None:
            nonlocal answered
            answered = True
            await send(message)

        if seen <= limit:
            await self._app(scope, counted, noted)
        if seen > limit and not answered:
            await _refuse(send, limit)

    def _files_of(self, path: str) -> int:
        return {DOCUMENTS_PATH: FILES_AT_ONCE, IMPORTS_PATH: 1}.get(path, 0)


def _declared_bytes(scope: "Scope") -> int:
    declared = dict(scope["headers"]).get(b"content-length", b"")
    return int(declared) if declared.isdigit() else 0


async def _refuse(send: "Send", limit: int) -> None:
    response = error_response(TooLarge(f"The request is larger than {limit:,} bytes."))
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
