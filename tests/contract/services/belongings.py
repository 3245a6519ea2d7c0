"""Makes what is one person's at a service, reads all of it, and names its ids."""

import time
from typing import Any
from uuid import uuid4

import httpx

from narutalk.identity import Identity, Role
from narutalk.registry import AGENTS
from narutalk.threads import agent_thread_id
from tests.contract.services.asking import ENGLISH, asks
from tests.contract.services.ownership import MARKER, routes
from tests.contract.services.running import RunningService

OWNER = Identity(
    user_id=f"u-{MARKER}",
    username=MARKER,
    roles=frozenset({Role.USER, Role.MANAGER}),
    groups=frozenset({"owners"}),
)
WAIT_SECONDS = 30

Ids = dict[str, str]
Read = tuple[str, str, Any]


def hold_conversation(router: RunningService) -> str:
    """Ask the router what each agent answers, on one thread; return its id."""
    with router.http(OWNER) as client:
        thread_id = _thread(client)
        for agent in AGENTS:
            _run(client, thread_id, router.graph_id, f"{ENGLISH[agent.name].text} ({MARKER})")
    return thread_id


def make_belongings(service: RunningService, conversation_id: str) -> list[Ids]:
    """Make one of each kind; return their ids, a second time with the thread the conversation made here."""
    with service.http(OWNER) as client:
        thread_id = _thread(client)
        _run(client, thread_id, service.graph_id, f"안녕하세요 {MARKER}")
        served = set(routes(service.app))
        ids = {"graph_id": service.graph_id, "owner_id": OWNER.user_id, "namespace": "notes"}
        ids |= _newest(client, thread_id)
        ids |= _of_langgraph(client, served, service.graph_id, thread_id)
        ids |= _of_the_service(client, service.name)
        threads = [thread_id]
        if service.name == "router":
            threads.append(conversation_id)
        elif service.name != "graphs":
            threads.append(agent_thread_id(conversation_id, service.name))
        else:
            threads.append(_start_slow(client))
        return [ids | _newest(client, one) for one in threads]


def read_everything(service: RunningService, all_ids: list[Ids]) -> dict[str, Any]:
    """Return all that the owner sees of it."""
    with service.http(OWNER) as client:
        found = {}
        for method, path, body in _reads(service, all_ids):
            answer = client.request(method, path, json=body) if body is not None else client.get(path)
            assert answer.status_code == 200, (path, answer.text)
            found[f"{method} {path} {body}"] = answer.json()
        return found


def random_ids(ids: Ids) -> Ids:
    """Return ids of nothing."""
    kept = ("graph_id", "owner_id", "namespace")
    return {name: value if name in kept else str(uuid4()) for name, value in ids.items()}


def _reads(service: RunningService, all_ids: list[Ids]) -> list[Read]:
    served = set(routes(service.app))
    reads: list[Read] = [("POST", "/threads/search", {"limit": 1000}), ("POST", "/assistants/search", {})]
    for ids in all_ids:
        thread, run = f"/threads/{ids['thread_id']}", f"/runs/{ids['run_id']}"
        reads += [("GET", f"{thread}{rest}", None) for rest in ("", "/state", "/runs?limit=100", run)]
        reads.append(("POST", f"{thread}/history", {"limit": 100}))
    ids = all_ids[0]
    if ("POST", "/assistants") in served:
        reads.append(("POST", f"/assistants/{ids['assistant_id']}/versions", {}))
    if ("POST", "/runs/crons") in served:
        reads.append(("POST", "/runs/crons/search", {"limit": 100}))
    if ("PUT", "/store/items") in served:
        reads.append(("POST", "/store/items/search", {"namespace_prefix": []}))
    paths = {
        "job_id": "/index/{}",
        "document_id": "/documents/{}",
    }
    reads += [("GET", path.format(ids[name]), None) for name, path in paths.items() if name in ids]
    if service.name in ("employee", "client"):
        reads.append(("GET", "/reports", None))
    return reads


def _of_langgraph(client: httpx.Client, served: set[tuple[str, str]], graph_id: str, thread_id: str) -> Ids:
    ids = {"assistant_id": str(uuid4()), "cron_id": str(uuid4())}
    if ("POST", "/assistants") in served:
        made = _post(
            client,
            "/assistants",
            {"graph_id": graph_id, "name": MARKER, "metadata": {"note": MARKER}, "description": MARKER},
        )
        ids["assistant_id"] = made["assistant_id"]
    if ("POST", "/runs/crons") in served:
        body = {"assistant_id": graph_id, "schedule": "0 0 1 1 *", "input": asks(MARKER)}
        _post(client, f"/threads/{thread_id}/runs/crons", body)
        ids["cron_id"] = _post(client, "/runs/crons", body)["cron_id"]
    if ("PUT", "/store/items") in served:
        item = {"namespace": ["notes", thread_id], "key": "kept", "value": {"note": MARKER}}
        client.put("/store/items", json=item).raise_for_status()
    return ids


def _of_the_service(client: httpx.Client, name: str) -> Ids:
    if name == "document":
        text = {"title": MARKER, "text": f"The {MARKER} is in the blue cabinet.", "groups": ["owners"]}
        job_id = _post(client, "/index", {"documents": [text]})["job_id"]
        _until(lambda: client.get(f"/index/{job_id}").json()["status"] == "succeeded")
        found = client.get("/documents", params={"search": MARKER}).json()["documents"]
        return {"job_id": job_id, "document_id": found[0]["document_id"]}
    if name == "employee":
        employee_id = client.get("/employees").json()["employees"][0]["id"]
        report = _post(client, "/reports", {"format": "xlsx"})
        return {"report_id": report["id"], "employee_id": employee_id}
    if name == "client":
        report = _post(client, "/reports", {"kind": "receivables", "format": "xlsx"})
        client_id = client.get("/clients").json()["clients"][0]["id"]
        return {"report_id": report["id"], "client_id": client_id}
    return {}


def _start_slow(client: httpx.Client) -> str:
    """Start a run that does not end by itself, and wait until it has written its checkpoints."""
    thread_id = _thread(client)
    body = {"assistant_id": "slow", "input": asks(MARKER), "stream_resumable": True}
    _post(client, f"/threads/{thread_id}/runs", body)
    _until(lambda: client.get(f"/threads/{thread_id}/state").json()["next"] == ["slow"])
    return thread_id


def _thread(client: httpx.Client) -> str:
    return str(_post(client, "/threads", {"metadata": {"note": MARKER}})["thread_id"])


def _run(client: httpx.Client, thread_id: str, graph_id: str, text: str) -> None:
    values = _post(client, f"/threads/{thread_id}/runs/wait", {"assistant_id": graph_id, "input": asks(text)})
    assert "__error__" not in values, values


def _newest(client: httpx.Client, thread_id: str) -> Ids:
    run = client.get(f"/threads/{thread_id}/runs").raise_for_status().json()[0]
    state = client.get(f"/threads/{thread_id}/state").raise_for_status().json()
    assert MARKER in str(state["values"])
    return {
        "thread_id": thread_id,
        "run_id": run["run_id"],
        "checkpoint_id": state["checkpoint"]["checkpoint_id"],
    }


def _post(client: httpx.Client, path: str, body: Any) -> Any:
    return client.post(path, json=body).raise_for_status().json()


def _until(holds: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
