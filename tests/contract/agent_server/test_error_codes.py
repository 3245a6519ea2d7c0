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
YEARLY = "0 0 1 1 *"
PAST = "2020-01-01T00:00:00Z"
BOTH = "context_and_configurable"


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
STRICT = (
    Refused("POST", "/runs/wait", _run(nope=1), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(config={"nope": 1}), 422, "invalid_input"),
    Refused("POST", "/runs/wait", _run(interrupt_before=["nope"]), 422, "node_unknown"),
    Refused("POST", "/runs/wait", _run(context={"a": 1}, config={"configurable": {"a": 2}}), 400, BOTH),
    Refused("POST", "/runs/wait", _run(command={}), 422, "command_empty"),
    Refused("POST", "/runs/wait", _run(command={"resume": 1}), 422, "input_and_command"),
    Refused("POST", "/runs/wait", _run(after_seconds=5), 422, "delayed_start_unsupported"),
    Refused("POST", "/runs/wait", _run(webhook="nope"), 422, "webhook_invalid"),
    Refused("POST", "/runs/wait", _run(checkpoint_id="{fresh}"), 422, "checkpoint_without_thread"),
    Refused("POST", "/threads/{thread}/runs", _run(checkpoint_id="{fresh}"), 422, "checkpoint_unknown"),
    Refused("POST", "/threads/{thread}/runs", _run(on_completion="delete"), 422, "on_completion_on_thread"),
    Refused("POST", "/runs/batch", [], 422, "invalid_input"),
    Refused("POST", "/runs/batch", [_run(assistant_id="nope")], 422, "assistant_unknown"),
    Refused("POST", "/runs/cancel", {}, 422, "cancel_which"),
    Refused("POST", "/runs/cancel", {"status": "nope"}, 422, "invalid_input"),
)
ASSISTANTS = (
    Refused("POST", "/assistants", {"graph_id": "nope"}, 404, "graph_not_found"),
    Refused("POST", "/assistants", {}, 422, "invalid_input"),
    Refused(
        "POST", "/assistants", {"graph_id": "echo", "assistant_id": NO_UUID}, 422, "assistant_id_invalid"
    ),
    Refused("POST", "/assistants", {"graph_id": "echo", "nope": 1}, 422, "invalid_input"),
    Refused("PATCH", "/assistants/echo", {"name": "x"}, 403, "assistant_read_only"),
    Refused("DELETE", "/assistants/echo", NO_BODY, 403, "assistant_read_only"),
    Refused("PATCH", "/assistants/{fresh}", {"name": "x"}, 404, "assistant_not_found"),
    Refused("POST", "/assistants/{fresh}/latest", {"version": 1}, 404, "assistant_not_found"),
    Refused("POST", "/assistants/{fresh}/latest", {"version": 0}, 422, "invalid_input"),
    Refused("POST", "/assistants/search", {"limit": 0}, 422, "invalid_input"),
)
CRONS = (
    Refused("POST", "/runs/crons", _run(), 422, "invalid_input"),
    Refused("POST", "/runs/crons", _run(schedule="nope"), 422, "schedule_invalid"),
    Refused("POST", "/runs/crons", _run(schedule="0 0 31 2 *"), 422, "schedule_invalid"),
    Refused("POST", "/runs/crons", _run(schedule=YEARLY, end_time=PAST), 422, "schedule_never_runs"),
    Refused("POST", "/runs/crons", _run(schedule=YEARLY, timezone="Mars"), 422, "timezone_invalid"),
    Refused("POST", "/runs/crons", _run(schedule=YEARLY, assistant_id="nope"), 422, "assistant_unknown"),
    Refused("POST", "/threads/{fresh}/runs/crons", _run(schedule=YEARLY), 404, "thread_not_found"),
    Refused("GET", "/runs/crons/{fresh}", NO_BODY, 404, "cron_not_found"),
    Refused("GET", f"/runs/crons/{NO_UUID}", NO_BODY, 422, "cron_id_invalid"),
    Refused("DELETE", "/runs/crons/{fresh}", NO_BODY, 404, "cron_not_found"),
)
STORE = (
    Refused("PUT", "/store/items", {"namespace": [], "key": "k", "value": {}}, 422, "namespace_invalid"),
    Refused("PUT", "/store/items", {"namespace": ["a.b"], "key": "k", "value": {}}, 422, "namespace_invalid"),
    Refused("PUT", "/store/items", {"namespace": ["a"], "key": "", "value": {}}, 422, "key_invalid"),
    Refused("PUT", "/store/items", {"namespace": ["a"], "key": "k", "value": 1}, 422, "invalid_input"),
    Refused("GET", "/store/items?namespace=a", NO_BODY, 422, "invalid_input"),
    Refused("POST", "/store/items/search", {"query": "words"}, 422, "store_without_index"),
    Refused("POST", "/store/items/search", {"filter": {"a.b": 1}}, 422, "filter_invalid"),
    Refused("POST", "/store/namespaces", {"max_depth": 0}, 422, "invalid_input"),
)
EVENT_PROTOCOL = (
    Refused("POST", "/threads/{fresh}/stream/events", {"channels": ["values"]}, 404, "thread_not_found"),
    Refused("POST", "/threads/{thread}/stream/events", {"channels": ["nope"]}, 422, "channel_unknown"),
    Refused("POST", "/threads/{thread}/stream/events", {}, 422, "invalid_input"),
    Refused("POST", f"/threads/{NO_UUID}/commands", {"id": 1, "method": "x"}, 422, "thread_id_invalid"),
    Refused("POST", "/threads/{thread}/commands", {"method": "run.start"}, 422, "invalid_input"),
    Refused("POST", "/threads/{fresh}/commands", {"id": 1, "method": "nope"}, 404, "thread_not_found"),
)
TABLE = IDS + RUNS + SHAPES + STRICT + ASSISTANTS + CRONS + STORE + EVENT_PROTOCOL


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
    if isinstance(body, list):
        return [_filled(entry, ids) for entry in body]
    return body.format(**ids) if isinstance(body, str) else body
