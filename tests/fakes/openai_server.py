"""A model provider on a real port that speaks OpenAI's chat completions format, and says what a test scripts.

``running_openai(...)`` serves one; a script is a list of answers, one for each request in turn, or a
function of the request. Nothing sleeps unless `FakeOpenAI.latency_seconds` says so: a benchmark's figure.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from jsonschema import validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.router_server import serve

WAIT_SECONDS = 15
PIECE_CHARS = 6
CHARS_PER_TOKEN = 4


@dataclass(frozen=True)
class Call:
    """A tool call.

    Attributes:
        arguments: As JSON; a text is sent as it is, malformed or not.
    """

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"call_{uuid4().hex[:16]}")

    @property
    def json(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Say:
    """The model answers.

    Attributes:
        text: What it says; for ``response_format`` the JSON, which must fit the schema.
        calls: The tools it calls.
        usage: Input and output tokens; by default a quarter of the characters.
        cached_tokens: Those of the input that were cached.
        cut_after: The connection breaks behind so many pieces of the stream; None: it does not.
        hang_after: Nothing more comes behind so many pieces, and the connection stays open.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    usage: tuple[int, int] | None = None
    cached_tokens: int = 0
    cut_after: int | None = None
    hang_after: int | None = None


@dataclass(frozen=True)
class Refuse:
    """The provider answers with an HTTP error, such as 429 or 500.

    Attributes:
        retry_after_seconds: Sent as ``Retry-After``; fractions as ``retry-after-ms`` too.
    """

    status: int = 500
    message: str = "scripted"
    retry_after_seconds: float | None = None


@dataclass(frozen=True)
class Hang:
    """The provider takes the request and never answers."""


Answer = Say | Refuse | Hang | str
Script = Iterable[Answer] | Callable[["Asked"], Answer]


@dataclass(frozen=True)
class Asked:
    """A request that came.

    Attributes:
        body: As the client sent it.
        headers: With names in lower case.
    """

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["messages"]
        return found

    @property
    def last_text(self) -> str:
        """The text of the last message; of content blocks, their texts."""
        content = self.messages[-1]["content"] or ""
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    @property
    def tools(self) -> list[str]:
        """The names of the tools that the model may call."""
        return [tool["function"]["name"] for tool in self.body.get("tools", ())]

    @property
    def schema(self) -> dict[str, Any] | None:
        """The schema of a structured output; None when a text is asked for."""
        wanted = self.body.get("response_format") or {}
        schema: dict[str, Any] | None = wanted.get("json_schema", {}).get("schema")
        return schema


