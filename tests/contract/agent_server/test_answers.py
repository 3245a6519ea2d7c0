"""The shapes of answers: system routes, assistants, errors, limits."""

import json
from typing import Any

import pytest

from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread
from tests.contract.agent_server.conftest import RunningServer, make_settings, serve
from tests.contract.agent_server.graphs import build_graphs

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_system_routes(server: RunningServer) -> None:
    async with server.http(None) as client:
        assert (await client.get("/ok")).json() == {"ok": True, "services": {}}
        health = (await client.get("/health")).json()
        assert (health["live"], health["ready"], health["dependencies"]["database"]["ok"]) == (
            True,
            True,
            True,
        )
        metrics = await client.get("/metrics")
    assert (
        'narutalk_http_requests_total{method="GET",route="/health",service="test",status="200"}'
        in metrics.text
    )
    async with server.http() as client:
        info = (await client.get("/info")).json()
    assert set(info) == {"version", "langgraph_py_version", "flags", "host"}


async def test_is_not_ready_when_a_dependency_fails(tmp_path: Any) -> None:
    async def broken(_resources: Any) -> None:
        raise OSError("a secret address")

    async with (
        serve(make_settings(tmp_path), health_checks={"index": broken}) as server,
        server.http(None) as client,
    ):
        answer = await client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["index"]["ok"] is False
    assert answer.json()["dependencies"]["database"]["ok"] is True
    assert "secret" not in answer.text


async def test_documentation_is_for_dev_only(tmp_path: Any) -> None:
    settings = make_settings(tmp_path)
    public = (tmp_path / "keys/manager.pub").read_text(), (tmp_path / "keys/router.pub").read_text()
    production = settings.model_copy(
        update={"env": "production", "manager_public_key": public[0], "router_public_key": public[1]}
    )
    async with serve(production, signing_settings=settings) as server, server.http(None) as client:
        assert (await client.get("/docs")).status_code == 401
        assert (await client.get("/openapi.json")).status_code == 401


async def test_every_route_is_documented(server: RunningServer) -> None:
    async with server.http(None) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    missing = [
        (path, method) for path, ops in paths.items() for method, op in ops.items() if not op.get("summary")
    ]
    assert missing == []


async def test_assistants(server: RunningServer) -> None:
    client = server.sdk()
    [echo] = await client.assistants.search(graph_id="echo")
    assert echo["assistant_id"] == "046b5dc7-2108-582c-9c6c-31d556d138f0"  # as the reference derives it
    assert await client.assistants.get("echo") == echo == await client.assistants.get(echo["assistant_id"])
    assert await client.assistants.count() == len(build_graphs())
    schemas = await client.assistants.get_schemas("parent")
    assert {"input_schema", "output_schema", "state_schema", "context_schema"} <= set(schemas)
    assert "messages" in schemas["input_schema"]["properties"]  # type: ignore[index]
    assert list(await client.assistants.get_subgraphs("parent")) == ["child"]
    xray = await client.assistants.get_graph("parent", xray=True)
    assert "child:talk" in {node["id"] for node in xray["nodes"]}


