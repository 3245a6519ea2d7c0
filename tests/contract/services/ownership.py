"""What a stranger gets on each route with the ids of another: declared for every route, one by one.

A route that is not declared here fails `test_ownership.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route, WebSocketRoute

WEBSOCKET = "WEBSOCKET"
NOT_FOUND_CLOSE = 4404
"""The code a WebSocket is closed with instead of an answer 404."""
MARKER = "zqannasecret"
"""Stands in everything that the owner makes, and in no answer to a stranger."""


class Ask(NamedTuple):
    """One request of a stranger; on a WebSocket, its first message.

    Attributes:
        status: Of the answer; the code a WebSocket is closed with.
        code: Of the error.
        body: Sent as JSON; ``{thread_id}`` and the like stand for the owner's ids.
        query: Sent with the path; the same.
        on_own_thread: The path names the stranger's own thread.
        creates: With an id of nothing it would be made.
    """

    status: int
    code: str | None = None
    body: Any = None
    query: Mapping[str, str] = MappingProxyType({})
    on_own_thread: bool = False
    creates: bool = False


def absent(what: str, body: Any = None, **query: str) -> tuple[Ask, ...]:
    """What is the owner's looks as if it did not exist."""
    return (Ask(404, f"{what}_not_found", body, query),)


def shown(body: Any = None, status: int = 200, **query: str) -> tuple[Ask, ...]:
    """The answer is the stranger's own, or everybody's, and has nothing of the owner's."""
    return (Ask(status, None, body, query),)


RUN = {"assistant_id": "{graph_id}", "input": {"messages": [{"role": "user", "content": "안녕하세요"}]}}
CREATING = {**RUN, "if_not_exists": "create"}
_CRON = {**RUN, "schedule": "0 0 1 1 *"}
_ITEM = {"namespace": ["notes", "{thread_id}"], "key": "kept"}
_TAKEN = {"graph_id": "{graph_id}", "assistant_id": "{assistant_id}"}
_THEIR_ASSISTANT = {**RUN, "assistant_id": "{assistant_id}"}
_AT_CHECKPOINT = {**RUN, "checkpoint": {"thread_id": "{thread_id}", "checkpoint_id": "{checkpoint_id}"}}
_NAMED_IN_CONFIG = {**RUN, "config": {"configurable": {"thread_id": "{thread_id}", "run_id": "{run_id}"}}}
_CHECKPOINT_IN_CONFIG = {**RUN, "config": {"configurable": {"checkpoint_id": "{checkpoint_id}"}}}
_START = {"id": 1, "method": "run.start", "params": RUN}
_EVENTS = {"channels": ["values", "lifecycle"]}
_ON_THEIR_THREAD = (
    Ask(404, "thread_not_found", RUN),
    Ask(404, "thread_not_found", CREATING, creates=True),
    Ask(404, "thread_not_found", {**CREATING, "multitask_strategy": "rollback"}, creates=True),
)
_OF_THEIR_ASSISTANT = (
    Ask(422, "assistant_unknown", _THEIR_ASSISTANT),
    Ask(422, "checkpoint_without_thread", _CHECKPOINT_IN_CONFIG),
    Ask(200, None, _NAMED_IN_CONFIG),
)

Declarations = dict[tuple[str, str], tuple[Ask, ...]]

SYSTEM: Declarations = {
    ("GET", path): shown() for path in ("/ok", "/health", "/metrics", "/info", "/docs", "/openapi.json")
}

ASSISTANTS: Declarations = {
    ("POST", "/assistants"): (
        *shown({"graph_id": "{graph_id}"}),
        Ask(404, "assistant_not_found", _TAKEN, creates=True),
        Ask(404, "assistant_not_found", {**_TAKEN, "if_exists": "do_nothing"}, creates=True),
    ),
    ("POST", "/assistants/search"): (*shown({"limit": 1000}), *shown({"metadata": {"note": MARKER}})),
    ("POST", "/assistants/count"): shown({"metadata": {"note": MARKER}}),
    ("GET", "/assistants/{assistant_id}"): absent("assistant"),
    ("PATCH", "/assistants/{assistant_id}"): absent("assistant", {"name": "stolen"}),
    ("DELETE", "/assistants/{assistant_id}"): (
        *absent("assistant"),
        *absent("assistant", delete_threads="true"),
    ),
    ("GET", "/assistants/{assistant_id}/graph"): absent("assistant"),
    ("GET", "/assistants/{assistant_id}/schemas"): absent("assistant"),
    ("GET", "/assistants/{assistant_id}/subgraphs"): absent("assistant"),
    ("GET", "/assistants/{assistant_id}/subgraphs/{namespace}"): absent("assistant"),
    ("POST", "/assistants/{assistant_id}/versions"): absent("assistant", {}),
    ("POST", "/assistants/{assistant_id}/latest"): absent("assistant", {"version": 1}),
}

