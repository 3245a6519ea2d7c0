"""Publishing a report by asking for it: shown as it will read, approved, and then there for everyone."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command
from sqlalchemy import Engine, update

from agents.employee.graph import build_graph
from narutalk.clock import build_clock
from narutalk.db import build_engine, database_url
from narutalk.identity import Identity, Role
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from tests.unit.tools.employees.sample import TODAY, fill
from tests.unit.tools.reports.samples import reports_in
from tools.employees.models import MonthlySales
from tools.employees.publications import Publications
from tools.employees.store import EmployeeStore
from tools.keyset import PageRequest

MANAGER = Identity(user_id="m", username="max", roles=frozenset({Role.MANAGER}))
USER = Identity(user_id="u", username="una")
ASKED = "Publish the performance report on Busan"
Agent = CompiledStateGraph[Any, Any, Any, Any]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = build_engine(database_url("", tmp_path, "employees"))
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def publications(engine: Engine) -> Publications:
    return Publications(engine)


@pytest.fixture
def agent(engine: Engine, publications: Publications, tmp_path: Path) -> Agent:
    store = EmployeeStore(engine, build_clock(TODAY))
    return build_graph(OfflineChatModel(), store, publications, reports_in(tmp_path), InMemorySaver())


def _thread(who: Identity = MANAGER) -> RunnableConfig:
    config: Any = run_config(who)
    config["configurable"]["thread_id"] = str(uuid4())
    thread: RunnableConfig = config
    return thread


async def _ask(agent: Agent, text: str, thread: RunnableConfig) -> dict[str, Any]:
    return dict(await agent.ainvoke({"messages": [HumanMessage(text)]}, thread))


async def _decide(agent: Agent, kind: str, thread: RunnableConfig) -> str:
    ended = await agent.ainvoke(Command(resume={"type": kind}), thread)
    return str(ended["messages"][-1].text)


@pytest.mark.parametrize(
    ("question", "title", "done"),
    [
        (ASKED, "Performance report: Busan", "was published"),
        ("부산 실적 보고서 게시해 줘", "부산", "게시했습니다"),
    ],
)
async def test_what_is_approved_is_published_as_it_was_shown(
    agent: Agent, publications: Publications, question: str, title: str, done: str
) -> None:
    thread = _thread()
    asked = await _ask(agent, question, thread)
    shown = [change["after"] for change in asked["__interrupt__"][0].value["changes"]]
    assert publications.list(PageRequest(limit=10)).total == 0

    assert done in await _decide(agent, "approve", thread)

    [report], _, total = publications.list(PageRequest(limit=10))
    assert total == 1
    assert [report.title, f"{report.period_start} – {report.period_end}", report.text] == shown
    assert title in report.title
    assert report.published_by == "max"
    assert report.figures["sales"]["total"]["amount_krw"] > 0


async def test_a_refused_report_leaves_no_trace(agent: Agent, publications: Publications) -> None:
    thread = _thread()
    await _ask(agent, ASKED, thread)
    assert "refused" in await _decide(agent, "reject", thread)
    assert publications.list(PageRequest(limit=10)).total == 0


async def test_who_may_not_publish_is_not_asked(agent: Agent) -> None:
    ended = await _ask(agent, ASKED, _thread(USER))
    assert "__interrupt__" not in ended
    assert "not permitted" in ended["messages"][-1].text


async def test_figures_that_changed_since_are_not_published(
    agent: Agent, publications: Publications, engine: Engine
) -> None:
    thread = _thread()
    await _ask(agent, ASKED, thread)
    with engine.begin() as connection:
        connection.execute(update(MonthlySales).values(amount_krw=MonthlySales.amount_krw + 1_000_000))

    assert "have changed" in await _decide(agent, "approve", thread)
    assert publications.list(PageRequest(limit=10)).total == 0


@pytest.mark.parametrize("conversations", [1, 2], ids=["one card twice", "two people"])
async def test_it_is_published_once(agent: Agent, publications: Publications, conversations: int) -> None:
    threads = [_thread() for _ in range(conversations)]
    for thread in threads:
        await _ask(agent, ASKED, thread)

    both = threads if conversations == 2 else threads * 2
    answers = await asyncio.gather(*(_decide(agent, "approve", thread) for thread in both))

    assert sum("was published" in answer for answer in answers) == (1 if conversations == 2 else 2)
    assert publications.list(PageRequest(limit=10)).total == 1


@pytest.mark.parametrize(
    "question",
    ["Who publishes reports?", "How did Busan perform?", "부산 실적 알려줘", "보고서를 게시하려면?"],
)
async def test_a_question_publishes_nothing(agent: Agent, question: str) -> None:
    assert "__interrupt__" not in await _ask(agent, question, _thread())
