"""ChatOpenAI as the services use it: bounded in time, repeated where that helps, with errors of ours.

Importing this takes long: only `narutalk.llm` does, and only when a provider is configured.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from json import JSONDecodeError
from random import uniform
from typing import Any

import openai
import structlog
from langchain_core.messages import AIMessageChunk, BaseMessageChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr

from narutalk.errors import LlmFailed
from narutalk.http.breaker import Breaker
from narutalk.llm import MALFORMED_CALLS

logger = structlog.get_logger(__name__)

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 4.0
"""A provider that asks for a longer wait is given up: people would wait too, and an agent has a deadline."""

REFUSALS = (openai.BadRequestError, openai.UnprocessableEntityError, openai.ConflictError)
MISCONFIGURATIONS = (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError)
UNREADABLE = (ValueError, TypeError)
"""What the SDK and LangChain raise of an answer that is not in the format, such as one that is no JSON."""
FAILURES = (openai.OpenAIError, TimeoutError, *UNREADABLE)
LOUD = frozenset({"llm_misconfigured", "llm_refused", "llm_unreadable"})
"""Nothing that passes by itself."""


class ProviderChatModel(ChatOpenAI):
    """ChatOpenAI whose only error is `LlmFailed`.

    What is refused with 429 or 5xx, or cannot be reached, is asked for again, with back-off, at most
    `ATTEMPTS` times; what was silent for too long, or has begun to answer, is not. While the
    provider keeps failing, a breaker fails calls at once.

    LangChain completes the arguments of streamed tool calls that are no JSON, or cut off, to something that
    is: such calls are named in the message's metadata under `MALFORMED_CALLS`.
    """

    _breaker: Breaker | None = PrivateAttr(default=None)

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        for attempt in range(1, ATTEMPTS + 1):
            arguments = _Arguments()
            begun = False
            breaker = self._admitted()
            try:
                async with aclosing(super()._astream(*args, **kwargs)) as chunks:  # type: ignore[type-var]
                    async for chunk in chunks:
                        begun = True
                        arguments.add(chunk.message)
                        yield chunk
                breaker.succeeded()
                if malformed := arguments.malformed():
                    yield _metadata_chunk({MALFORMED_CALLS: malformed})
                return
            except FAILURES as error:
                wait_seconds = _noted(breaker, error, attempt, begun=begun)
            finally:
                breaker.abandoned()
            await asyncio.sleep(wait_seconds)

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
        for attempt in range(1, ATTEMPTS + 1):
            breaker = self._admitted()
            try:
                result = await super()._agenerate(*args, **kwargs)
                breaker.succeeded()
                return result
            except FAILURES as error:
                wait_seconds = _noted(breaker, error, attempt, begun=False)
            finally:
                breaker.abandoned()
            await asyncio.sleep(wait_seconds)
        raise AssertionError("the last attempt returns or raises")

    def _admitted(self) -> Breaker:
        if self._breaker is None:
            self._breaker = Breaker("llm", str(self.openai_api_base or "openai"))
        if not self._breaker.admit():
            raise LlmFailed("The language model has been failing; it is not asked for a while.")
        return self._breaker


class _Arguments:
    """The arguments of a streamed message's tool calls, as they come in pieces."""

    def __init__(self) -> None:
        self._texts: dict[Any, str] = {}
        self._ids: dict[Any, str] = {}

    def add(self, message: BaseMessageChunk) -> None:
        for piece in message.tool_call_chunks if isinstance(message, AIMessageChunk) else ():
            index = piece.get("index")
            self._texts[index] = self._texts.get(index, "") + (piece.get("args") or "")
            if call_id := piece.get("id"):
                self._ids[index] = call_id

    def malformed(self) -> dict[str, str]:
        return {
            self._ids.get(index, ""): text
            for index, text in self._texts.items()
            if text and not _is_json_object(text)
        }


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except JSONDecodeError:
        return False


def _metadata_chunk(metadata: dict[str, Any]) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=metadata))


def _noted(breaker: Breaker, error: Exception, attempt: int, *, begun: bool) -> float:
    """Tell the breaker, and return how many seconds to wait before it is tried again.

    Raises:
        LlmFailed: It is not.
    """
    failed = _failure(error, begun=begun)
    if failed.code == "llm_refused":  # it says nothing about other requests
        breaker.succeeded()
    else:
        breaker.failed(error)
    wait_seconds = None if begun or attempt == ATTEMPTS else _wait_seconds(error, attempt)
    log = logger.error if failed.code in LOUD else logger.warning
    log("llm_failed", code=failed.code, attempt=attempt, wait_seconds=wait_seconds, error=repr(error)[:500])
    if wait_seconds is None:
        raise failed from error
    return wait_seconds


def _failure(error: Exception, *, begun: bool) -> LlmFailed:
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return LlmFailed("The language model did not answer in time.", code="llm_timeout")
    if isinstance(error, UNREADABLE):
        return LlmFailed("The language model's answer cannot be read.", code="llm_unreadable")
    if begun:
        return LlmFailed("The language model broke off within its answer.", code="llm_broken_off")
    if isinstance(error, openai.RateLimitError):
        return LlmFailed("The language model has too much to do.", code="llm_rate_limited")
    if isinstance(error, MISCONFIGURATIONS):
        return LlmFailed("The language model is not set up properly.", code="llm_misconfigured")
    if isinstance(error, REFUSALS):
        return LlmFailed("The language model does not take this request.", code="llm_refused")
    return LlmFailed("The language model cannot be reached.")


def _wait_seconds(error: Exception, attempt: int) -> float | None:
    """Return how long to wait before the next attempt; None when there should be none."""
    if isinstance(error, openai.APIStatusError):
        if error.status_code not in (408, 409, 429) and error.status_code < 500:
            return None
        if getattr(error, "code", None) == "insufficient_quota":
            return None
        asked = next(_asked_seconds(error), 0.0)
    elif isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError):
        asked = 0.0
    else:
        return None
    if asked > MAX_WAIT_SECONDS:
        return None
    return asked or FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * uniform(0.75, 1)


def _asked_seconds(error: openai.APIStatusError) -> Iterator[float]:
    """Yield how long the provider asks to wait, the most exact first; a date is not read."""
    for header, unit_seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = error.response.headers.get(header, "")
        try:
            yield max(0.0, float(text) * unit_seconds)
        except ValueError:
            continue
