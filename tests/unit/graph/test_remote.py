"""`RemoteAgent` against a small agent server over real uvicorn, which speaks the wire protocol by script."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from graph.remote import RemoteAgent
from graph.state import Pause, RemoteInterrupt
from narutalk import followed_run
from narutalk.errors import Unauthenticated
from narutalk.events import MAX_CHART_BYTES, Usage
from narutalk.followed_run import MAX_ASKS
from narutalk.http import build_client, build_service_client
from narutalk.identity import Identity, Issuer, Role, build_signer, build_verifier
from narutalk.languages import Language
from narutalk.settings import Settings, load_settings
from narutalk.threads import agent_thread_id

pytestmark = pytest.mark.slow

ANNA = Identity(
    user_id="u-anna", username="anna", roles=frozenset({Role.USER, Role.HR}), groups=frozenset({"finance"})
)
DEADLINE_SECONDS = 10.0
SHORT_DEADLINE_SECONDS = 0.3
TOOL = {"type": "tool", "agent": "employee", "name": "look", "args": {"a": 1}, "status": "running"}
CITATION = {"type": "citation", "agent": "employee", "index": 1, "title": "Sales", "source": "monthly_sales"}
CHART = {"type": "chart", "agent": "employee", "title": "Sales", "spec": {"mark": "bar"}}
ENDLESS_CHART = {**CHART, "spec": {"data": {"values": ["x" * MAX_CHART_BYTES]}}}
USAGE = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}

CALL = {"type": "ai", "content": "", "tool_calls": [{"name": "look"}], "id": "m0", "usage_metadata": USAGE}

Script = Callable[[Request], AsyncIterator[bytes]]


def sse(event: str, data: Any, id: int | None = None) -> bytes:
    place = "" if id is None else f"id: {id}\r\n"
    return f"event: {event}\r\ndata: {json.dumps(data)}\r\n{place}\r\n".encode()


def chunk(text: str) -> bytes:
    return sse(
        "messages", [{"type": "AIMessageChunk", "content": text, "id": "m1"}, {"langgraph_node": "model"}]
    )


async def answering(_request: Request) -> AsyncIterator[bytes]:
    yield sse("metadata", {"run_id": str(uuid4()), "attempt": 1})
    yield sse("custom", TOOL)
    yield sse("custom", {"type": "noise"})
    yield sse("updates", {"model": {"messages": [CALL]}})
    yield sse("custom", CITATION)
    yield sse("messages", [{"type": "tool", "content": "raw", "id": "t"}, {}])
    yield chunk("Kim sold ")
    yield chunk("7 [1]")
    answer = {"type": "ai", "content": "Kim sold 7 [1]", "id": "m1", "usage_metadata": USAGE}
    yield sse("updates", {"model": {"messages": [answer]}})
    yield sse("end", None)


async def failing(_request: Request) -> AsyncIterator[bytes]:
    yield sse("metadata", {"run_id": str(uuid4()), "attempt": 1})
    yield chunk("Kim so")
    yield sse("error", {"error": "ValueError", "message": "boom"})
    yield sse("end", None)


@dataclass
class AgentServer:
    """The fake's script and what it was asked.

    Attributes:
        url: Of the server.
        script: Streams the answer of every run.
        joined: Streams what comes behind a `Last-Event-ID`; None where no run is known.
        known: The runs that are listed.
        state: Of every thread.
        refusal: Is answered instead, when there is one.
        left: Set when a reader has dropped a stream that hangs.
        requests: Body, headers and thread id of every run.
        joins: Run ids and `Last-Event-ID` of those that joined.
        cancelled: Run ids.
    """

    url: str = ""
    script: Script = answering
    joined: Script | None = None
    known: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=lambda: {"values": {}, "interrupts": []})
    refusal: Response | None = None
    left: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)
    joins: list[tuple[str, str | None]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    def application(self) -> Starlette:
        runs = "/threads/{thread_id}/runs"
        return Starlette(
            routes=[
                Route(f"{runs}/stream", self.run, methods=["POST"]),
                Route(runs, self.list_runs),
                Route("/threads/{thread_id}/state", self.read_state),
                Route(f"{runs}/{{run_id}}", self.read),
                Route(f"{runs}/{{run_id}}/stream", self.join),
                Route(f"{runs}/{{run_id}}/cancel", self.cancel, methods=["POST"]),
            ]
        )

    async def list_runs(self, _request: Request) -> Response:
        return JSONResponse(self.known)

    async def read_state(self, _request: Request) -> Response:
        return JSONResponse(self.state)

    async def read(self, request: Request) -> Response:
        found = [run for run in self.known if run["run_id"] == request.path_params["run_id"]]
        return JSONResponse(found[0]) if found else JSONResponse({}, status_code=404)

    async def join(self, request: Request) -> Response:
        self.joins.append((request.path_params["run_id"], request.headers.get("last-event-id")))
        if self.joined is None:
            return JSONResponse({}, status_code=404)
        return StreamingResponse(self.joined(request), media_type="text/event-stream")

    async def cancel(self, request: Request) -> Response:
        self.cancelled.append(request.path_params["run_id"])
        return Response(status_code=202)

    async def run(self, request: Request) -> Response:
        body = await request.json()
        headers = dict(request.headers)
        self.requests.append(
            {"thread_id": request.path_params["thread_id"], "body": body, "headers": headers}
        )
        if self.refusal:
            return self.refusal
        return StreamingResponse(self.script(request), media_type="text/event-stream")

    async def hang(self, _request: Request) -> AsyncIterator[bytes]:
        yield sse("metadata", {"run_id": str(uuid4()), "attempt": 1})
        yield chunk("Kim so")
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()


@asynccontextmanager
async def serve(app: Starlette) -> AsyncIterator[str]:
    """Serve an app until the block ends; the socket listens before, so no call can come too early."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, lifespan="off")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def an_agent() -> AsyncIterator[AgentServer]:
    made = AgentServer()
    async with serve(made.application()) as url:
        made.url = url
        yield made


