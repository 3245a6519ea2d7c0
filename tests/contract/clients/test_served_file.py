"""What a browser and others reach of a file that is served without authentication."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.agent_server.graphs.file import read_graph_file
from services.serve import build_app
from tests.contract.clients.serving import ServedApp, make_settings, serve_app

EXAMPLE = Path(__file__).parents[3] / "examples" / "serve"
LOCAL_PAGE = "http://localhost:3000"
NAMED_PAGE = "https://chat.example.com"
OTHER_PAGE = "https://evil.example.com"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory, _clean_environment: None) -> Iterator[ServedApp]:
    """The example, and a page elsewhere that may call it."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "graphs.py").write_text((EXAMPLE / "graphs.py").read_text())
    content = json.loads((EXAMPLE / "langgraph.json").read_text())
    content["http"] = {"cors": {"allow_origins": [NAMED_PAGE]}}
    (folder / "langgraph.json").write_text(json.dumps(content))
    settings = make_settings(folder / "data")
    app = build_app(read_graph_file(folder / "langgraph.json"), settings, service="serve", no_auth=True)
    with serve_app(app, settings) as running:
        yield running


def ask(open_server: ServedApp, **headers: str) -> httpx.Response:
    body = {"assistant_id": "greeter", "input": {}}
    return httpx.post(f"{open_server.url}/runs/wait", json=body, headers=headers)


@pytest.mark.parametrize("page", [LOCAL_PAGE, NAMED_PAGE])
def test_pages_that_may_call_are_answered_and_may_read_the_headers(open_server: ServedApp, page: str) -> None:
    asked: Any = {"origin": page, "access-control-request-method": "POST"}
    preflight = httpx.options(f"{open_server.url}/runs/wait", headers=asked)
    assert preflight.status_code == httpx.codes.OK
    assert preflight.headers["access-control-allow-origin"] == page
    answer = ask(open_server, origin=page)
    assert answer.json() == {"text": "Hello, local!"}
    assert answer.headers["access-control-allow-origin"] == page
    assert "content-location" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    "headers",
    [{"origin": OTHER_PAGE}, {"host": "evil.example.com"}, {"x-forwarded-for": "192.0.2.1"}],
)
def test_others_are_refused(open_server: ServedApp, headers: dict[str, str]) -> None:
    answer = ask(open_server, **headers)
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.json()["error"]["code"] == "not_local"
    assert "access-control-allow-origin" not in answer.headers


async def test_each_graph_is_an_assistant(open_server: ServedApp) -> None:
    async with open_server.sdk() as client:
        greeter = await client.assistants.get("greeter")
        assert greeter["description"] == "Greets whoever asks by name."
        assert (await client.assistants.get("orders"))["description"] is None
