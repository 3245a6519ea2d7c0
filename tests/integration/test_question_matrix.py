"""The same questions on PostgreSQL, with two of each agent, and with one of the two killed in the middle.

`test_questions` asks all of them of one instance of each on SQLite. Here the hardest case is asked all of
them, the others a few of each kind.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from httpx_sse import connect_sse

from narutalk.registry import AGENTS
from tests.company import NOT_COPIED, Company, run_command, start_company
from tests.integration.questions import ENGLISH, KOREAN, Case, check, check_answer, name_of
from tests.postgres import database_url, make_database

pytestmark = pytest.mark.slow

FEW = (ENGLISH[0], ENGLISH[2], ENGLISH[5], KOREAN[3], KOREAN[9])
TEMPLATE = "company"


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


@dataclass
class Running:
    """The company of a cell.

    Attributes:
        company: Its processes.
        chat: A client with the administrator's session.
        unharmed: The agents that will lose an instance.
    """

    company: Company
    chat: httpx.Client
    unharmed: set[str]


class Companies:
    """Runs one company at a time, over a copy of loaded data; the questions of a cell follow each other."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request = request
        self._folder = folder
        self._cell: Cell | None = None
        self._running: Running | None = None
        self._open = ExitStack()

    def of(self, cell: Cell) -> Running:
        """Return the running company of a cell; it is started where another cell's runs, or none."""
        if self._running is None or self._cell != cell:
            self.close()
            self._running = self._start(cell)
            self._cell = cell
        return self._running

    def close(self) -> None:
        self._open.close()
        self._running = None

    def _start(self, cell: Cell) -> Running:
        if cell.database == "sqlite":
            source, url = self._request.getfixturevalue("company").settings.data_dir, ""
        else:
            source = self._request.getfixturevalue("prepared")
            server = self._request.getfixturevalue("postgres_server")
            url = make_database(server, f"company_{cell.instances}", template=TEMPLATE)
        data_dir = self._folder / str(cell)
        shutil.copytree(source, data_dir, ignore=shutil.ignore_patterns(*NOT_COPIED))
        agents = [agent.name for agent in AGENTS]
        counts = [f"{name}={cell.instances}" for name in agents if cell.instances > 1]
        scale = [argument for count in counts for argument in ("--scale", count)]
        company = self._open.enter_context(start_company(data_dir, *scale, database_url=url))
        chat = self._open.enter_context(company.login())
        return Running(company, chat, set(agents) if cell.killed else set())


@pytest.fixture(scope="module")
def companies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Companies]:
    opened = Companies(request, tmp_path_factory.mktemp("cells"))
    with closing(opened):
        yield opened


@pytest.mark.timeout(300)  # a cell's first question waits for its company
@pytest.mark.parametrize(
    ("cell", "expected"), ASKED, ids=lambda one: name_of(one) if isinstance(one, Case) else str(one)
)
def test_the_answer_is_right(companies: Companies, cell: Cell, expected: Case) -> None:
    running = companies.of(cell)
    victims = running.unharmed & expected.agents
    if not victims or expected.after:
        check(running.company, running.chat, expected)
        return
    running.unharmed -= victims
    answer = _ask_and_kill(running.company, running.chat, expected.question, victims)
    check_answer(running.company, answer, expected)


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
