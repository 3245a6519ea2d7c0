"""What clients may rely on when they ask for what does not make sense: the status, and `error.code`.

A code stands here before it is changed: programs compare it.
"""

from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio

from tests.contract.agent_server.asking import asks, fresh_id
from tests.contract.agent_server.conftest import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_UUID = "not-a-uuid"
RUN = {"assistant_id": "echo", "input": asks()}


class Refused(NamedTuple):
    """A request that is refused.

    Attributes:
        method: Of the request.
        path: ``{thread}`` and ``{run}`` are there; ``{fresh}`` is a UUID of nothing.
        body: Sent as JSON; bytes are sent as they are.
        status: Of the answer.
        code: Of the error.
    """

    method: str
    path: str
    body: Any
    status: int
    code: str


def _run(**changes: Any) -> dict[str, Any]:
    return {**RUN, **changes}


NO_BODY: Any = None
IDS = (
    Refused("GET", f"/threads/{NO_UUID}", NO_BODY, 422, "thread_id_invalid"),
    Refused("PATCH", f"/threads/{NO_UUID}", {}, 422, "thread_id_invalid"),
    Refused("DELETE", f"/threads/{NO_UUID}", NO_BODY, 422, "thread_id_invalid"),
    Refused("POST", "/threads", {"thread_id": NO_UUID}, 422, "thread_id_invalid"),
    Refused("POST", "/threads", {"thread_id": "{thread}"}, 409, "thread_exists"),
    Refused("POST", "/threads/search", {"ids": [NO_UUID]}, 422, "thread_id_invalid"),
    Refused("GET", f"/threads/{NO_UUID}/state", NO_BODY, 422, "thread_id_invalid"),
    Refused("GET", f"/threads/{NO_UUID}/history", NO_BODY, 422, "thread_id_invalid"),
    Refused("POST", f"/threads/{NO_UUID}/runs/wait", RUN, 422, "thread_id_invalid"),
    Refused("GET", f"/threads/{NO_UUID}/runs/{{run}}", NO_BODY, 422, "thread_id_invalid"),
    Refused("GET", f"/threads/{{thread}}/runs/{NO_UUID}", NO_BODY, 422, "run_id_invalid"),
    Refused("GET", "/threads/{fresh}", NO_BODY, 404, "thread_not_found"),
    Refused("GET", "/threads/{fresh}/state", NO_BODY, 404, "thread_not_found"),
    Refused("POST", "/threads/{fresh}/runs", RUN, 404, "thread_not_found"),
    Refused("GET", "/threads/{thread}/runs/{fresh}", NO_BODY, 404, "run_not_found"),
    Refused("GET", "/threads/{thread}/runs/{fresh}/join", NO_BODY, 404, "run_not_found"),
    Refused("GET", "/threads/{thread}/runs/{fresh}/stream", NO_BODY, 404, "run_not_found"),
    Refused("POST", "/threads/{thread}/runs/{fresh}/cancel", NO_BODY, 404, "run_not_found"),
    Refused("GET", "/threads/{fresh}/runs/{run}", NO_BODY, 404, "run_not_found"),
    Refused("GET", "/threads/{thread}/state/{fresh}", NO_BODY, 404, "checkpoint_not_found"),
    Refused("GET", "/assistants/nope", NO_BODY, 422, "assistant_id_invalid"),
    Refused("GET", "/assistants/{fresh}", NO_BODY, 404, "assistant_not_found"),
    Refused("GET", "/assistants/{fresh}/graph", NO_BODY, 404, "assistant_not_found"),
    Refused("GET", "/assistants/{fresh}/schemas", NO_BODY, 404, "assistant_not_found"),
)
RUNS = (
    Refused("POST", "/runs/wait", _run(assistant_id="nope"), 422, "assistant_unknown"),
    Refused("POST", "/runs/stream", _run(assistant_id="{fresh}"), 422, "assistant_unknown"),
    Refused("POST", "/runs", _run(assistant_id=""), 422, "assistant_unknown"),
    Refused("POST", "/runs/wait", {"input": asks()}, 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(stream_mode="nope"), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(stream_mode=["values", 1]), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(multitask_strategy="nope"), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(on_disconnect="nope"), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(if_not_exists="nope"), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(durability="nope"), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(config={"recursion_limit": 0}), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(config="nope"), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(command={"goto": {"input": 1}}), 422, "invalid_input"),
    Refused("GET", "/threads/{thread}/runs?status=nope", NO_BODY, 422, "invalid_input"),
    Refused("POST", "/threads/{thread}/runs/{run}/cancel?action=nope", NO_BODY, 422, "invalid_input"),
)
SHAPES = (
    Refused("POST", "/runs/wait", b'{"a": ', 422, "invalid_json"),
    Refused("POST", "/runs/wait", b'{"a": "\xff"}', 422, "invalid_body"),
    Refused("POST", "/runs/wait", ["no", "object"], 422, "invalid_input"),
    Refused("POST", "/threads", {"if_exists": "nope"}, 422, "invalid_input"),
    Refused("POST", "/threads/search", {"limit": 0}, 422, "invalid_input"),
    Refused("POST", "/threads/search", {"limit": 1001}, 422, "invalid_input"),
    Refused("POST", "/threads/search", {"offset": -1}, 422, "invalid_input"),
    Refused("POST", "/threads/search", {"sort_by": "nope"}, 422, "invalid_input"),
    Refused("POST", "/threads/search", {"status": "nope"}, 422, "invalid_input"),
    Refused("GET", "/threads/{thread}/history?limit=0", NO_BODY, 422, "invalid_input"),
    Refused("GET", "/nowhere", NO_BODY, 404, "route_not_found"),
    Refused("PUT", "/threads", {}, 405, "method_not_allowed"),
)
TABLE = IDS + RUNS + SHAPES


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(server: RunningServer) -> dict[str, str]:
    """A thread with a run."""
    thread_id = fresh_id()
    async with server.http() as client:
        body = {**RUN, "if_not_exists": "create"}
        (await client.post(f"/threads/{thread_id}/runs/wait", json=body)).raise_for_status()
        run = (await client.get(f"/threads/{thread_id}/runs")).json()[0]
    return {"thread": thread_id, "run": run["run_id"]}


