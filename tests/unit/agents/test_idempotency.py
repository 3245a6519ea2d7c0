"""A tool that changes something does it once, however often it is called for it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt

from agents.agent import build_agent
from agents.card import AgentCard
from narutalk.errors import ConfigurationError
from narutalk.idempotency import idempotency_key
from tests.fakes.scripted_chat import ScriptedChat

CARD = AgentCard("toy", {}, {})


class Payments:
    """Pays, and is told to die behind the payment as often as a test says."""

    def __init__(self, path: Path) -> None:
        self._table = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._table.execute("CREATE TABLE payments (key TEXT PRIMARY KEY, sum INT)")
        self.deaths = 0
        self.keys: list[str] = []

    def close(self) -> None:
        self._table.close()

    @property
    def sums(self) -> list[int]:
        return [row[0] for row in self._table.execute("SELECT sum FROM payments ORDER BY sum")]

    def tool(self, *, asks_first: bool = False) -> BaseTool:
        @tool
        async def pay(sum: int, runtime: ToolRuntime) -> str:
            """Pay a sum."""
            if asks_first and interrupt(f"pay {sum}?") != "yes":
                return "not paid"
            key = idempotency_key(runtime)
            self.keys.append(key)
            self._table.execute("INSERT OR IGNORE INTO payments VALUES (?, ?)", (key, sum))
            if self.deaths:
                self.deaths -= 1
                raise RuntimeError("the process died behind the payment")
            return f"paid {sum}"

        return pay


@pytest.fixture
def payments(tmp_path: Path) -> Any:
    made = Payments(tmp_path / "payments.db")
    yield made
    made.close()


def paying(*sums: int) -> Any:
    """Return a script that calls for the payments at once, with other call ids each time."""

    def script(messages: Sequence[BaseMessage]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            return AIMessage("done")
        calls = [{"name": "pay", "args": {"sum": each}, "id": str(uuid4())} for each in sums]
        return AIMessage("", tool_calls=calls)

    return script


def agent_of(tool: BaseTool, script: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
    model = ScriptedChat(script=script)
    return build_agent(card=CARD, model=model, tools=[tool], prompt="", checkpointer=InMemorySaver())


def config() -> Any:
    return {"configurable": {"thread_id": str(uuid4())}}


def question(text: str = "Pay.") -> dict[str, Any]:
    return {"messages": [HumanMessage(text, id=str(uuid4()))]}


async def test_a_run_that_goes_on_from_its_checkpoint_pays_once(payments: Payments) -> None:
    payments.deaths = 2
    agent, thread = agent_of(payments.tool(), paying(7)), config()
    given: Any = question()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await agent.ainvoke(given, thread, durability="sync")
        given = None
    await agent.ainvoke(None, thread, durability="sync")
    assert payments.sums == [7]
    assert len(payments.keys) == 3


async def test_a_question_that_is_asked_again_pays_once(payments: Payments) -> None:
    payments.deaths = 1
    agent, thread, asked = agent_of(payments.tool(), paying(7)), config(), question()
    with pytest.raises(RuntimeError):
        await agent.ainvoke(asked, thread, durability="sync")
    await agent.ainvoke(asked, thread, durability="sync")
    assert payments.sums == [7]
    assert len(payments.keys) == 2


async def test_a_payment_that_was_approved_is_made_once(payments: Payments) -> None:
    payments.deaths = 1
    agent, thread = agent_of(payments.tool(asks_first=True), paying(7)), config()
    await agent.ainvoke(question(), thread, durability="sync")
    with pytest.raises(RuntimeError):
        await agent.ainvoke(Command(resume="yes"), thread, durability="sync")
    await agent.ainvoke(None, thread, durability="sync")
    assert payments.sums == [7]
    assert len(payments.keys) == 2


async def test_other_payments_have_other_keys(payments: Payments) -> None:
    agent, thread = agent_of(payments.tool(), paying(7, 7, 8)), config()
    await agent.ainvoke(question(), thread)
    assert payments.sums == [7, 7, 8]
    await agent.ainvoke(question("Pay again."), thread)
    await agent.ainvoke(question(), config())
    assert len(payments.sums) == 9


def test_without_a_thread_there_is_no_key() -> None:
    nothing: Any = SimpleNamespace(tool_call_id="c1", state={"messages": []}, config={})
    with pytest.raises(ConfigurationError) as raised:
        idempotency_key(nothing)
    assert raised.value.code == "no_tool_call"
