"""After a run that was stopped in the middle of tool calls, an agent's thread stays usable."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from agents.agent import build_agent
from agents.card import AgentCard
from agents.history import STOPPED, with_all_results
from tests.fakes.scripted_chat import ScriptedChat

CARD = AgentCard("toy", {}, {})
CALLS = [{"name": "quick", "args": {}, "id": "c1"}, {"name": "slow", "args": {}, "id": "c2"}]


def test_every_call_gets_a_result_behind_it() -> None:
    history: list[AnyMessage] = [
        HumanMessage("a"),
        AIMessage("", tool_calls=CALLS),
        ToolMessage("done", tool_call_id="c1"),
        HumanMessage("b"),
        AIMessage("said"),
    ]
    mended = with_all_results(history)
    assert [message.type for message in mended] == ["human", "ai", "tool", "tool", "human", "ai"]
    added = mended[2]
    assert isinstance(added, ToolMessage)
    assert (added.tool_call_id, added.name, added.status, added.text) == ("c2", "slow", "error", STOPPED)
    assert with_all_results(mended) == mended


def calls_then_answers(messages: Sequence[BaseMessage]) -> AIMessage:
    question = messages[-1]
    if isinstance(question, HumanMessage) and question.text == "work":
        return AIMessage("", tool_calls=CALLS)
    return AIMessage("answer")


@pytest.mark.parametrize("how", ["cancelled", "waiting"])
async def test_the_next_question_is_answered(how: str) -> None:
    began = asyncio.Event()

    @tool
    async def quick() -> str:
        """Is done at once."""
        return "done"

    @tool
    async def slow() -> str:
        """Does not end."""
        began.set()
        if how == "waiting":
            return str(interrupt("go on?"))
        await asyncio.Event().wait()
        return ""

    model = ScriptedChat(script=calls_then_answers)
    agent = build_agent(card=CARD, model=model, tools=[quick, slow], prompt="", checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": str(uuid4())}}
    asking = asyncio.create_task(agent.ainvoke({"messages": [HumanMessage("work")]}, config))
    await began.wait()
    if how == "cancelled":
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    else:
        await asking
    values = await agent.ainvoke({"messages": [HumanMessage("and now?")]}, config)
    assert values["messages"][-1].text == "answer"
    kinds = [message.type for message in values["messages"]]
    assert kinds == ["human", "ai", "tool", "tool", "human", "ai"]
    assert {message.status for message in values["messages"] if isinstance(message, ToolMessage)} == {"error"}


async def test_a_refused_call_goes_on_without_being_mended() -> None:
    @tool
    async def slow() -> str:
        """Asks first."""
        return str(interrupt("go on?"))

    def script(messages: Sequence[BaseMessage]) -> AIMessage:
        last = messages[-1]
        if isinstance(last, ToolMessage):
            return AIMessage(f"told {last.text}")
        return AIMessage("", tool_calls=CALLS[1:])

    agent = build_agent(
        card=CARD, model=ScriptedChat(script=script), tools=[slow], prompt="", checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": str(uuid4())}}
    await agent.ainvoke({"messages": [HumanMessage("work")]}, config)
    values = await agent.ainvoke(Command(resume="no"), config)
    assert values["messages"][-1].text == "told no"
