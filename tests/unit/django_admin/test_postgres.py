"""The manager's own processes on PostgreSQL: set-up, server, questions, search, and an orderly end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest

from tests.fakes.manager import csrf_field, keys_dir
from tests.fakes.router_server import FakeRouter, Gate
from tests.fakes.turns import document_turn
from tests.unit.django_admin.log_batches import batch, record, send
from tests.unit.django_admin.streams import asking, ids_of, read_messages

pytestmark = pytest.mark.slow

READY = "Uvicorn running on "
REVIEW_QUERIES = (
    ("?feedback=down&agent=document&q=숙박비&o=5", True),
    ("?errors=agent", False),
    ("?confidence=50", False),
    (f"?q={uuid4()}", False),
)


@pytest.fixture
def environment(postgres_url: str, router: FakeRouter) -> dict[str, str]:
    return {
        **os.environ,
        "NARUTALK_DATABASE_URL": postgres_url,
        "NARUTALK_DATA_DIR": str(keys_dir()),
        "NARUTALK_ROUTER_URLS": router.url,
        "NARUTALK_ADMIN_PASSWORD": "a good password",
    }


@contextmanager
def running_server(environment: dict[str, str]) -> Iterator[str]:
    """Run the manager, as uvicorn does, until the block ends; yield its address."""
    command = [sys.executable, "-m", "uvicorn", "django_admin.config.asgi:application", "--port", "0"]
    command += ["--timeout-graceful-shutdown", "1"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        while READY not in (line := process.stderr.readline()):
            lines.append(line)
            assert line, "".join(lines)
        address: str = json.loads(line)["event"]
        drain = ThreadPoolExecutor(1)
        rest = drain.submit(process.stderr.read)
        try:
            yield address.removeprefix(READY).split(" ")[0]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM), rest.result()
            drain.shutdown()


@contextmanager
def _signed_in(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        form = {"username": "admin", "password": "a good password"}
        page = client.get("/accounts/login/").text
        assert client.post(
            "/accounts/login/", data={**form, "csrfmiddlewaretoken": csrf_field(page)}
        ).is_redirect
        client.headers["X-CSRFToken"] = csrf_field(client.get("/").text)
        yield client


def test_from_set_up_to_answers(environment: dict[str, str], router: FakeRouter) -> None:
    setup = [sys.executable, "-m", "django_admin.setup"]
    subprocess.run(setup, env=environment, check=True, timeout=60, capture_output=True)
    body = {"message": "숙박비는 얼마인가요?", "message_id": str(uuid4())}
    gate = Gate()

    with running_server(environment) as url, _signed_in(url) as client:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: client.post("/api/chat", json=body), range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert len(router.runs) == 1
        assert client.get("/api/conversations?search=숙박비").json()["total"] == 1
        feedback = f"/api/messages/{answers[0].json()['answer_id']}/feedback"
        assert client.post(feedback, json={"rating": "down", "comment": "왜요?"}).status_code == 200
        for query, found in REVIEW_QUERIES:
            listed = client.get(f"/admin/conversations/conversation/{query}")
            assert (listed.status_code, "숙박비는 얼마인가요?" in listed.text) == (200, found), query
        router.script(*document_turn()[:7], gate)
        with asking(client) as source:
            conversation_id, _ = ids_of(source)
            gate.wait_until_reached()
    gate.open()

    with running_server(environment) as url, _signed_in(url) as client:
        _, answer = read_messages(client, conversation_id)
        assert (answer["status"], answer["content"]) == ("interrupted", "Up to ")


def test_logs_are_stored_once_and_found(environment: dict[str, str]) -> None:
    setup = [sys.executable, "-m", "django_admin.setup"]
    subprocess.run(setup, env=environment, check=True, timeout=60, capture_output=True)
    body = batch(
        record("숙박비 \x00 조회", request_id="request-1", data={"k": ["\x00"]}),
        record("실패", level="error", exception="ValueError: 없는 달"),
        dropped={"overflow": 3},
    )

    with running_server(environment) as url, _signed_in(url) as client:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: send(client, body), range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert sum(answer.json()["stored"] for answer in answers) == 2
        assert sum(answer.json()["duplicate"] for answer in answers) == 7
        logs = "/dashboard/logs/"
        assert "실패" in client.get(logs, params={"text": "없는 달", "level": "40"}).text
        assert "숙박비  조회" in client.get(logs, params={"request_id": "request-1"}).text
        assert "3 records of this time were lost" in client.get(logs).text

    # Its own records, the last of its life too, are there when it is back.
    with running_server(environment) as url, _signed_in(url) as client:
        page = client.get(logs, params={"service": "manager", "range": "all"}).text
        assert "/accounts/login/" in page
