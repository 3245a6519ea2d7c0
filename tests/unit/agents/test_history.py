"""After a run that was stopped in the middle of tool calls, an agent's thread stays usable."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from agents.agent import build_agent
from agents.card import AgentCard
from agents.history import KEPT_TOKENS, STOPPED, latest_turns, with_all_results
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


def asked_and_answered(number: int, words: int) -> list[AnyMessage]:
    call = {"name": "look", "args": {"number": number}, "id": f"c{number}"}
    return [
        HumanMessage(f"question {number}", id=f"q{number}"),
        AIMessage("", tool_calls=[call], id=f"a{number}"),
        ToolMessage("word " * words, name="look", tool_call_id=f"c{number}", id=f"t{number}"),
        AIMessage(f"answer {number}", id=f"s{number}"),
    ]


def test_the_oldest_turns_go_whole() -> None:
    turns = [asked_and_answered(number, words=80) for number in range(10)]
    history = [message for turn in turns for message in turn]
    budget = count_tokens_approximately(history[-8:]) + count_tokens_approximately(history[:2])

    kept = latest_turns(history, budget)

    assert [message.id for message in kept] == [message.id for message in history[-8:]]
    assert latest_turns(history, count_tokens_approximately(history)) == history


def test_the_last_question_stays_whatever_its_length() -> None:
    history = [*asked_and_answered(1, words=10), HumanMessage("word " * 500, id="long")]

    assert [message.id for message in latest_turns(history, 50)] == ["long"]


async def test_an_agents_thread_stays_within_its_budget_however_long_it_is_used() -> None:
    turns = 60
    sent: list[int] = []

    @tool
    async def look() -> str:
        """Find much."""
        return "word " * 700

    def script(messages: Sequence[BaseMessage]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            return AIMessage(f"answer {len(sent)}")
        sent.append(count_tokens_approximately(messages))
        return AIMessage("", tool_calls=[{"name": "look", "args": {}, "id": f"c{len(sent)}"}])

    agent = build_agent(
        card=CARD, model=ScriptedChat(script=script), tools=[look], prompt="", checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": str(uuid4())}}
    kept = []
    for number in range(turns):
        await agent.ainvoke({"messages": [HumanMessage(f"question {number}")]}, config)
        kept.append(len((await agent.aget_state(config)).values["messages"]))

    one_turn = count_tokens_approximately(asked_and_answered(0, words=700))
    assert KEPT_TOKENS - one_turn < max(sent) <= KEPT_TOKENS
    assert max(kept[turns // 2 :]) == max(kept[: turns // 2]) < turns
