"""The same questions on PostgreSQL, with two of each agent, and with one of the two killed in the middle.

`test_questions` asks all of them of one instance of each on SQLite. Here the hardest case is asked all of
them, the others a few of each kind.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from httpx_sse import connect_sse

from narutalk.registry import AGENTS
from tests.company import Company, run_command, start_company
from tests.integration.questions import ENGLISH, KOREAN, Case, check, check_answer, name_of
from tests.postgres import database_url, make_database

pytestmark = pytest.mark.slow

FEW = (ENGLISH[0], ENGLISH[2], ENGLISH[5], KOREAN[3], KOREAN[9])
TEMPLATE = "company"
NOT_COPIED = ("*-wal", "*-shm", "logs")


class Cell(NamedTuple):
    """One of the companies.

    Attributes:
        database: ``sqlite`` or ``postgresql``.
        instances: Of each agent.
        killed: Whether the first instance of each agent is killed with -9 while a question is answered.
        questions: Asked one after the other.
    """

    database: str
    instances: int
    killed: bool
    questions: tuple[Case, ...]

    def __str__(self) -> str:
        return f"{self.database}-{self.instances}{'-killed' * self.killed}"


CELLS = [
    Cell("postgresql", 1, False, FEW),
    Cell("sqlite", 2, True, FEW),
    Cell("postgresql", 2, True, (*ENGLISH, *KOREAN)),
]
ASKED = [(cell, question) for cell in CELLS for question in cell.questions]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Path:
    """Load the sample company into a PostgreSQL without a database, once; return the data dir."""
    data_dir = tmp_path_factory.mktemp("prepared") / "data"
    run_command(
        "prepare", "--sample", data_dir=data_dir, database_url=database_url(postgres_server, TEMPLATE)
    )
    return data_dir


@pytest.fixture(scope="module")
def cell(request: pytest.FixtureRequest) -> Cell:
    found: Cell = request.param
    return found


@pytest.fixture(scope="module")
def cell_company(
    cell: Cell, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    """A company of the cell's kind, over a copy of loaded data."""
    if cell.database == "sqlite":
        source, url = request.getfixturevalue("company").settings.data_dir, ""
    else:
        source = request.getfixturevalue("prepared")
        server = request.getfixturevalue("postgres_server")
        url = make_database(server, f"company_{cell.instances}", template=TEMPLATE)
    data_dir = tmp_path_factory.mktemp("cell") / "data"
    shutil.copytree(source, data_dir, ignore=shutil.ignore_patterns(*NOT_COPIED))
    scale = [
        argument
        for agent in AGENTS
        if cell.instances > 1
        for argument in ("--scale", f"{agent.name}={cell.instances}")
    ]
    with start_company(data_dir, *scale, database_url=url) as started:
        yield started


@pytest.fixture(scope="module")
def chat(cell_company: Company) -> Iterator[httpx.Client]:
    with cell_company.login() as client:
        yield client


@pytest.fixture(scope="module")
def to_kill(cell: Cell) -> set[str]:
    """The agents that have not lost an instance yet."""
    return {agent.name for agent in AGENTS} if cell.killed else set()


@pytest.mark.parametrize(
    ("cell", "expected"),
    ASKED,
    ids=lambda one: name_of(one) if isinstance(one, Case) else str(one),
    indirect=["cell"],
    scope="module",  # or else each question would have a company of its own
)
def test_the_answer_is_right(
    cell_company: Company, chat: httpx.Client, to_kill: set[str], expected: Case
) -> None:
    unharmed = to_kill & expected.agents
    if not unharmed or expected.after:
        check(cell_company, chat, expected)
        return
    to_kill -= unharmed
    check_answer(cell_company, _ask_and_kill(cell_company, chat, expected.question, unharmed), expected)


def _ask_and_kill(company: Company, chat: httpx.Client, question: str, agents: set[str]) -> dict[str, Any]:
    """Ask, kill the first instance of each agent as soon as it begins, and return the answer."""
    pids = company.child_pids()
    killed = set()
    with connect_sse(chat, "POST", "/api/chat/stream", json={"message": question}) as source:
        for sse in source.iter_sse():
            event: dict[str, Any] = sse.json()
            if event["type"] == "agent_start" and event["agent"] in agents:
                os.kill(pids[f"{event['agent']}-1"], signal.SIGKILL)
                killed.add(event["agent"])
    assert killed == agents
    assert event["type"] == "final"
    return event
