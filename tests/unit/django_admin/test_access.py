"""Deny by default: every address there is, walked without a login; and writing needs the CSRF token."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import RegexPattern

from narutalk.identity import ingest_key
from tests.fakes.manager import Manager, manager_settings
from tests.unit.django_admin.streams import error_code

OPEN = {"/health", "/metrics", "/accounts/login/", "/accounts/language/", "/admin/login/"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _addresses(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    for entry in (resolver or get_resolver("django_admin.config.urls")).url_patterns:
        here = prefix + _filled(entry)
        if isinstance(entry, URLResolver):
            yield from _addresses(entry, here)
        else:
            yield here.replace("//", "/")


def _filled(entry: URLPattern | URLResolver) -> str:
    """Return an address in which every parameter has a value of its kind."""
    pattern: Any = entry.pattern
    if isinstance(entry.pattern, RegexPattern):
        first = re.sub(
            r"\(\?P<\w+>(\w+|\.\*)[^)]*\)", lambda found: found[1].replace(".*", "x"), pattern._regex
        )
        return first.replace(r"\Z", "").strip("^$")
    path = str(pattern._route)
    for name, converter in pattern.converters.items():
        kinds = ((UUIDConverter, str(UUID(int=1))), (IntConverter, "1"))
        value = next((value for kind, value in kinds if isinstance(converter, kind)), "x")
        path = re.sub(rf"<(\w+:)?{name}>", value, path)
    return path


def test_the_walk_finds_every_kind_of_address() -> None:
    found = set(_addresses())
    assert {"/", "/api/chat", "/api/docs", "/api/openapi.json", "/admin/", "/documents/x/file"} <= found
    assert f"/api/chat/stream/{UUID(int=1)}" in found
    assert not [address for address in found if set(address) & set("<>()^$")]


def test_nothing_is_open_without_a_login(manager: Manager) -> None:
    with manager.client() as nobody:
        for address in sorted(set(_addresses()) - OPEN):
            for method in METHODS:
                response = nobody.request(method, address)
                where = f"{method} {address}: {response.status_code}"
                if address.startswith("/ingest/"):
                    assert response.status_code == 401, where
                    assert error_code(response) == "unauthenticated", where
                elif address in ("/api/", "/api/openapi.json"):
                    assert response.status_code in (401, 403), where
                elif address.startswith("/api/") and address != "/api/docs":
                    assert response.status_code in (401, 405), where
                    assert error_code(response) in ("unauthenticated", "method_not_allowed"), where
                else:
                    assert response.status_code in (302, 403), where
                    if response.status_code == 302:
                        assert "/login/?next=" in response.headers["Location"], where


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/chat"),
        ("POST", "/api/chat/stream"),
        ("POST", f"/api/messages/{UUID(int=1)}/stop"),
        ("POST", f"/api/messages/{UUID(int=1)}/feedback"),
        ("PATCH", f"/api/conversations/{UUID(int=1)}"),
        ("DELETE", f"/api/conversations/{UUID(int=1)}"),
        ("DELETE", "/api/memories"),
        ("DELETE", f"/api/memories/{UUID(int=1)}"),
    ],
)
def test_writing_needs_the_csrf_token(client: httpx.Client, method: str, path: str) -> None:
    del client.headers["X-CSRFToken"]

    response = client.request(method, path, json={"message": "hi"})

    assert (response.status_code, error_code(response)) == (403, "csrf_failed")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "page_not_found"),
        ("DELETE", "/api/chat", 405, "method_not_allowed"),
        ("GET", "/api/conversations/no-uuid", 404, "page_not_found"),
        ("GET", "/api/conversations?limit=0", 422, "invalid_input"),
    ],
)
def test_every_error_of_the_api_has_one_shape(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = client.request(method, path)

    assert (response.status_code, error_code(response)) == (status, code)


def test_a_bug_is_answered_without_its_insides(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django_admin.gateway import conversations

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(conversations, "access_conversations", broken)

    response = client.get("/api/conversations")

    assert (response.status_code, error_code(response)) == (500, "internal_error")


def test_metrics_are_for_this_machine(manager: Manager) -> None:
    with manager.client() as nobody:
        nobody.get("/health")
        text = nobody.get("/metrics").text
        assert (
            'narutalk_http_requests_total{method="GET",route="/health",service="manager",status="200"}'
            in text
        )
        elsewhere = {"X-Forwarded-For": "10.0.0.9"}
        assert nobody.get("/metrics", headers=elsewhere).status_code == 401
        key = ingest_key(manager_settings()).get_secret_value()
        with_key = nobody.get("/metrics", headers={**elsewhere, "Authorization": f"Bearer {key}"})
        assert "# HELP narutalk_http_requests_total" in with_key.text


def test_health_tells_the_dependencies(manager: Manager) -> None:
    with manager.client() as nobody:
        response = nobody.get("/health")

    assert response.status_code == 200
    assert response.json() == {
        "live": True,
        "ready": True,
        "dependencies": {"database": "ok", "router": "ok"},
    }
