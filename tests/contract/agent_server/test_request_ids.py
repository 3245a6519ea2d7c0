"""A run goes on apart from the request that started it, but what it logs still carries that request's id."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from narutalk.telemetry.log_queue import LogQueue
from narutalk.telemetry.log_shipping import LogShipper
from tests.contract.agent_server.asking import asks, fresh_thread
from tests.contract.agent_server.conftest import ANNA, RunningServer
from tests.unit.narutalk.telemetry.log_sinks import ScriptedSink

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def shipped() -> Iterator[ScriptedSink]:
    """What this process logs."""
    sink = ScriptedSink()
    shipper = LogShipper(service="test", instance="test", sink=sink, queue=LogQueue(linger_seconds=0))
    shipper.start()
    try:
        yield sink
    finally:
        shipper.close()


@pytest.mark.parametrize("path", ["runs", "runs/stream", "runs/wait"])
async def test_a_run_logs_under_its_request(
    server: RunningServer, shipped: ScriptedSink, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    thread_id = await fresh_thread(server.sdk())
    request_id = f"request-of-{path.replace('/', '-')}"
    body: dict[str, Any] = {"assistant_id": "fail", "input": asks()}

    async with server.http(ANNA.model_copy(update={"conversation_id": "conversation-1"})) as http:
        await http.post(f"/threads/{thread_id}/{path}", json=body, headers={"X-Request-ID": request_id})
        run_id = (await http.get(f"/threads/{thread_id}/runs")).json()[0]["run_id"]
        await http.get(f"/threads/{thread_id}/runs/{run_id}/join")
    shipped.wait_until(lambda: any(record["event"] == "run failed" for record in shipped.records))

    failed = next(record for record in shipped.records if record["event"] == "run failed")
    assert failed["request_id"] == request_id
    assert failed["run_id"] == run_id
    assert failed["conversation_id"] == "conversation-1"
    assert "exception" in failed
