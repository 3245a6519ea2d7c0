"""Every route refuses a stranger, and every id is its owner's alone. Generated from the app's own routes."""

from typing import Any, cast

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from starlette.routing import Route

from narutalk.identity import Issuer, build_signer, ingest_key
from services.agent_server.auth import DEV_PATHS, METRICS_PATH, PUBLIC_PATHS
from tests.contract.agent_server.asking import asks, fresh_id
from tests.contract.agent_server.conftest import ANNA, BORIS, RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODIES: dict[str, Any] = {
    "/threads/{thread_id}/runs/crons": {"assistant_id": "echo", "schedule": "0 0 1 1 *"},
    "/threads": {"if_exists": "do_nothing"},
    "/threads/{thread_id}": {"metadata": {"stolen": True}},
    "/threads/{thread_id}/state": {"values": {"note": "stolen"}, "as_node": "echo"},
    "/threads/{thread_id}/state/checkpoint": {"checkpoint": {}},
    "/threads/{thread_id}/stream/events": {"channels": ["values"]},
    "/threads/{thread_id}/commands": {
        "id": 1,
        "method": "run.start",
        "params": {"assistant_id": "echo", "input": asks("stolen")},
    },
}


def routes(server: RunningServer) -> list[tuple[str, str]]:
    """Return the method and path of every route of the app."""
    found = [_flat(route) for route in server.app.router.routes]
    return sorted({pair for pairs in found for pair in pairs})


def _flat(route: Any) -> list[tuple[str, str]]:
    if isinstance(route, APIRoute | Route):
        return [(method, route.path) for method in route.methods or () if method != "HEAD"]
    inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", [])
    return [pair for each in inner for pair in _flat(each)]


def filled(path: str, **ids: str) -> str:
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    for name in ("thread_id", "run_id", "checkpoint_id", "assistant_id", "namespace"):
        path = path.replace(f"{{{name}}}", fresh_id())
    return path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def annas(server: RunningServer) -> dict[str, str]:
    """A thread and a run of Anna's."""
    run: list[str] = []
    thread_id = fresh_id()
    await server.sdk(ANNA).runs.wait(
        thread_id,
        "echo",
        input=asks(),
        if_not_exists="create",
        on_run_created=lambda made: run.append(made["run_id"]),
    )
    return {"thread_id": thread_id, "run_id": run[0]}


async def test_the_walk_finds_the_routes(server: RunningServer) -> None:
    found = routes(server)
    assert ("GET", "/me") in found
    assert ("POST", "/threads/{thread_id}/runs/stream") in found
    assert len(found) >= 38


async def test_every_route_needs_a_token(server: RunningServer) -> None:
    async with server.http(None) as client:
        for method, path in routes(server):
            answer = await client.request(method, filled(path))
            if method == "GET" and path in {*PUBLIC_PATHS, *DEV_PATHS, METRICS_PATH}:
                assert answer.status_code == 200, path
            else:
                assert answer.status_code == 401, (method, path)
                assert answer.json()["error"]["code"] == "token_missing"
                assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/nope", "/threads/x/y/z", "/health/", "/metrics/x", "//ok", "/OK"])
async def test_unknown_paths_need_a_token_too(server: RunningServer, path: str) -> None:
    async with server.http(None) as client:
        assert (await client.get(path)).status_code == 401


async def test_other_methods_of_public_paths_need_a_token(server: RunningServer) -> None:
    async with server.http(None) as client:
        assert (await client.post("/health")).status_code == 401
        assert (await client.request("OPTIONS", "/ok")).status_code == 401


async def test_metrics_need_the_ingest_key_from_another_machine(server: RunningServer) -> None:
    forwarded = {"X-Forwarded-For": "10.0.0.9"}
    key = ingest_key(server.settings).get_secret_value()
    async with server.http(None) as client:
        for given, status in (
            ("", 401),
            ("Bearer wrong", 401),
            (f"Bearer {key}", 200),
            (f"bearer {key}", 200),
        ):
            answer = await client.get("/metrics", headers={**forwarded, "Authorization": given})
            assert answer.status_code == status, given
        assert (await client.get("/me", headers={"Authorization": f"Bearer {key}"})).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "bearer null"])
async def test_what_is_no_token_is_refused(server: RunningServer, header: str) -> None:
    async with server.http(None) as client:
        assert (await client.get("/me", headers={"Authorization": header})).status_code == 401


