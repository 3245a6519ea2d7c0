"""What a person's roles and groups open, from the manager's database to the tools and REST routes.

The manager signs what its database says of a person (`narutalk token`), the services verify it, and the tools
decide: salaries for the role hr, documents for their groups, clients for their regions.
"""

import os
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from tests.contract.services.asking import answer_of, asks
from tests.contract.services.running import RESTRICTED, RunningService

pytestmark = pytest.mark.slow

PEOPLE = """
from django_admin.accounts.models import User
for name, roles, groups in (
    ("plain", [], []),
    ("personnel", ["hr"], []),
    ("clerk", [], ["finance"]),
    ("busan", [], ["region:BUS"]),
    ("chief", ["manager"], ["region:BUS"]),
):
    user = User.objects.create_user(name, roles=roles)
    for group in groups:
        user.groups.add(user.groups.model.objects.get_or_create(name=group)[0])
"""


@pytest.fixture(scope="module")
def tokens(services: dict[str, RunningService]) -> dict[str, str]:
    """A token of each person, as the command prints it."""
    data_dir = str(services["client"].settings.data_dir)
    groups = [option for name in ("finance", "region:BUS") for option in ("--group", name)]
    _run("django_admin.setup", "--data-dir", data_dir, *groups)
    _run("services.cli", "manage", "--data-dir", data_dir, "shell", "-v", "0", "-c", PEOPLE)
    return {
        name: _run("services.cli", "token", "--user", name, "--data-dir", data_dir).strip()
        for name in ("plain", "personnel", "clerk", "busan", "chief")
    }


def _run(module: str, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def ask(services: dict[str, RunningService], tokens: dict[str, str]) -> Callable[[str, str, str], str]:
    """Ask an agent as a person, and return the answer's text."""

    def run(agent: str, name: str, question: str) -> str:
        with _client(services[agent], tokens[name]) as client:
            body = {"assistant_id": services[agent].graph_id, "input": asks(question)}
            response = client.post("/runs/wait", json=body)
        assert response.status_code == 200, response.text
        return answer_of(response.json())

    return run


def _client(service: RunningService, token: str) -> httpx.Client:
    return httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_salaries_are_for_hr(ask: Callable[[str, str, str], str]) -> None:
    question = "What is the salary of E0010?"
    assert "KRW a year" in ask("employee", "personnel", question)
    for name in ("plain", "chief"):
        answer = ask("employee", name, question)
        assert "not permitted to see salaries" in answer
        assert "KRW" not in answer


def test_documents_are_for_their_groups(
    services: dict[str, RunningService], tokens: dict[str, str], ask: Callable[[str, str, str], str]
) -> None:
    pages = {}
    for name in ("clerk", "plain"):
        with _client(services["document"], tokens[name]) as client:
            pages[name] = client.get("/documents", params={"limit": 100}).json()
            found = client.post("/search", json={"query": "재고 실사", "top_k": 20}).json()["hits"]
            assert (RESTRICTED in {hit["source"] for hit in found}) is (name == "clerk")
    titles = {name: {entry["source"] for entry in page["documents"]} for name, page in pages.items()}
    assert titles["plain"] < titles["clerk"]
    assert RESTRICTED in titles["clerk"] - titles["plain"]
    assert {name: page["total"] for name, page in pages.items()} == {
        name: len(page["documents"]) for name, page in pages.items()
    }
    title = next(entry["title"] for entry in pages["clerk"]["documents"] if entry["source"] == RESTRICTED)
    assert title in ask("document", "clerk", "어떤 문서가 있나요?")
    assert title not in ask("document", "plain", "어떤 문서가 있나요?")


def test_clients_are_for_their_regions(
    services: dict[str, RunningService], tokens: dict[str, str], ask: Callable[[str, str, str], str]
) -> None:
    regions = {}
    for name in ("plain", "busan", "chief"):
        with _client(services["client"], tokens[name]) as client:
            page = client.get("/clients", params={"limit": 100}).json()
            regions[name] = {entry["region_code"] for entry in page["clients"]}
            seoul = client.get("/clients", params={"region": "SEO"}).json()
            assert (seoul["total"] > 0) is (name != "busan")
            if name == "plain":
                hidden = seoul["clients"][0]
            assert client.get(f"/clients/{hidden['id']}").status_code == (404 if name == "busan" else 200)
    assert regions["busan"] == {"BUS"}
    assert regions["plain"] == regions["chief"] > {"BUS"}
    question = f"Tell me about {hidden['id']}"
    assert ask("client", "busan", question) == f"There is no client '{hidden['id']}'."
    assert hidden["name"]["en"] in ask("client", "chief", question)