@pytest_asyncio.fixture
async def server() -> AsyncIterator[AgentServer]:
    async with an_agent() as made:
        yield made


@dataclass
class Asked:
    """A task's result, or what it waits for, and the events it streamed."""

    result: Any
    events: list[dict[str, Any]]


async def ask(
    url: str,
    settings: Settings,
    *,
    name: str = "employee",
    conversation_id: str | None = None,
    message_id: str | None = None,
    alone: bool = True,
    deadline_seconds: float = DEADLINE_SECONDS,
    read_timeout_seconds: float = DEADLINE_SECONDS,
    **options: Any,
) -> Asked:
    events: list[dict[str, Any]] = []
    async with build_client(url, read_timeout_seconds=read_timeout_seconds) as client:
        agent = RemoteAgent(
            name, client, build_signer(settings, Issuer.ROUTER), deadline_seconds=deadline_seconds
        )
        result = await agent.ask(
            "How much did Kim sell?",
            identity=ANNA,
            conversation_id=conversation_id or str(uuid4()),
            message_id=message_id or str(uuid4()),
            write=events.append,
            alone=alone,
            **options,
        )
        await agent.close()
    return Asked(result, events)


@pytest.mark.parametrize(("language", "carried"), [(None, None), (Language.KO, {"answer_language": "ko"})])
async def test_the_question_carries_the_language_of_its_answer(
    server: AgentServer, settings: Settings, language: Language | None, carried: dict[str, str] | None
) -> None:
    await ask(server.url, settings, language=language)
    assert server.requests[0]["body"]["input"]["messages"][0].get("additional_kwargs") == carried


async def test_an_answer_comes_with_its_events(server: AgentServer, settings: Settings) -> None:
    asked = await ask(server.url, settings)
    assert asked.result.status == "success"
    assert asked.result.text == "Kim sold 7 [1]"
    assert [citation.source for citation in asked.result.citations] == ["monthly_sales"]
    assert asked.result.usage.total_tokens == 14
    assert asked.result.duration_ms > 0
    assert asked.events == [
        TOOL,
        CITATION,
        {"type": "token", "agent": None, "text": "Kim sold "},
        {"type": "token", "agent": None, "text": "7 [1]"},
    ]


async def test_charts_come_once_and_with_the_result(server: AgentServer, settings: Settings) -> None:
    async def drawing(_request: Request) -> AsyncIterator[bytes]:
        yield sse("metadata", {"run_id": str(uuid4()), "attempt": 1})
        for chart in (CHART, CHART, ENDLESS_CHART):
            yield sse("custom", chart)
        yield sse("updates", {"model": {"messages": [{"type": "ai", "content": "See below.", "id": "m1"}]}})
        yield sse("end", None)

    server.script = drawing
    asked = await ask(server.url, settings)
    assert asked.result.status == "success"
    assert asked.events == [CHART]
    assert [chart.spec for chart in asked.result.charts] == [CHART["spec"]]