THREADS: Declarations = {
    ("POST", "/threads"): (
        *shown({}),
        Ask(404, "thread_not_found", {"thread_id": "{thread_id}"}, creates=True),
        Ask(404, "thread_not_found", {"thread_id": "{thread_id}", "if_exists": "do_nothing"}, creates=True),
    ),
    ("POST", "/threads/search"): (
        *shown({"limit": 1000}),
        *shown({"ids": ["{thread_id}"]}),
        *shown({"metadata": {"note": MARKER}}),
    ),
    ("POST", "/threads/count"): shown({"metadata": {"note": MARKER}}),
    ("POST", "/threads/prune"): shown({"thread_ids": ["{thread_id}"], "strategy": "delete"}),
    ("GET", "/threads/{thread_id}"): absent("thread"),
    ("PATCH", "/threads/{thread_id}"): absent("thread", {"metadata": {"stolen": True}}),
    ("DELETE", "/threads/{thread_id}"): absent("thread"),
    ("POST", "/threads/{thread_id}/copy"): absent("thread"),
    ("GET", "/threads/{thread_id}/storage"): absent("thread"),
    ("GET", "/threads/{thread_id}/state"): (*absent("thread"), *absent("thread", subgraphs="true")),
    ("POST", "/threads/{thread_id}/state"): absent("thread", {"values": {}}),
    ("POST", "/threads/{thread_id}/state/checkpoint"): (
        *absent("thread", {"checkpoint": {"checkpoint_id": "{checkpoint_id}"}}),
        Ask(
            404,
            "checkpoint_not_found",
            {"checkpoint": {"thread_id": "{thread_id}", "checkpoint_id": "{checkpoint_id}"}},
            on_own_thread=True,
        ),
    ),
    ("GET", "/threads/{thread_id}/state/{checkpoint_id}"): (
        *absent("thread"),
        Ask(404, "checkpoint_not_found", on_own_thread=True),
    ),
    ("GET", "/threads/{thread_id}/history"): absent("thread"),
    ("POST", "/threads/{thread_id}/history"): absent("thread", {"limit": 10}),
    ("GET", "/threads/{thread_id}/stream"): absent("thread"),
}

EVENT_PROTOCOL: Declarations = {
    ("POST", "/threads/{thread_id}/stream/events"): absent("thread", _EVENTS),
    ("POST", "/threads/{thread_id}/commands"): (
        Ask(404, "thread_not_found", _START, creates=True),
        *absent("thread", {**_START, "method": "input.respond"}),
        *absent("thread", {"id": 1, "method": "state.get", "params": {}}),
        *absent("thread", {"id": 1, "method": "nope", "params": {}}),
    ),
    (WEBSOCKET, "/threads/{thread_id}/stream/events"): (
        Ask(NOT_FOUND_CLOSE, None, _START, creates=True),
        Ask(NOT_FOUND_CLOSE, None, {"id": 1, "method": "subscription.subscribe", "params": _EVENTS}),
        Ask(NOT_FOUND_CLOSE, None, {"id": 1, "method": "state.get", "params": {}}),
    ),
}

RUNS: Declarations = {
    ("GET", "/threads/{thread_id}/runs"): absent("thread"),
    ("POST", "/threads/{thread_id}/runs"): _ON_THEIR_THREAD,
    ("POST", "/threads/{thread_id}/runs/stream"): _ON_THEIR_THREAD,
    ("POST", "/threads/{thread_id}/runs/wait"): (
        *_ON_THEIR_THREAD,
        Ask(422, "assistant_unknown", _THEIR_ASSISTANT, on_own_thread=True),
        Ask(422, "checkpoint_unknown", _AT_CHECKPOINT, on_own_thread=True),
        Ask(422, "checkpoint_unknown", _CHECKPOINT_IN_CONFIG, on_own_thread=True),
        Ask(200, None, _NAMED_IN_CONFIG, on_own_thread=True),
    ),
    ("GET", "/threads/{thread_id}/runs/{run_id}"): (
        *absent("run"),
        Ask(404, "run_not_found", on_own_thread=True),
    ),
    ("DELETE", "/threads/{thread_id}/runs/{run_id}"): absent("run"),
    ("GET", "/threads/{thread_id}/runs/{run_id}/join"): absent("run"),
    ("GET", "/threads/{thread_id}/runs/{run_id}/stream"): (
        *absent("run"),
        *absent("run", cancel_on_disconnect="true"),
    ),
    ("POST", "/threads/{thread_id}/runs/{run_id}/cancel"): (
        *absent("run", wait="1"),
        *absent("run", action="rollback"),
    ),
    ("POST", "/runs/cancel"): (
        *shown({"status": "all"}, 204),
        *absent("run", {"thread_id": "{thread_id}", "run_ids": ["{run_id}"]}),
        *absent("run", {"thread_id": "{own_thread_id}", "run_ids": ["{run_id}"]}),
    ),
    ("GET", "/runs/{run_id}/stream"): (*absent("run"), *absent("run", cancel_on_disconnect="true")),
    ("POST", "/runs"): _OF_THEIR_ASSISTANT,
    ("POST", "/runs/stream"): _OF_THEIR_ASSISTANT,
    ("POST", "/runs/wait"): _OF_THEIR_ASSISTANT,
    ("POST", "/runs/batch"): (
        Ask(422, "assistant_unknown", [_THEIR_ASSISTANT]),
        Ask(200, None, [_NAMED_IN_CONFIG]),
    ),
}

