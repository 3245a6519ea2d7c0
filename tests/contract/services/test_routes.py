"""What is promised for every route of every service. It walks the apps: a new route is covered at once."""

import re
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import Route

from narutalk.identity import Issuer, build_signer, ensure_keys
from narutalk.settings import load_settings
from tests.contract.services.running import ANNA, MANAGER, RunningService

pytestmark = pytest.mark.slow

PUBLIC = {("GET", "/health"), ("GET", "/ok"), ("GET", "/metrics")}
DEV = {("GET", "/docs"), ("GET", "/openapi.json")}
REST = {
    "router": {("POST", "/analyze"), ("POST", "/route")},
    "document": {
        ("POST", "/search"),
        ("POST", "/embed"),
        ("POST", "/index"),
        ("GET", "/index/{job_id}"),
        ("GET", "/documents"),
        ("GET", "/documents/{document_id}"),
        ("DELETE", "/documents/{document_id}"),
    },
    "employee": {
        ("GET", "/employees"),
        ("GET", "/employees/{employee_id}"),
        ("GET", "/stats"),
        ("POST", "/analyze"),
        ("POST", "/reports"),
        ("GET", "/reports"),
        ("GET", "/reports/{report_id}"),
    },
    "client": {
        ("GET", "/clients"),
        ("GET", "/clients/{client_id}"),
        ("GET", "/transactions"),
        ("GET", "/contracts"),
        ("POST", "/analyze"),
        ("POST", "/reports"),
        ("GET", "/reports"),
        ("GET", "/reports/{report_id}"),
    },
}
LANGGRAPH = {
    ("GET", "/info"),
    ("POST", "/assistants/search"),
    ("GET", "/assistants/{assistant_id}"),
    ("GET", "/assistants/{assistant_id}/graph"),
    ("GET", "/assistants/{assistant_id}/schemas"),
    ("POST", "/threads"),
    ("POST", "/threads/search"),
    ("DELETE", "/threads/{thread_id}"),
    ("GET", "/threads/{thread_id}/state"),
    ("POST", "/threads/{thread_id}/history"),
    ("POST", "/threads/{thread_id}/runs/stream"),
    ("POST", "/threads/{thread_id}/runs/wait"),
    ("POST", "/runs/stream"),
    ("POST", "/runs/wait"),
}
LISTS = {
    "router": set[str](),
    "document": {"get /documents"},
    "employee": {"get /employees", "get /reports", "get /published-reports"},
    "client": {"get /clients", "get /transactions", "get /contracts", "get /reports"},
}
BY_OFFSET = {"get /documents", "get /reports"}
"""Those that are paged by offset; the others have cursors."""


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return the method and path of every route of an app."""
    return sorted({pair for route in app.router.routes for pair in _flat(route)})


def _flat(route: Any) -> list[tuple[str, str]]:
    if isinstance(route, APIRoute | Route):
        return [(method, route.path) for method in route.methods or () if method != "HEAD"]
    inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", [])
    return [pair for each in inner for pair in _flat(each)]


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", lambda _name: str(uuid4()), path)


def assert_error_body(body: dict[str, Any], code: str) -> None:
    assert set(body["error"]) == {"code", "message", "details", "request_id"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert isinstance(body["error"]["details"], dict)
    assert body["error"]["request_id"]


def test_every_promised_route_is_there(service: RunningService) -> None:
    missing = (PUBLIC | DEV | LANGGRAPH | REST[service.name]) - set(routes(service.app))
    assert not missing


def test_every_route_needs_a_token(service: RunningService) -> None:
    with service.http(None) as client:
        for method, path in routes(service.app):
            answer = client.request(method, filled(path))
            if (method, path) in PUBLIC | DEV:
                assert answer.status_code == 200, path
                continue
            assert answer.status_code == 401, (method, path)
            assert_error_body(answer.json(), "token_missing")
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", ["garbage", "expired", "of another key"])
def test_every_route_refuses_a_token_that_does_not_verify(
    service: RunningService, kind: str, tmp_path: Any
) -> None:
    token = _bad_token(service, kind, tmp_path)
    code = "token_expired" if kind == "expired" else "token_invalid"
    with service.http(None) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        for method, path in routes(service.app):
            if (method, path) in PUBLIC | DEV:
                continue
            answer = client.request(method, filled(path))
            assert answer.status_code == 401, (method, path)
            assert_error_body(answer.json(), code)


def _bad_token(service: RunningService, kind: str, tmp_path: Any) -> str:
    if kind == "garbage":
        return "not.a.token"
    if kind == "expired":
        return service.signer(lifetime_seconds=-60).sign(ANNA)
    stranger = load_settings(data_dir=tmp_path, _env_file=None)
    ensure_keys(stranger)
    return build_signer(stranger, Issuer.MANAGER).sign(ANNA)


def test_only_the_agents_accept_the_router(service: RunningService) -> None:
    token = build_signer(service.settings, Issuer.ROUTER).sign(ANNA)
    with service.http(None) as client:
        answer = client.get("/info", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == (401 if service.name == "router" else 200)


def test_the_request_id_comes_back(service: RunningService) -> None:
    given = f"test-{uuid4()}"
    with service.http(None) as client:
        for path in ("/ok", "/health", "/info", "/nowhere"):
            answer = client.get(path, headers={"X-Request-ID": given})
            assert answer.headers["x-request-id"] == given
            if answer.status_code != 200:
                assert answer.json()["error"]["request_id"] == given
        made = client.get("/ok", headers={"X-Request-ID": "<script>"}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_health_tells_what_works(service: RunningService) -> None:
    with service.http(None) as client:
        body = client.get("/health").json()
    assert set(body) == {"service", "live", "ready", "dependencies"}
    assert (body["service"], body["live"], body["ready"]) == (service.name, True, True)
    assert body["dependencies"]
    for dependency in body["dependencies"].values():
        assert dependency["ok"] is True
        assert dependency["duration_ms"] >= 0


def test_metrics_are_in_the_prometheus_format(service: RunningService) -> None:
    with service.http() as client:
        client.get(f"/threads/{uuid4()}")
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    samples = families["narutalk_http_requests"].samples
    counted = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"])
        for sample in samples
        if sample.name.endswith("_total")
    }
    assert {sample.labels["service"] for sample in samples} == {service.name}
    assert ("GET", "/threads/{thread_id}", "404") in counted
    assert families["narutalk_http_request_duration_seconds"].type == "histogram"


def test_a_body_that_is_no_json_is_refused(service: RunningService) -> None:
    walked = 0
    with service.http(MANAGER) as client:
        for path, methods in service.app.openapi()["paths"].items():
            for method, operation in methods.items():
                if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                    continue
                answer = client.request(
                    method, filled(path), content=b'{"a": ', headers={"Content-Type": "application/json"}
                )
                assert answer.status_code == 422, (method, path, answer.text)
                assert_error_body(answer.json(), "invalid_json")
                walked += 1
    assert walked >= 12


def test_a_body_of_the_wrong_shape_is_refused(service: RunningService) -> None:
    with service.http(MANAGER) as client:
        for path, methods in service.app.openapi()["paths"].items():
            for method, operation in methods.items():
                if "application/json" not in operation.get("requestBody", {}).get("content", {}):
                    continue
                answer = client.request(method, filled(path), json=["not", "an", "object"])
                assert answer.status_code == 422, (method, path, answer.text)
                assert_error_body(answer.json(), "invalid_input")
                assert answer.json()["error"]["details"]["fields"]


@pytest.mark.parametrize("name", ["limit", "offset"])
def test_every_list_route_has_bounds(service: RunningService, name: str) -> None:
    """Every ``limit`` and ``offset``, in a query or a body, names its maximum, and one more is refused."""
    described = service.app.openapi()
    walked = set()
    with service.http(MANAGER) as client:
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                for schema, place in _named(described, operation, name):
                    for beyond in (schema["maximum"] + 1, schema["minimum"] - 1, 10**30, "x"):
                        asked = {name: beyond}
                        sent: dict[str, Any] = {"params": asked} if place == "query" else {"json": asked}
                        answer = client.request(method, filled(path), **sent)
                        assert answer.status_code == 422, (method, path, answer.text)
                        assert_error_body(answer.json(), "invalid_input")
                        fields = [field["field"] for field in answer.json()["error"]["details"]["fields"]]
                        assert name in fields, (method, path)
                    walked.add(f"{method} {path}")
    lists = LISTS[service.name] if name == "limit" else LISTS[service.name] & BY_OFFSET
    assert walked >= lists | {"post /assistants/search", "post /threads/search"}


def _named(described: dict[str, Any], operation: dict[str, Any], name: str) -> list[tuple[Any, str]]:
    """Return the schemas of a parameter or a body's field of this name, and where it is sent."""
    found = [
        (entry["schema"], entry["in"]) for entry in operation.get("parameters", ()) if entry["name"] == name
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        body = described["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    if name in body.get("properties", {}):
        found.append((body["properties"][name], "body"))
    return found


def test_what_is_not_there_has_our_error_body(service: RunningService) -> None:
    with service.http() as client:
        assert_error_body(client.get("/nowhere").json(), "route_not_found")
        wrong = client.put("/threads")
        assert wrong.status_code == 405
        assert_error_body(wrong.json(), "method_not_allowed")