async def test_tokens_carry_the_agent_when_several_work(server: AgentServer, settings: Settings) -> None:
    asked = await ask(server.url, settings, alone=False)
    tokens = [event for event in asked.events if event["type"] == "token"]
    assert {token["agent"] for token in tokens} == {"employee"}


async def test_the_call_is_signed_by_the_router_for_the_person(
    server: AgentServer, settings: Settings
) -> None:
    await ask(server.url, settings)
    scheme, token = server.requests[0]["headers"]["authorization"].split()
    assert scheme == "Bearer"
    claims = build_verifier(settings, Issuer.ROUTER).verify(token)
    assert claims == ANNA.model_copy(update={"issuer": Issuer.ROUTER})
    with pytest.raises(Unauthenticated):
        build_verifier(settings, Issuer.MANAGER).verify(token)
    assert ANNA.user_id not in json.dumps(server.requests[0]["body"])


async def test_the_same_question_is_the_same_task(server: AgentServer, settings: Settings) -> None:
    question, other = str(uuid4()), str(uuid4())
    for message_id, name in (
        (question, "employee"),
        (question, "employee"),
        (other, "employee"),
        (question, "client"),
    ):
        await ask(server.url, settings, message_id=message_id, name=name)
    first, again, another, clients = (
        request["body"]["input"]["messages"][0]["id"] for request in server.requests
    )
    assert first == again
    assert len({first, another, clients, question}) == 4


@pytest.mark.parametrize("conversation_id", ["a3bb189e-8bf9-4f3b-9d7a-3c1f6a0b5e11", "not a uuid"])
async def test_the_thread_follows_from_conversation_and_agent(
    server: AgentServer, settings: Settings, conversation_id: str
) -> None:
    for name in ("employee", "employee", "client"):
        await ask(server.url, settings, conversation_id=conversation_id, name=name)
    await ask(server.url, settings)
    first, again, clients, others = (request["thread_id"] for request in server.requests)
    assert first == again == agent_thread_id(conversation_id, "employee")
    assert len({first, clients, others, conversation_id}) == 4
    assert str(UUID(first)) == first


async def test_the_run_is_asked_to_outlive_its_reader(server: AgentServer, settings: Settings) -> None:
    await ask(server.url, settings)
    body = server.requests[0]["body"]
    assert body["assistant_id"] == "employee"
    assert (body["on_disconnect"], body["stream_resumable"], body["durability"]) == ("continue", True, "sync")
    assert body["metadata"]["task_id"] == body["input"]["messages"][0]["id"]
    assert body["if_not_exists"] == "create"
    assert set(body["stream_mode"]) == {"custom", "messages-tuple", "updates"}


def assert_nothing_is_claimed(asked: Asked, status: str) -> None:
    assert asked.result.status == status
    assert (asked.result.text, asked.result.citations) == ("", [])


async def test_past_its_deadline_a_task_is_given_up(server: AgentServer, settings: Settings) -> None:
    server.script = server.hang
    asked = await ask(server.url, settings, deadline_seconds=SHORT_DEADLINE_SECONDS)
    assert_nothing_is_claimed(asked, "timeout")
    assert asked.result.duration_ms >= SHORT_DEADLINE_SECONDS * 1000 - 1
    async with asyncio.timeout(DEADLINE_SECONDS):
        await server.left.wait()
    assert len(server.cancelled) == 1


async def test_silence_is_a_timeout(
    server: AgentServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed_run, "GIVE_UP_SECONDS", SHORT_DEADLINE_SECONDS)
    server.script = server.joined = server.hang
    asked = await ask(server.url, settings, read_timeout_seconds=SHORT_DEADLINE_SECONDS)
    assert_nothing_is_claimed(asked, "timeout")


async def test_a_refused_connection_is_unavailable(settings: Settings) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        asked = await ask(f"http://127.0.0.1:{taken.getsockname()[1]}", settings)
    assert_nothing_is_claimed(asked, "unavailable")