CASES: list[tuple[str, str, Any, int, str | None]] = [
    ("GET", "/nope", None, 404, "route_not_found"),
    ("PUT", "/threads", {}, 405, "method_not_allowed"),
    ("GET", "/assistants/nope", None, 422, "assistant_id_invalid"),
    ("GET", "/assistants/00000000-0000-0000-0000-000000000000", None, 404, "assistant_not_found"),
    ("POST", "/runs/wait", {"assistant_id": "nope"}, 422, "assistant_unknown"),
    ("POST", "/runs/stream", {"input": {}}, 422, "invalid_input"),
    ("POST", "/runs/wait", {"assistant_id": "echo", "stream_mode": ["nope"]}, 422, "invalid_input"),
    ("POST", "/runs/wait", {"assistant_id": "echo", "webhook": "http://x"}, 422, "webhook_not_allowed"),
    ("POST", "/runs/wait", {"assistant_id": "echo", "command": {"goto": {}}}, 422, "invalid_input"),
    ("POST", "/runs/wait", {"assistant_id": "echo", "config": {"recursion_limit": 0}}, 422, "invalid_input"),
    ("POST", "/threads/search", {"limit": 1001}, 422, "invalid_input"),
    ("POST", "/threads/search", {"limit": 0}, 422, "invalid_input"),
    ("POST", "/threads/search", {"offset": -1}, 422, "invalid_input"),
    ("POST", "/threads/search", {"sort_by": "nope"}, 422, "invalid_input"),
    ("POST", "/threads/search", {"metadata": {'a"b': 1}}, 422, "invalid_input"),
    ("POST", "/threads/search", {"metadata": {"a": "\u0000"}}, 422, "invalid_input"),
    ("POST", "/threads/search", {"values": {"a": "\ud800"}}, 422, "invalid_input"),
    ("POST", "/assistants/search", {"limit": 1001}, 422, "invalid_input"),
    ("GET", "/threads/00000000-0000-0000-0000-000000000000/runs?limit=1001", None, 422, "invalid_input"),
    ("GET", "/threads/00000000-0000-0000-0000-000000000000/history?limit=1001", None, 422, "invalid_input"),
    ("GET", "/threads/not-a-uuid", None, 422, "thread_id_invalid"),
    ("GET", "/threads/00000000-0000-0000-0000-000000000000/runs/x", None, 422, "run_id_invalid"),
    ("GET", "/threads/00000000-0000-0000-0000-000000000000", None, 404, "thread_not_found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), CASES)
async def test_errors_have_one_shape(
    server: RunningServer, method: str, path: str, body: Any, status: int, code: str
) -> None:
    async with server.http() as client:
        sent = None if body is None else json.dumps(body)
        headers = {"X-Request-ID": "my-request-1", "Content-Type": "application/json"}
        answer = await client.request(method, path, content=sent, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["x-request-id"] == "my-request-1"
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert (error["code"], error["request_id"]) == (code, "my-request-1")
    assert answer.json()["detail"] == error["message"]


async def test_invalid_json_has_its_own_code(server: RunningServer) -> None:
    async with server.http() as client:
        answer = await client.post(
            "/runs/wait", content=b"{nope", headers={"content-type": "application/json"}
        )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_json")


async def test_a_malformed_field_is_named(server: RunningServer) -> None:
    async with server.http() as client:
        answer = await client.post("/runs/wait", json={"assistant_id": 7})
    assert answer.json()["error"]["details"]["fields"][0]["field"] == "assistant_id"


async def test_an_unknown_error_says_nothing(server: RunningServer) -> None:
    async with server.http() as client:
        answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


async def test_unknown_fields_are_refused(server: RunningServer) -> None:
    async with server.http() as client:
        answer = await client.post("/runs/wait", json={"assistant_id": "echo", "input": asks(), "unknown": 1})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"][0]["field"] == "unknown"


async def test_a_busy_thread_takes_no_update(server: RunningServer) -> None:
    from tests.contract.agent_server.test_runs import start_slow

    client = server.sdk()
    thread_id = await fresh_thread(client)
    name, run_id = await start_slow(server, client, thread_id)
    async with server.http() as http:
        answer = await http.post(f"/threads/{thread_id}/state", json={"values": {"note": "x"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "thread_busy")
    server.gates.released(name).set()
    await client.runs.join(thread_id, run_id)


async def test_text_that_is_no_unicode_is_answered(server: RunningServer) -> None:
    values = b'{"assistant_id":"echo","input":{"messages":[{"role":"user","content":"\\ud800 \\u0000"}]}}'
    async with server.http() as client:
        answer = await client.post("/runs/wait", content=values, headers={"content-type": "application/json"})
        kept = await client.post(
            f"/threads/{fresh_id()}/runs/wait",
            content=values.replace(b"{", b'{"if_not_exists":"create",', 1),
            headers={"content-type": "application/json"},
        )
    assert answer.status_code == 200
    assert kept.status_code in (200, 422)


async def test_what_one_database_cannot_search_disturbs_nobody(either_server: RunningServer) -> None:
    tag = fresh_id()
    odd = json.dumps({"metadata": {"tag": tag, "odd": "\u0000 \ud800"}})
    async with either_server.http() as client:
        made = await client.post("/threads", content=odd, headers={"content-type": "application/json"})
        assert made.status_code == 200
        assert (await client.get(f"/threads/{made.json()['thread_id']}")).json()["metadata"]["tag"] == tag
        await client.post("/threads", json={"metadata": {"tag": tag}})
        found = await client.post("/threads/search", json={"metadata": {"tag": tag}})
    assert found.status_code == 200
    assert {"tag": tag} in [thread["metadata"] for thread in found.json()]
