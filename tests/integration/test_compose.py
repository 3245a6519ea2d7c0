"""deploy/compose.yaml in production mode: every process with its own variables only, and questions to it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import pytest

from narutalk.identity import Identity, Issuer, Role, build_signer
from narutalk.settings import load_settings
from tests.company import CSRF_COOKIE, LOGIN_PATH, free_ports
from tests.composition import (
    CHROMA_OFFSET,
    EXAMPLE,
    Composition,
    read_compose,
    read_env_file,
    run_composition,
)

pytestmark = pytest.mark.slow

POLICY = "# Umbrella policy\n\nEvery visitor may borrow one of the 37 company umbrellas for two days.\n"
INDEX_TIMEOUT_SECONDS = 30
SIZES_BYTES = {"m": 1024**2, "g": 1024**3}


@pytest.fixture(scope="module")
def composition(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Composition]:
    made = subprocess.run(
        [sys.executable, "-m", "services.cli", "secrets"], capture_output=True, text=True, check=True
    )
    variables = read_env_file(EXAMPLE.read_text() + made.stdout)
    folder = tmp_path_factory.mktemp("compose")
    with run_composition(variables, free_ports(CHROMA_OFFSET + 1), folder, postgres_server) as running:
        yield running


@pytest.fixture(scope="module")
def chat(composition: Composition) -> Iterator[httpx.Client]:
    """A client with the administrator's session; TLS ends before the manager, as it does behind a proxy."""
    with httpx.Client(base_url=composition.url, timeout=60) as client:
        client.headers.update({"X-Forwarded-Proto": "https", "Host": "localhost"})
        client.get(LOGIN_PATH).raise_for_status()
        answer = client.post(LOGIN_PATH, data=_login(client, composition), headers=_session(client))
        assert answer.status_code == httpx.codes.FOUND, answer.text
        client.headers.update(_session(client))
        yield client


def _login(client: httpx.Client, composition: Composition) -> dict[str, str]:
    return {
        "username": composition.variables["NARUTALK_ADMIN_USERNAME"],
        "password": composition.variables["NARUTALK_ADMIN_PASSWORD"],
        "csrfmiddlewaretoken": client.cookies[CSRF_COOKIE],
    }


def _session(client: httpx.Client) -> dict[str, str]:
    """The cookies, which are for TLS only, and what a browser sends with them."""
    assert all(cookie.secure for cookie in client.cookies.jar)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    return {
        "Cookie": cookies,
        "X-CSRFToken": client.cookies[CSRF_COOKIE],
        "Referer": "https://localhost/",
        "Origin": "https://localhost",
    }


def ask(chat: httpx.Client, message: str) -> dict[str, Any]:
    answer = chat.post("/api/chat", json={"message": message})
    assert answer.status_code == httpx.codes.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


@contextmanager
def _service(composition: Composition, name: str) -> Iterator[httpx.Client]:
    """A client of a service with an administrator's token, signed as the manager signs."""
    key = composition.variables["NARUTALK_MANAGER_PRIVATE_KEY"]
    signer = build_signer(load_settings(manager_private_key=key, _env_file=None), Issuer.MANAGER)
    token = signer.sign(Identity(user_id="1", username="admin", roles=frozenset({Role.ADMIN})))
    url = f"http://127.0.0.1:{composition.port(name)}"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


def _index(documents: httpx.Client, **sent: Any) -> dict[str, Any]:
    """Send documents to be indexed, and return how the job ended."""
    job = documents.post("/index", **sent).json()["job_id"]
    deadline = time.monotonic() + INDEX_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        state: dict[str, Any] = documents.get(f"/index/{job}").json()
        if state["status"] in ("succeeded", "failed"):
            return state
        time.sleep(0.05)
    raise AssertionError(f"the job has not ended: {state}")


def test_a_general_question_is_answered(chat: httpx.Client) -> None:
    assert "Documents" in ask(chat, "Good morning! How are you?")["response"]


def test_every_agent_answers(chat: httpx.Client) -> None:
    asked = {
        "document": "What is the company's policy on bringing dogs to the office?",
        "employee": "How many employees are in the Sales department?",
        "client": "What are the top 3 clients in Busan this year?",
    }
    for agent, question in asked.items():
        agents = ask(chat, question)["agents"]
        assert [(one["name"], one["status"]) for one in agents] == [(agent, "success")]


def test_an_uploaded_document_is_found_and_kept(composition: Composition, chat: httpx.Client) -> None:
    with _service(composition, "document") as client:
        files = {"files": ("umbrella-policy.md", POLICY.encode())}
        assert _index(client, files=files)["status"] == "succeeded"

        answer = ask(chat, "For how many days may a visitor borrow a company umbrella?")
        assert "two days" in answer["response"]
        assert {citation["source"] for citation in answer["citations"]} == {"umbrella-policy.md"}

        document = client.get("/documents").json()["documents"][0]
        original = client.get(f"/documents/{document['document_id']}/file")
        assert original.text == POLICY


def test_nul_characters_are_no_error_on_postgresql(composition: Composition) -> None:
    asked = {
        "employee": ("/employees/a%00b",),
        "client": ("/clients/a%00b", "/contracts?client_id=a%00b", "/transactions?client_id=a%00b"),
        "document": (
            "/documents/a%00b",
            "/index/a%00b",
            "/documents?search=a%00b",
            "/documents?category=%00",
        ),
    }
    for service, paths in asked.items():
        with _service(composition, service) as client:
            for path in paths:
                assert client.get(path).status_code in (httpx.codes.OK, httpx.codes.NOT_FOUND), path
    with _service(composition, "document") as client:
        text = {"title": "Nul\0", "text": "Boxes\0 are stacked four high.", "metadata": {"category": "\0"}}
        assert _index(client, json={"documents": [text]})["status"] == "succeeded"


def test_only_what_has_a_volume_writes_files(composition: Composition) -> None:
    services = read_compose()["services"]
    wrote = {name for name in composition.processes if any(composition.data_dir(name).iterdir())}
    assert wrote <= {name for name in services if services[name].get("volumes")}
    assert {"document", "chroma"} <= wrote


def test_each_process_fits_its_memory_limit(composition: Composition) -> None:
    for name, process in composition.processes.items():
        if process.poll() is None:
            limit = read_compose()["services"][name]["deploy"]["resources"]["limits"]["memory"]
            used = psutil.Process(process.pid).memory_info().rss
            assert used < 0.8 * int(limit[:-1]) * SIZES_BYTES[limit[-1]], (
                f"{name}: {used >> 20} MB of {limit}"
            )


def test_without_its_secrets_a_process_says_what_is_missing(composition: Composition) -> None:
    for service in ("manager", "worker", "router", "client"):
        environment = composition.environment(service)
        del environment["NARUTALK_INGEST_KEY"]
        ended = subprocess.run(
            [sys.executable, "-m", "services.process", service],
            env={**environment, "PYTHONPATH": str(composition.source)},
            cwd=composition.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert "NARUTALK_ENV=production needs NARUTALK_INGEST_KEY" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_everything_ends_when_it_is_asked_to(composition: Composition) -> None:
    composition.stop()
    for name, process in composition.processes.items():
        assert process.returncode in (0, -signal.SIGTERM), (name, composition.log(name))
        assert "Traceback" not in composition.log(name), composition.log(name)