@pytest.mark.parametrize(
    ("status_code", "status"),
    [
        (500, "error"),
        (401, "error"),
        (404, "error"),
        (422, "error"),
        (502, "unavailable"),
        (503, "unavailable"),
    ],
)
async def test_a_refusal_is_told_by_its_status(
    server: AgentServer, settings: Settings, status_code: int, status: str
) -> None:
    server.refusal = JSONResponse({"error": {"code": "x", "message": "y"}}, status_code=status_code)
    assert_nothing_is_claimed(await ask(server.url, settings), status)


async def test_an_error_in_the_stream_is_an_error(server: AgentServer, settings: Settings) -> None:
    server.script = failing
    asked = await ask(server.url, settings)
    assert_nothing_is_claimed(asked, "error")
    assert [event["text"] for event in asked.events] == ["Kim so"]


async def test_a_stream_that_breaks_off_is_no_success(server: AgentServer, settings: Settings) -> None:
    async def breaking(_request: Request) -> AsyncIterator[bytes]:
        yield sse("metadata", {"run_id": str(uuid4()), "attempt": 1})
        yield chunk("Kim so")
        raise ConnectionAbortedError

    server.script = breaking
    assert_nothing_is_claimed(await ask(server.url, settings), "unavailable")


@pytest_asyncio.fixture
async def sibling() -> AsyncIterator[AgentServer]:
    """A second instance of the agent."""
    async with an_agent() as made:
        yield made


RUN_ID = str(uuid4())


async def cut(_request: Request) -> AsyncIterator[bytes]:
    yield sse("metadata", {"run_id": RUN_ID, "attempt": 1}, 0)
    yield sse("custom", TOOL, 1)
    yield sse("updates", {"model": {"messages": [CALL]}}, 2)
    yield sse("custom", CITATION, 3)
    yield chunk("Kim sold ")
    raise ConnectionAbortedError


async def lost(_request: Request) -> AsyncIterator[bytes]:
    yield sse("metadata", {"run_id": RUN_ID, "attempt": 1})
    yield sse("custom", TOOL)
    yield sse("error", {"error": "RunInterrupted", "message": "stopping"})
    yield sse("end", None)


async def ended(_request: Request) -> AsyncIterator[bytes]:
    """What a proxy makes of a killed process: a good end, but not the run's."""
    yield sse("metadata", {"run_id": RUN_ID, "attempt": 1})
    yield sse("updates", {"model": {"messages": [CALL]}})
    yield chunk("Kim ")


async def ask_both(first: AgentServer, second: AgentServer, settings: Settings) -> Asked:
    events: list[dict[str, Any]] = []
    both = load_settings(employee_urls=f"{first.url},{second.url}", _env_file=None)
    async with build_service_client(both, "employee", read_timeout_seconds=DEADLINE_SECONDS) as client:
        signer = build_signer(settings, Issuer.ROUTER)
        agent = RemoteAgent("employee", client, signer, deadline_seconds=DEADLINE_SECONDS)
        result = await agent.ask(
            "How much did Kim sell?",
            identity=ANNA,
            conversation_id=str(uuid4()),
            message_id=str(uuid4()),
            write=events.append,
            alone=True,
        )
    return Asked(result, events)


@pytest.mark.parametrize("script", [cut, lost, ended])
async def test_another_instance_goes_on_and_nothing_is_streamed_twice(
    server: AgentServer, sibling: AgentServer, settings: Settings, script: Script
) -> None:
    server.script = script
    asked = await ask_both(server, sibling, settings)
    assert (asked.result.status, asked.result.text) == ("success", "Kim sold 7 [1]")
    assert [citation.source for citation in asked.result.citations] == ["monthly_sales"]
    assert [event for event in asked.events if event["type"] == "tool"] == [TOOL]
    assert [event for event in asked.events if event["type"] == "citation"] == [CITATION]
    assert "".join(event["text"] for event in asked.events if event["type"] == "token") == "Kim sold 7 [1]"
    assert server.joins + sibling.joins or script is lost
    first, second = server.requests[0], sibling.requests[0]
    assert first["thread_id"] == second["thread_id"]
    assert first["body"]["input"] == second["body"]["input"], "the thread has the question once"


async def test_an_agent_that_fails_is_not_asked_again(
    server: AgentServer, sibling: AgentServer, settings: Settings
) -> None:
    server.script = failing
    assert_nothing_is_claimed(await ask_both(server, sibling, settings), "error")
    assert (len(server.requests), len(sibling.requests)) == (1, 0)


