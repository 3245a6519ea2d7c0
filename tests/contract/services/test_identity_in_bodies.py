"""Who a run works for comes from the token alone, whatever a body says and by whichever route it starts."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from narutalk.identity import Identity, Role
from tests.contract.services.asking import asks, fresh_id
from tests.contract.services.ownership import routes
from tests.contract.services.running import RunningService

pytestmark = pytest.mark.slow

CALLER = Identity(user_id="u-caller", username="caller", roles=frozenset({Role.USER, Role.HR}))
TRUTH = "u-caller hr,user"
OTHER = "u-zqother"
_USER = {"identity": OTHER, "user_id": OTHER, "username": OTHER, "roles": ["admin"], "groups": ["owners"]}
FORGED = {
    "langgraph_auth_user": _USER,
    "langgraph_auth_user_id": OTHER,
    "langgraph_auth_permissions": ["admin"],
    "user_id": OTHER,
    "user": _USER,
    "identity": _USER,
    "__pregel_runtime": {"server_info": {"user": _USER}},
    "__pregel_resuming": True,
    "checkpoint_ns": "elsewhere",
}
PLACES: tuple[dict[str, Any], ...] = (
    {"config": {"configurable": FORGED}},
    {"config": {"metadata": FORGED}},
    {"context": {"tone": "", **FORGED}},
    {"metadata": FORGED},
)
STARTS_LATER = {"/threads/{thread_id}/runs/crons", "/runs/crons"}
"""A cron's runs are made of its payload as those of `/runs` are of a body."""
NO_START = {
    "/threads/{thread_id}/runs/{run_id}/cancel",
    "/runs/cancel",
    "/runs/crons/search",
    "/runs/crons/count",
}


@pytest.fixture
def client(graphs: RunningService) -> Iterator[httpx.Client]:
    with graphs.http(CALLER) as client:
        yield client


def starting(service: RunningService) -> set[str]:
    """Return the paths at which a run starts at once."""
    posted = {path for method, path in routes(service.app) if method == "POST"}
    return (
        {path for path in posted if "/runs" in path or path.endswith("/commands")} - STARTS_LATER - NO_START
    )


@pytest.mark.parametrize("forged", PLACES, ids=lambda place: next(iter(place)))
def test_identity_in_a_body_is_not_read(
    graphs: RunningService, client: httpx.Client, forged: dict[str, Any]
) -> None:
    walked = starting(graphs)
    assert walked >= {"/runs/wait", "/runs", "/runs/stream", "/threads/{thread_id}/runs"}
    for path in walked:
        thread_id = str(client.post("/threads", json={}).json()["thread_id"])
        note = _note(client, path, thread_id, {"assistant_id": "whoami", "input": asks("who?"), **forged})
        assert note == TRUTH, path


def test_identity_in_an_assistant_is_not_read(graphs: RunningService, client: httpx.Client) -> None:
    for forged in ({"config": {"configurable": FORGED}}, {"context": FORGED}, {"metadata": FORGED}):
        made = client.post("/assistants", json={"graph_id": "whoami", **forged})
        body = {"assistant_id": made.raise_for_status().json()["assistant_id"], "input": asks("who?")}
        assert client.post("/runs/wait", json=body).json()["note"] == TRUTH


def test_a_thread_of_the_body_is_not_read(client: httpx.Client) -> None:
    thread_id, other_id = fresh_id(), fresh_id()
    body = {
        "assistant_id": "echo",
        "input": asks("hi"),
        "if_not_exists": "create",
        "config": {"configurable": {"thread_id": other_id, "run_id": fresh_id()}},
    }
    client.post(f"/threads/{thread_id}/runs/wait", json=body).raise_for_status()
    assert len(client.get(f"/threads/{thread_id}/runs").json()) == 1
    assert client.get(f"/threads/{other_id}").status_code == 404


def _note(client: httpx.Client, path: str, thread_id: str, body: dict[str, Any]) -> str:
    """Start a run, and return what the graph says of its identity."""
    given: Any = body
    if path.endswith("/batch"):
        body.pop("if_not_exists", None)
        given = [body]
    if path.endswith("/commands"):
        given = {"id": 1, "method": "run.start", "params": body}
    answer = client.post(path.format(thread_id=thread_id), json=given)
    assert answer.status_code == 200, (path, answer.text)
    if path.endswith("/commands") and "context" in body:  # the protocol has none
        assert answer.json()["error"] == "invalid_argument"
        return TRUTH
    if path.endswith("/wait"):
        return str(answer.json()["note"])
    if path.endswith("/stream"):
        return TRUTH if f'"note":"{TRUTH}"' in answer.text else answer.text
    made = answer.json()[0] if path.endswith("/batch") else answer.json()
    run_id = made["result"]["run_id"] if path.endswith("/commands") else made["run_id"]
    thread_id = made.get("thread_id", thread_id)
    return str(client.get(f"/threads/{thread_id}/runs/{run_id}/join").json()["note"])