@pytest.mark.parametrize("refused", TABLE, ids=lambda one: f"{one.method} {one.path} {one.body}"[:90])
async def test_a_refusal_is_stable(server: RunningServer, ids: dict[str, str], refused: Refused) -> None:
    known = {**ids, "fresh": fresh_id()}
    async with server.http() as client:
        answer = await _send(client, refused, known)
    assert (answer.status_code, answer.json()["error"]["code"]) == (refused.status, refused.code), answer.text
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["message"]
    assert answer.json()["detail"] == error["message"] or refused.status in (404, 405)


async def test_a_busy_thread_tells_that_it_is_busy(server: RunningServer) -> None:
    thread_id = fresh_id()
    async with server.http() as client:
        body = {"assistant_id": "slow", "input": asks(thread_id), "if_not_exists": "create"}
        made = (await client.post(f"/threads/{thread_id}/runs", json=body)).json()
        await server.gates.started(thread_id).wait()
        answer = await client.post(f"/threads/{thread_id}/runs", json=_run(multitask_strategy="reject"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "thread_busy")
        await client.post(f"/threads/{thread_id}/runs/{made['run_id']}/cancel?wait=1")


async def _send(client: httpx.AsyncClient, refused: Refused, ids: dict[str, str]) -> httpx.Response:
    path = refused.path.format(**ids)
    if refused.body is NO_BODY:
        return await client.request(refused.method, path)
    if isinstance(refused.body, bytes):
        headers = {"Content-Type": "application/json"}
        return await client.request(refused.method, path, content=refused.body, headers=headers)
    return await client.request(refused.method, path, json=_filled(refused.body, ids))


def _filled(body: Any, ids: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {key: _filled(value, ids) for key, value in body.items()}
    return body.format(**ids) if isinstance(body, str) else body
