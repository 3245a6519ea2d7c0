"""Ended runs are sent to where their requests say, if the settings allow it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.agent_server.runs import webhooks
from services.agent_server.storage.models import Run
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import RunningServer, make_settings, serve
from tests.contract.agent_server.instances import change_row, dead_process
from tests.fakes.webhook_receiver import WebhookReceiver, receive_webhooks

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with receive_webhooks() as listening:
        yield listening


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sender(
    receiver: WebhookReceiver, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    """A server that may send to the receiver, and retries at once."""
    settings = make_settings(tmp_path_factory.mktemp("data"))
    settings = settings.model_copy(update={"webhook_hosts": f"hooks.example.com, {receiver.host}"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhooks, "WAITS_SECONDS", (0.0, 0.0, 0.0, 0.0))
        async with serve(settings) as running:
            yield running


@pytest.fixture(autouse=True)
def _forget(receiver: WebhookReceiver) -> None:
    receiver.received.clear()
    receiver.paths.clear()
    receiver.statuses.clear()


async def test_a_run_is_sent_when_it_has_ended(sender: RunningServer, receiver: WebhookReceiver) -> None:
    sdk, thread_id = sender.sdk(), await fresh_thread(sender.sdk())
    url = f"http://{receiver.host}/hook?a=b"
    run = await sdk.runs.create(thread_id, "echo", input=asks(), webhook=url)
    await receiver.until(1)
    [sent] = receiver.received
    assert receiver.paths == ["/hook?a=b"]
    assert (sent["run_id"], sent["status"], sent["error"]) == (run["run_id"], "success", None)
    assert texts(sent["values"])[-1] == "echo: hi"
    assert sent["run_started_at"] <= sent["run_ended_at"] <= sent["webhook_sent_at"]
    assert "identity" not in sent


@pytest.mark.parametrize(("graph", "status"), [("fail", "error"), ("ask", "success")])
async def test_whatever_its_end_was(
    sender: RunningServer, receiver: WebhookReceiver, graph: str, status: str
) -> None:
    url = f"http://{receiver.host}/"
    await sender.sdk().runs.create(None, graph, input=asks(), webhook=url)
    await receiver.until(1)
    [sent] = receiver.received
    assert sent["status"] == status
    assert (sent["error"] or {}).get("message") == ("boom from node" if graph == "fail" else None)


async def test_a_run_without_a_row_is_sent_too(sender: RunningServer, receiver: WebhookReceiver) -> None:
    await sender.sdk().runs.wait(None, "echo", input=asks(), webhook=f"http://{receiver.host}/")
    await receiver.until(1)


async def test_what_does_not_get_through_is_tried_again_but_not_for_ever(
    sender: RunningServer, receiver: WebhookReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.statuses[:] = [500, None, 204]
    url = f"http://{receiver.host}/"
    await sender.sdk().runs.create(None, "echo", input=asks(), webhook=url)
    await receiver.until(3)
    assert len({sent["run_id"] for sent in receiver.received}) == 1
    receiver.statuses[:] = [500] * 4 + [204]
    run = await sender.sdk().runs.create(None, "echo", input=asks(), webhook=url)
    await receiver.until(7)
    given_up = [record for record in caplog.records if record.message == "webhook given up"]
    while not given_up:  # the answer to the last attempt is still to be read
        await sender.sdk().threads.count()
        given_up = [record for record in caplog.records if record.message == "webhook given up"]
    assert vars(given_up[0])["run_id"] == run["run_id"]
    assert receiver.statuses == [204]


async def test_a_redirect_is_not_followed(sender: RunningServer, receiver: WebhookReceiver) -> None:
    receiver.statuses[:] = [307, 204]
    await sender.sdk().runs.create(None, "echo", input=asks(), webhook=f"http://{receiver.host}/first")
    await receiver.until(2)
    assert receiver.paths == ["/first", "/first"]


@pytest.mark.parametrize(
    "url",
    [
        "http://{host}.evil.example/",
        "http://{host}@evil.example/",
        "http://evil.example/{host}",
        "http://evil.example#@{host}/",
        "http://127.0.0.1/",
        "http://hooks.example.com:8080/",
    ],
)
async def test_only_the_named_hosts_are_sent_to(
    sender: RunningServer, receiver: WebhookReceiver, url: str
) -> None:
    body: dict[str, Any] = {"assistant_id": "echo", "webhook": url.format(host=receiver.host)}
    async with sender.http() as http:
        for path in ("/runs/wait", "/runs", f"/threads/{fresh_id()}/runs"):
            answer = await http.post(path, json=body | {"if_not_exists": "create"})
            assert answer.status_code == 422
            assert answer.json()["error"]["code"] in ("webhook_not_allowed", "webhook_invalid")
        batch = await http.post("/runs/batch", json=[body])
        cron = await http.post("/runs/crons", json=body | {"schedule": "0 0 * * *"})
    assert (batch.status_code, cron.status_code) == (422, 422)


async def test_the_schemes_own_port_need_not_be_named(sender: RunningServer) -> None:
    async with sender.http() as http:
        url = "https://hooks.example.com:443/x"
        answer = await http.post(
            "/runs/crons",
            json={"assistant_id": "echo", "schedule": "0 0 1 1 *", "webhook": url, "enabled": False},
        )
    assert answer.status_code == 200, answer.text


async def test_a_run_that_is_given_up_is_sent_too(receiver: WebhookReceiver, tmp_path: Path) -> None:
    settings = make_settings(tmp_path).model_copy(update={"webhook_hosts": receiver.host})
    async with (
        serve(settings, process="host-a/1/1.00") as first,
        serve(settings, process="host-b/1/1.00") as second,
    ):
        thread_id = await fresh_thread(first.sdk())
        url = f"http://{receiver.host}/"
        run = await first.sdk().runs.create(thread_id, "slow", input=asks(fresh_id()), webhook=url)
        await change_row(settings, run["run_id"], process=dead_process(), attempt=3)
        await second.sdk().runs.get(thread_id, run["run_id"])
        await receiver.until(1)
    [sent] = receiver.received
    assert (sent["run_id"], sent["status"], sent["error"]["error"]) == (run["run_id"], "error", "RunLost")


async def test_a_process_that_may_not_send_does_not(
    receiver: WebhookReceiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The run was taken by a process whose settings allow its webhook, and ended in one whose do not."""
    run = Run(run_id=fresh_id(), kwargs={"webhook": f"http://{receiver.host}/"})
    sender = webhooks.Webhooks(make_settings(tmp_path))
    sender.deliver(run, None)
    await sender.close()
    assert "webhook not allowed here" in caplog.text
    assert receiver.received == []