async def test_when_every_instance_breaks_off_it_ends(
    server: AgentServer, sibling: AgentServer, settings: Settings
) -> None:
    server.script = sibling.script = cut
    asked = await ask_both(server, sibling, settings)
    assert_nothing_is_claimed(asked, "unavailable")
    assert len(server.requests) + len(sibling.requests) == MAX_ASKS
    assert [event["type"] for event in asked.events] == ["tool", "citation", "token"]


async def behind_the_cut(_request: Request) -> AsyncIterator[bytes]:
    yield chunk("7 [1]")
    answer = {"type": "ai", "content": "Kim sold 7 [1]", "id": "m1", "usage_metadata": USAGE}
    yield sse("updates", {"model": {"messages": [answer]}}, 5)
    yield sse("end", None, 6)


async def taken_over(_request: Request) -> AsyncIterator[bytes]:
    """Another process goes on from the last checkpoint, behind the tool."""
    yield sse("metadata", {"run_id": RUN_ID, "attempt": 2}, 4)
    yield chunk("Kim sold ")
    async for frame in behind_the_cut(_request):
        yield frame


@pytest.mark.parametrize("rest", [behind_the_cut, taken_over])
async def test_a_run_is_followed_on_at_another_instance(
    server: AgentServer, sibling: AgentServer, settings: Settings, rest: Script
) -> None:
    server.script, server.joined, sibling.joined = cut, rest, rest
    asked = await ask_both(server, sibling, settings)
    assert (asked.result.status, asked.result.text) == ("success", "Kim sold 7 [1]")
    assert [citation.source for citation in asked.result.citations] == ["monthly_sales"]
    assert asked.events[:2] == [TOOL, CITATION]
    assert "".join(event["text"] for event in asked.events[2:]) == "Kim sold 7 [1]"
    assert server.joins + sibling.joins == [(RUN_ID, "3")]
    assert len(server.requests) + len(sibling.requests) == 1, "it is the same run"


RESET = {"type": "reset", "agent": "employee"}
OFFLINE_ANSWER = {
    "type": "ai",
    "content": "Kim sold 7 [1]",
    "id": "m1",
    "response_metadata": {"degraded": True},
}


def taking_back(*, first: int, cut_after: int | None = None) -> Script:
    """Return a script of a model that fails within its answer, from its first frame on, maybe cut."""

    async def script(_request: Request) -> AsyncIterator[bytes]:
        attempt = 1 if cut_after else 2
        frames = [
            sse("updates", {"model": {"messages": [CALL]}}, 2),
            chunk("Kim bought"),
            sse("custom", RESET, 3),
            chunk("Kim sold "),
            chunk("7 [1]"),
            sse("updates", {"model": {"messages": [OFFLINE_ANSWER]}}, 6),
            sse("end", None, 7),
        ]
        yield sse("metadata", {"run_id": RUN_ID, "attempt": attempt}, 1)
        for frame in frames[first:cut_after]:
            yield frame
        if cut_after:
            raise ConnectionAbortedError

    return script


@pytest.mark.parametrize("alone", [True, False])
async def test_text_that_was_taken_back_is_told_for_whom_it_was(
    server: AgentServer, settings: Settings, alone: bool
) -> None:
    server.script = taking_back(first=0)
    asked = await ask(server.url, settings, alone=alone)
    agent = None if alone else "employee"
    assert asked.events == [
        {"type": "token", "agent": agent, "text": "Kim bought"},
        {"type": "reset", "agent": agent},
        {"type": "token", "agent": agent, "text": "Kim sold "},
        {"type": "token", "agent": agent, "text": "7 [1]"},
    ]
    assert (asked.result.text, asked.result.degraded) == ("Kim sold 7 [1]", True)


@pytest.mark.parametrize("cut_after", [2, 3, 4, 5])
async def test_a_takeover_that_fails_in_the_same_way_takes_back_once(
    server: AgentServer, sibling: AgentServer, settings: Settings, cut_after: int
) -> None:
    """Another process goes on from the checkpoint behind the call, and its model fails too."""
    server.script = taking_back(first=0, cut_after=cut_after)
    server.joined = sibling.joined = taking_back(first=1)
    asked = await ask_both(server, sibling, settings)
    assert "".join(event.get("text", "|") for event in asked.events) == "Kim bought|Kim sold 7 [1]"
    assert asked.result.degraded


