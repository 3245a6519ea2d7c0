"""What a browser is told about pages of other origins."""

from pathlib import Path

import pytest

from tests.contract.agent_server.asking import asks
from tests.contract.agent_server.conftest import RunningServer, make_settings, serve

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = "http://localhost:3000"
ASKS_FIRST = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
}


async def test_no_other_origin_may_call_by_default(server: RunningServer) -> None:
    async with server.http() as client:
        first = await client.options("/runs/stream", headers=ASKS_FIRST)
        answer = await client.get("/info", headers={"Origin": PAGE})
    assert not [name for name in (*first.headers, *answer.headers) if name.startswith("access-control")]


async def test_a_configured_origin_may_call_and_read_where_a_run_is(tmp_path: Path) -> None:
    settings = make_settings(tmp_path).model_copy(update={"cors_origins": f"https://other.example, {PAGE}"})
    async with serve(settings) as server:
        async with server.http(None) as client:
            first = await client.options("/runs/stream", headers=ASKS_FIRST)
            refused = await client.post("/runs/stream", json={}, headers={"Origin": PAGE})
        async with server.http() as client:
            body = {"assistant_id": "echo", "input": asks()}
            answer = await client.post("/runs/stream", json=body, headers={"Origin": PAGE})
            stranger = await client.get("/info", headers={"Origin": "https://evil.example"})
    assert first.status_code == 200
    assert first.headers["access-control-allow-origin"] == PAGE
    assert "last-event-id" in first.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in first.headers
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == PAGE
    exposed = answer.headers["access-control-expose-headers"]
    assert {"location", "content-location", "x-pagination-total", "x-pagination-next"} <= set(
        exposed.split(", ")
    )
    assert "access-control-allow-origin" not in stranger.headers