CRONS: Declarations = {
    ("POST", "/threads/{thread_id}/runs/crons"): absent("thread", _CRON),
    ("POST", "/runs/crons"): (
        Ask(422, "assistant_unknown", {**_CRON, "assistant_id": "{assistant_id}"}),
        *shown({**_CRON, "enabled": False}),
    ),
    ("POST", "/runs/crons/search"): (*shown({"limit": 1000}), *shown({"thread_id": "{thread_id}"})),
    ("POST", "/runs/crons/count"): shown({"thread_id": "{thread_id}"}),
    ("GET", "/runs/crons/{cron_id}"): absent("cron"),
    ("PATCH", "/runs/crons/{cron_id}"): absent("cron", {"enabled": False}),
    ("DELETE", "/runs/crons/{cron_id}"): absent("cron"),
}

STORE: Declarations = {
    ("PUT", "/store/items"): shown({**_ITEM, "value": {"note": "a stranger's own"}}, 204),
    ("GET", "/store/items"): shown(namespace="notes.{thread_id}", key="other"),
    ("DELETE", "/store/items"): shown(_ITEM, 204),
    ("POST", "/store/items/search"): (
        *shown({"namespace_prefix": ["notes"]}),
        *shown({"namespace_prefix": ["{owner_id}"]}),
        *shown({"namespace_prefix": []}),
    ),
    ("POST", "/store/namespaces"): (*shown({}), *shown({"prefix": ["{owner_id}"]})),
}

LANGGRAPH: Declarations = SYSTEM | ASSISTANTS | THREADS | EVENT_PROTOCOL | RUNS | CRONS | STORE

_ABOUT = {"message": "Who is the sales director?"}

REST: dict[str, Declarations] = {
    "graphs": {},
    "router": {("POST", "/analyze"): shown(_ABOUT), ("POST", "/route"): shown(_ABOUT)},
    "document": {
        ("POST", "/search"): shown({"query": MARKER, "top_k": 50}),
        ("POST", "/embed"): shown({"texts": ["a text"]}),
        ("POST", "/index"): (
            Ask(403, "documents_read_only", {"documents": [{"title": "a", "text": "a text"}]}),
        ),
        ("GET", "/index"): shown(),
        ("GET", "/index/{job_id}"): absent("job"),
        ("POST", "/index/{job_id}/cancel"): absent("job"),
        ("GET", "/documents"): (*shown(limit="100"), *shown(search=MARKER)),
        ("GET", "/documents/{document_id}"): absent("document"),
        ("GET", "/documents/{document_id}/file"): absent("document"),
        ("DELETE", "/documents/{document_id}"): absent("document"),
        ("PUT", "/documents/{document_id}/groups"): absent("document", {"groups": ["everyone"]}),
    },
    "employee": {
        ("GET", "/employees"): shown(),
        ("GET", "/employees/{employee_id}"): shown(),
        ("GET", "/stats"): shown(),
        ("POST", "/analyze"): shown({"analysis_type": "performance"}),
        ("POST", "/import"): (Ask(422, "file_missing"),),
        ("GET", "/import/kinds"): shown(),
        ("GET", "/imports"): shown(),
        ("POST", "/reports"): shown({"format": "xlsx"}, 201),
        ("GET", "/published-reports"): shown(limit="100"),
        ("GET", "/published-reports/{report_id}"): absent("report"),
        ("GET", "/reports"): shown(limit="100"),
        ("GET", "/reports/{report_id}"): absent("report"),
        ("DELETE", "/reports/{report_id}"): absent("report"),
    },
    "client": {
        ("GET", "/clients"): shown(),
        ("GET", "/clients/{client_id}"): shown(),
        ("GET", "/clients/{client_id}/changes"): shown(),  # to managers, as the stranger is one
        ("GET", "/transactions"): shown(),
        ("GET", "/contracts"): shown(),
        ("POST", "/analyze"): shown({"analysis_type": "sales"}),
        ("POST", "/import"): (Ask(422, "file_missing"),),
        ("GET", "/import/kinds"): shown(),
        ("GET", "/imports"): shown(),
        ("POST", "/reports"): shown({"kind": "receivables", "format": "xlsx"}, 201),
        ("GET", "/reports"): shown(limit="100"),
        ("GET", "/reports/{report_id}"): absent("report"),
        ("DELETE", "/reports/{report_id}"): absent("report"),
    },
}
"""Employees, clients, transactions and contracts are the company's; a report is its owner's."""


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return the method and path of every route of an app; of a WebSocket too."""
    return sorted({pair for route in app.router.routes for pair in _flat(route)})


def _flat(route: Any) -> list[tuple[str, str]]:
    if isinstance(route, WebSocketRoute):
        return [(WEBSOCKET, route.path)]
    if isinstance(route, APIRoute | Route):
        return [(method, route.path) for method in route.methods or () if method != "HEAD"]
    inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", [])
    return [pair for each in inner for pair in _flat(each)]