async def test_a_tool_that_is_called_again_after_a_checkpoint_is_shown_to_its_end(
    server: AgentServer, settings: Settings
) -> None:
    """What the first process had shown of a second tool is not shown again, but its end is."""
    second = {**TOOL, "name": "count"}
    done = {**TOOL, "status": "success"}

    async def dying(_request: Request) -> AsyncIterator[bytes]:
        yield sse("metadata", {"run_id": RUN_ID, "attempt": 1}, 0)
        yield sse("custom", TOOL, 1)
        yield sse("custom", done, 2)
        yield sse("custom", second, 3)

    async def going_on(_request: Request) -> AsyncIterator[bytes]:
        yield sse("metadata", {"run_id": RUN_ID, "attempt": 2}, 4)
        yield sse("custom", second, 5)
        yield sse("custom", {**second, "status": "success", "duration_ms": 3}, 6)
        async for frame in behind_the_cut(_request):
            yield frame

    server.script, server.joined = dying, going_on
    asked = await ask(server.url, settings)
    told = [(event["name"], event["status"]) for event in asked.events if event["type"] == "tool"]
    assert told == [("look", "running"), ("look", "success"), ("count", "running"), ("count", "success")]


async def test_a_recovered_turn_joins_what_was_asked_before(server: AgentServer, settings: Settings) -> None:
    message_id = str(uuid4())
    await ask(server.url, settings, message_id=message_id)
    task_id = server.requests[0]["body"]["metadata"]["task_id"]
    server.known = [
        {"run_id": str(uuid4()), "status": "running", "metadata": {"task_id": "another"}},
        {"run_id": RUN_ID, "status": "success", "metadata": {"task_id": task_id}},
    ]
    server.joined = answering
    asked = await ask(server.url, settings, message_id=message_id, recovered=True)
    assert (asked.result.status, asked.result.text) == ("success", "Kim sold 7 [1]")
    assert server.joins == [(RUN_ID, None)]
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["error", "timeout", None])
async def test_a_recovered_turn_asks_where_there_is_nothing_to_join(
    server: AgentServer, settings: Settings, status: str | None
) -> None:
    message_id = str(uuid4())
    await ask(server.url, settings, message_id=message_id)
    task_id = server.requests[0]["body"]["metadata"]["task_id"]
    if status:
        server.known = [{"run_id": RUN_ID, "status": status, "metadata": {"task_id": task_id}}]
    asked = await ask(server.url, settings, message_id=message_id, recovered=True)
    assert asked.result.status == "success"
    assert (len(server.requests), server.joins) == (2, [])


async def only_the_end(_request: Request) -> AsyncIterator[bytes]:
    yield sse("metadata", {"run_id": RUN_ID, "attempt": 2})
    yield sse("end", None)


async def test_an_answer_whose_events_were_lost_is_read_from_the_thread(
    server: AgentServer, settings: Settings
) -> None:
    message_id = str(uuid4())
    await ask(server.url, settings, message_id=message_id)
    question = server.requests[0]["body"]["input"]["messages"][0]
    earlier = [{"type": "human", "id": "q0", "content": "?"}, {"type": "ai", "content": "no"}]
    found = {"citations": [CITATION], "chart": {"title": CHART["title"], "spec": CHART["spec"]}}
    result = {"type": "tool", "content": "7", "artifact": found}
    answer = {"type": "ai", "content": "Kim sold 7 [1]", "usage_metadata": USAGE}
    server.state = {"values": {"messages": [*earlier, question, CALL, result, answer]}, "interrupts": []}
    server.script = only_the_end
    asked = await ask(server.url, settings, message_id=message_id)
    assert (asked.result.status, asked.result.text) == ("success", "Kim sold 7 [1]")
    assert [citation.source for citation in asked.result.citations] == ["monthly_sales"]
    assert [chart.spec for chart in asked.result.charts] == [CHART["spec"]]
    assert asked.result.usage.total_tokens == 2 * USAGE["total_tokens"]


async def test_what_was_dropped_of_a_long_run_is_read_from_the_thread(
    server: AgentServer, settings: Settings
) -> None:
    async def dropping(_request: Request) -> AsyncIterator[bytes]:
        yield sse("metadata", {"run_id": RUN_ID, "attempt": 1})
        yield sse("error", {"error": "EventsDropped", "message": "too many"})
        answer = {"type": "ai", "content": "Kim sold 7 [1]", "id": "m1"}
        yield sse("updates", {"model": {"messages": [answer]}})
        yield sse("end", None)

    message_id = str(uuid4())
    await ask(server.url, settings, message_id=message_id)
    question = server.requests[0]["body"]["input"]["messages"][0]
    result = {"type": "tool", "content": "7", "artifact": {"citations": [CITATION]}}
    answer = {"type": "ai", "content": "Kim sold 7 [1]"}
    server.state = {"values": {"messages": [question, CALL, result, answer]}, "interrupts": []}
    server.script = dropping
    asked = await ask(server.url, settings, message_id=message_id)
    assert (asked.result.status, asked.result.text) == ("success", "Kim sold 7 [1]")
    assert len(asked.result.citations) == 1


