"""Who is calling: every route refuses a call without a verified token, unless it is named here."""

from collections.abc import Mapping
from typing import Annotated, Protocol

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from narutalk.errors import Unauthenticated
from narutalk.identity import Identity, TokenVerifier, bearer_token
from narutalk.settings import Settings
from narutalk.telemetry.metrics_access import may_read_metrics
from narutalk.telemetry.tracing.parent import TRACE_HEADER, accept_parent
from services.agent_server.error_answers import error_answer

PUBLIC_PATHS = frozenset({"/health", "/ok"})
METRICS_PATH = "/metrics"
EXPIRED_CODE = 4000 + Unauthenticated.status
"""Closes a WebSocket whose token has expired: 4000 and the HTTP status, as LangGraph clients read it."""
DEV_PATHS = frozenset({"/docs", "/openapi.json"})


class Authenticator(Protocol):
    """Tells from a request's headers who is calling."""

    def identify(self, headers: Mapping[str, str]) -> Identity:
        """Return the caller.

        Args:
            headers: Found whatever their case.

        Raises:
            Unauthenticated: Nobody this server knows.
        """
        ...


class BearerTokens:
    """Knows callers by their tokens.

    Args:
        verifier: Holds the public keys of the issuers this service accepts.
    """

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def identify(self, headers: Mapping[str, str]) -> Identity:
        """Return the claims of the bearer token; see `Authenticator.identify`."""
        token = bearer_token(headers.get("authorization", ""))
        if token is None:
            raise Unauthenticated("A bearer token is missing.", code="token_missing")
        return self._verifier.verify(token)


class AuthenticationMiddleware:
    """Refuses every HTTP request and WebSocket of nobody it knows, before any routing.

    A WebSocket is closed when a message comes on it after its token has expired.

    Args:
        app: What it guards.
        authenticator: Tells who is calling.
        settings: Name the ingest key, with which metrics are read from another machine.
        public_paths: Open for ``GET`` without a token.
    """

    def __init__(
        self, app: ASGIApp, authenticator: Authenticator, settings: Settings, public_paths: frozenset[str]
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._settings = settings
        self._public_paths = public_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._is_public(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            identity = self._authenticator.identify(headers)
        except Unauthenticated as error:
            await _refuse(error, scope, receive, send)
            return
        scope.setdefault("state", {})["identity"] = identity
        if scope["type"] == "websocket":
            receive = self._receive_with(headers, receive, send)
        with accept_parent(headers.get(TRACE_HEADER)):
            await self._app(scope, receive, send)

    def _receive_with(self, headers: Headers, receive: Receive, send: Send) -> Receive:
        async def verified() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                try:
                    self._authenticator.identify(headers)
                except Unauthenticated as error:
                    await send({"type": "websocket.close", "code": EXPIRED_CODE, "reason": error.message})
                    return {"type": "websocket.disconnect", "code": EXPIRED_CODE}
            return message

        return verified

    def _is_public(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        if scope["path"] == METRICS_PATH:
            peer = (scope.get("client") or ("", 0))[0]
            return may_read_metrics(self._settings, peer=peer, headers=Headers(scope=scope))
        return scope["path"] in self._public_paths


async def caller(request: Request) -> Identity:
    """Return the verified identity of the caller; a dependency of routes."""
    identity: Identity = request.state.identity
    return identity


Caller = Annotated[Identity, Depends(caller)]


async def _refuse(error: Unauthenticated, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": error.message})
        return
    response = error_answer(error)
    response.headers["www-authenticate"] = "Bearer"
    await response(scope, receive, send)