@dataclass
class FakeOpenAI:
    """What a test scripts, and what the provider saw.

    Attributes:
        url: For ``OPENAI_BASE_URL``, with ``/v1``.
        asked: The requests, in their order.
        latency_seconds: How long each answer waits before its first byte.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    latency_seconds: float = 0.0
    _queue: deque[Answer] = field(default_factory=deque)
    _decide: Callable[[Asked], Answer] | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def script(self, script: Script) -> None:
        """Say how the next requests are answered: one answer each, or a function of the request.

        Requests beyond the script are refused with 400, which nobody repeats.
        """
        self._queue.clear()
        self._decide = None
        if callable(script):
            self._decide = script
        else:
            self._queue.extend(script)

    def reset(self) -> None:
        """Forget what was scripted and seen."""
        self.script(())
        self.asked.clear()

    def wait_for(self, count: int) -> None:
        """Wait until so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.asked) >= count, WAIT_SECONDS), (
                f"{len(self.asked)} requests came instead of {count}"
            )

    def application(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(routes=[Route("/v1/chat/completions", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        response = await self._complete(request)
        # ChatOpenAI keeps its connections for later clients, which work in the event loops of later tests.
        response.headers["connection"] = "close"
        return response

    async def _complete(self, request: Request) -> Response:
        asked = Asked(await request.json(), dict(request.headers))
        with self._changed:
            self.asked.append(asked)
            self._changed.notify_all()
        if complaint := _complaint(asked):
            return _refusal(Refuse(400, complaint))
        answer = self._next(asked)
        if self.latency_seconds:
            await asyncio.sleep(self.latency_seconds)
        match answer:
            case Refuse():
                return _refusal(answer)
            case Hang():
                await _until_gone(request)
                return Response(status_code=499)
            case str():
                answer = Say(answer)
        if asked.schema is not None and not answer.calls:
            validate(json.loads(answer.text), asked.schema)
        if asked.body.get("stream"):
            return StreamingResponse(_stream(asked, answer, request), media_type="text/event-stream")
        return JSONResponse(_completion(asked, answer))

    def _next(self, asked: Asked) -> Answer:
        if self._decide:
            return self._decide(asked)
        return self._queue.popleft() if self._queue else Refuse(400, "nothing is scripted for this request")


@contextmanager
def running_openai(script: Script = (), *, latency_seconds: float = 0.0) -> Iterator[FakeOpenAI]:
    """Serve a fake provider until the block ends."""
    fake = FakeOpenAI(latency_seconds=latency_seconds)
    fake.script(script)
    with serve(fake.application()) as url:
        fake.url = f"{url}/v1"
        yield fake


def _complaint(asked: Asked) -> str | None:
    """Return why the provider refuses the messages: a tool call's result must stand right behind it."""
    waiting: set[str] = set()
    for message in asked.messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return "a tool message must follow the message with its tool call"
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            break
        waiting = {call["id"] for call in message.get("tool_calls") or ()}
    return f"tool calls without a result: {sorted(waiting)}" if waiting else None


def _refusal(refuse: Refuse) -> Response:
    headers = {}
    if refuse.retry_after_seconds is not None:
        headers["retry-after"] = str(round(refuse.retry_after_seconds))
        if refuse.retry_after_seconds % 1:
            headers["retry-after-ms"] = str(round(refuse.retry_after_seconds * 1000))
    error = {"message": refuse.message, "type": "scripted", "param": None, "code": None}
    return JSONResponse({"error": error}, status_code=refuse.status, headers=headers)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _usage(asked: Asked, say: Say) -> dict[str, Any]:
    written = say.text + "".join(call.name + call.json for call in say.calls)
    given, made = say.usage or (
        -(-len(json.dumps(asked.messages, ensure_ascii=False)) // CHARS_PER_TOKEN),
        -(-len(written) // CHARS_PER_TOKEN),
    )
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": say.cached_tokens},
    }


def _completion(asked: Asked, say: Say) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": say.text or None, "refusal": None}
    if say.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.json}}
            for call in say.calls
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(say), "logprobs": None}
    return {**_head(asked, "chat.completion"), "choices": [choice], "usage": _usage(asked, say)}


async def _stream(asked: Asked, say: Say, request: Request) -> AsyncIterator[bytes]:
    head = _head(asked, "chat.completion.chunk")
    with_usage = (asked.body.get("stream_options") or {}).get("include_usage")
    for position, delta in enumerate(_deltas(say)):
        if position == say.cut_after:
            raise ConnectionAbortedError("scripted")
        if position == say.hang_after:
            await _until_gone(request)
            return
        yield _frame({**head, "choices": [_choice(delta)], **({"usage": None} if with_usage else {})})
    yield _frame({**head, "choices": [_choice({}, _finish(say))]})
    if with_usage:
        yield _frame({**head, "choices": [], "usage": _usage(asked, say)})
    yield b"data: [DONE]\n\n"


def _deltas(say: Say) -> Iterator[dict[str, Any]]:
    """The role, the text in pieces, then each call: its name first, its arguments in pieces."""
    yield {"role": "assistant", "content": "" if say.text or not say.calls else None}
    for piece in _pieces(say.text):
        yield {"content": piece}
    for index, call in enumerate(say.calls):
        function = {"name": call.name, "arguments": ""}
        yield {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]}
        for piece in _pieces(call.json):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _pieces(text: str) -> Sequence[str]:
    return [text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS)]


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}


def _head(asked: Asked, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": 1_795_000_000,
        "model": asked.body["model"],
        "system_fingerprint": None,
    }


def _finish(say: Say) -> str:
    return "tool_calls" if say.calls else "stop"


def _frame(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