async def test_what_an_agent_waits_for_is_read_from_its_thread(
    server: AgentServer, settings: Settings
) -> None:
    server.state = {"values": {}, "interrupts": [{"id": "r1", "value": "Send it?"}]}
    server.script = only_the_end
    asked = await ask(server.url, settings)
    assert asked.result.interrupts == [RemoteInterrupt(id="r1", value="Send it?")]


async def test_an_end_without_an_answer_is_an_error(server: AgentServer, settings: Settings) -> None:
    other = [{"type": "human", "id": "q0", "content": "?"}, {"type": "ai", "content": "of another question"}]
    server.state = {"values": {"messages": other}, "interrupts": []}
    server.script = only_the_end
    assert_nothing_is_claimed(await ask(server.url, settings), "error")


async def waiting(_request: Request) -> AsyncIterator[bytes]:
    yield sse("metadata", {"run_id": RUN_ID, "attempt": 1})
    yield sse("custom", CITATION)
    call = {"type": "ai", "content": "", "tool_calls": [{"name": "send"}], "usage_metadata": USAGE}
    yield sse("updates", {"model": {"messages": [call]}})
    yield sse("updates", {"__interrupt__": [{"id": "r1", "value": {"question": "Send it?"}}]})
    yield sse("end", None)


async def test_an_agent_that_waits_is_resumed_by_the_ids_of_its_interrupts(
    server: AgentServer, settings: Settings
) -> None:
    server.script = waiting
    message_id = str(uuid4())
    pause = (await ask(server.url, settings, message_id=message_id)).result
    assert isinstance(pause, Pause)
    assert pause.interrupts == [RemoteInterrupt(id="r1", value={"question": "Send it?"})]
    assert pause.usage == Usage(**USAGE)

    server.script = answering
    answered = pause.answered(pause.interrupts[0], {"type": "reject"})
    asked = await ask(server.url, settings, message_id=message_id, pause=answered)
    body = server.requests[1]["body"]
    assert body["command"] == {"resume": {"r1": {"type": "reject"}}}
    assert "input" not in body
    assert body["metadata"]["task_id"] != server.requests[0]["body"]["metadata"]["task_id"]
    assert len(asked.result.citations) == 1
    assert asked.result.usage.total_tokens == 3 * USAGE["total_tokens"]
    assert asked.result.duration_ms > pause.duration_ms


async def test_cancelling_the_turn_stops_the_agents_run(server: AgentServer, settings: Settings) -> None:
    server.script = server.hang
    seen = asyncio.Event()
    async with build_client(server.url, read_timeout_seconds=DEADLINE_SECONDS) as client:
        signer = build_signer(settings, Issuer.ROUTER)
        agent = RemoteAgent("employee", client, signer, deadline_seconds=DEADLINE_SECONDS)
        task = asyncio.create_task(
            agent.ask(
                "How much?",
                identity=ANNA,
                conversation_id=str(uuid4()),
                message_id=str(uuid4()),
                write=lambda _event: seen.set(),
                alone=True,
            )
        )
        async with asyncio.timeout(DEADLINE_SECONDS):
            await seen.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert len(server.cancelled) == 1, "before the turn's own end"


async def test_a_run_whose_id_is_not_known_yet_is_found_and_stopped(
    server: AgentServer, settings: Settings
) -> None:
    asked = asyncio.Event()

    async def never_begin(_request: Request) -> AsyncIterator[bytes]:
        body = server.requests[0]["body"]
        server.known = [{"run_id": RUN_ID, "status": "running", "metadata": body["metadata"]}]
        asked.set()
        await server.left.wait()
        yield b""

    server.script = never_begin
    task = asyncio.create_task(ask(server.url, settings))
    async with asyncio.timeout(DEADLINE_SECONDS):
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    server.left.set()
    assert server.cancelled == [RUN_ID]