async def test_a_token_of_another_key_is_refused(server: RunningServer, tmp_path: Any) -> None:
    from tests.contract.agent_server.conftest import make_settings

    stranger = build_signer(make_settings(tmp_path), Issuer.MANAGER)
    async with server.http(None) as client:
        answer = await client.get("/me", headers={"Authorization": f"Bearer {stranger.sign(ANNA)}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_invalid")


async def test_the_router_acts_for_the_person(server: RunningServer, annas: dict[str, str]) -> None:
    token = build_signer(server.settings, Issuer.ROUTER).sign(ANNA)
    async with server.http(None) as client:
        headers = {"Authorization": f"Bearer {token}"}
        assert (await client.get("/me", headers=headers)).json() == "u-anna"
        assert (await client.get(f"/threads/{annas['thread_id']}", headers=headers)).status_code == 200


async def test_anothers_ids_are_not_found_on_any_route(server: RunningServer, annas: dict[str, str]) -> None:
    client = server.sdk(ANNA)
    before = (
        await client.threads.get(annas["thread_id"]),
        await client.threads.get_history(annas["thread_id"]),
    )
    run = {"assistant_id": "echo", "input": asks("stolen"), "if_not_exists": "create"}
    async with server.http(BORIS) as http:
        walked = 0
        for method, path in routes(server):
            if "{thread_id}" not in path:
                continue
            body = BODIES.get(path, run if "runs" in path else {})
            sent = {"json": body} if method in ("POST", "PATCH") else {}
            answer = await http.request(method, filled(path, **annas), **sent)
            assert answer.status_code == 404, (method, path, answer.text)
            assert answer.json()["error"]["code"] in ("thread_not_found", "run_not_found")
            assert "echo: hi" not in answer.text
            walked += 1
        assert walked >= 19
    after = (
        await client.threads.get(annas["thread_id"]),
        await client.threads.get_history(annas["thread_id"]),
    )
    assert after == before


async def test_anothers_threads_are_not_found_by_search_or_creation(
    server: RunningServer, annas: dict[str, str]
) -> None:
    threads = server.sdk(BORIS).threads
    assert await threads.search(ids=[annas["thread_id"]]) == []
    assert annas["thread_id"] not in {thread["thread_id"] for thread in await threads.search(limit=1000)}
    async with server.http(BORIS) as client:
        for if_exists in ("raise", "do_nothing"):
            body = {"thread_id": annas["thread_id"], "if_exists": if_exists}
            assert (await client.post("/threads", json=body)).status_code == 404


async def test_a_run_is_found_only_under_its_own_thread(server: RunningServer, annas: dict[str, str]) -> None:
    other = (await server.sdk(ANNA).threads.create())["thread_id"]
    async with server.http(ANNA) as client:
        assert (await client.get(f"/threads/{other}/runs/{annas['run_id']}")).status_code == 404


async def test_a_transient_run_is_its_owners(server: RunningServer) -> None:
    async with server.http(ANNA) as anna, server.http(BORIS) as boris:
        made = await anna.post("/runs/stream", json={"assistant_id": "echo", "input": asks()})
        assert (await boris.get(made.headers["location"])).status_code == 404
        assert (await anna.get(made.headers["location"])).status_code == 200


async def test_a_nodes_identity_is_the_tokens(either_server: RunningServer) -> None:
    forged = {
        "langgraph_auth_user": {"identity": "u-boris", "user_id": "u-boris"},
        "langgraph_auth_user_id": "u-boris",
        "user_id": "u-boris",
        "__pregel_runtime": {"server_info": {"user": {"user_id": "u-boris"}}},
        "thread_id": fresh_id(),
        "assistant_id": "other",
    }
    client = either_server.sdk(ANNA)
    thread_id = fresh_id()
    for options in (
        {"config": {"configurable": forged}},
        {"context": {"tone": "", "langgraph_auth_user": "u-boris", "user": {"user_id": "u-boris"}}},
        {"metadata": forged},
    ):
        values: Any = await client.runs.wait(
            thread_id, "whoami", input=asks(), if_not_exists="create", **cast(Any, options)
        )
        assert values["note"] == "u-anna hr,user"
    run = (await client.runs.list(thread_id))[0]
    assert "u-boris" not in str(run["metadata"])


async def test_context_reaches_the_graph_from_context_or_configurable(server: RunningServer) -> None:
    client = server.sdk(BORIS)
    one = await client.runs.wait(None, "whoami", input=asks(), context={"tone": "warm"})
    other = await client.runs.wait(None, "whoami", input=asks(), config={"configurable": {"tone": "dry"}})
    assert (one["note"], other["note"]) == ("u-boris user warm", "u-boris user dry")  # type: ignore[call-overload]
