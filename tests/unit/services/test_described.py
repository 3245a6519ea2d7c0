"""OpenAPI of the employee and the client service tells of everything, by examples that are answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from services.client.analyses import AnalyzeRequest, InsightRequest
from services.client.routes import router as client_router
from services.client.schemas import ANALYSES
from services.employee.routes import router as employee_router

ELSEWHERE = ("/reports", "/import")
"""Described with what they do."""


def routes(router: APIRouter) -> Iterator[tuple[APIRoute, dict[str, Any]]]:
    app = FastAPI()
    app.include_router(router)
    described = app.openapi()["paths"]
    for route in router.routes:
        assert isinstance(route, APIRoute)
        if not route.path.startswith(ELSEWHERE):
            yield route, described[route.path][next(iter(route.methods)).lower()]


OPERATIONS = [
    pytest.param(route, described, id=f"{next(iter(route.methods))} {route.path}")
    for router in (employee_router, client_router)
    for route, described in routes(router)
]


@pytest.mark.parametrize(("route", "described"), OPERATIONS)
def test_an_operation_is_described_with_its_parameters(route: APIRoute, described: dict[str, Any]) -> None:
    assert described["summary"]
    assert described["description"].endswith(".")
    for parameter in described.get("parameters", []):
        told = parameter | parameter["schema"]
        assert told.get("description"), parameter["name"]
        choices = [told, *told.get("anyOf", [])]
        shown = any({"example", "examples", "default", "enum"} & set(one) for one in choices)
        assert (
            shown
            or any("$ref" in one or one.get("type") == "boolean" for one in choices)
            or (parameter["name"] == "cursor")
        ), parameter["name"]


@pytest.mark.parametrize(("route", "described"), OPERATIONS)
def test_the_example_is_an_answer(route: APIRoute, described: dict[str, Any]) -> None:
    answer = described["responses"]["200"]
    assert answer["content"]["application/json"]["example"]
    example = route.responses[200]["content"]["application/json"]["example"]  # FastAPI leaves nulls out
    TypeAdapter(route.response_model).validate_python(example)
    if "GET" in route.methods:
        assert {"ETag", "Cache-Control"} <= set(answer["headers"])
        assert "304" in described["responses"]
    assert ("Link" in answer.get("headers", {})) is ("next_cursor" in example)
    assert "422" in described["responses"]


@pytest.mark.parametrize("name", ANALYSES)
def test_the_examples_of_analyses_can_be_asked(name: str) -> None:
    TypeAdapter(AnalyzeRequest | InsightRequest).validate_python(ANALYSES[name]["value"])
