"""The supervisor's graph with stand-in agents: what a turn streams, and what a conversation keeps."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage

from narutalk.events import AgentStatus, Chart
from narutalk.run_identity import run_config
from tests.fakes.team import ANNA, Team, build_team

AT_ONCE_SECONDS = 10
ONE_AGENT = ["route", "agent_start", "tool", "tool", "citation", "token", "agent_end", "final"]
THREE_PARTS = "How much leave is there and who sold most and who bought most?"


@pytest.fixture
def team() -> Team:
    return build_team()


def kinds(events: Sequence[dict[str, Any]], agent: str | None = None) -> list[str]:
    return [event["type"] for event in events if agent is None or event.get("agent") == agent]


def asked(team: Team) -> set[str]:
    return {name for name, agent in team.agents.items() if agent.asked}


async def test_one_agents_turn(team: Team) -> None:
    events = await team.ask("How much leave do I get?", "7f8d3c52-27f1-4fd5-8f0d-7a3e0d1b9a10")
    assert kinds(events) == ONE_AGENT
    route, start, *_, end, final = events
    assert (route["intent"], route["method"]) == ("document_search", "classifier")
    assert [entry["agent"] for entry in route["delegations"]] == ["document"]
    assert (start["agent"], start["task"]) == ("document", "How much leave do I get?")
    assert (end["agent"], end["status"], end["duration_ms"]) == ("document", "success", 5)
    assert final["response"] == "document says 1 [1]"
    assert final["service_used"] == "document"
    assert final["conversation_id"] == team.conversation_id
    assert final["message_id"] == "7f8d3c52-27f1-4fd5-8f0d-7a3e0d1b9a10"
    counted = {"input_tokens": 1, "cached_tokens": 0, "output_tokens": 2, "total_tokens": 3, "cost_usd": None}
    assert final["agents"] == [
        {
            "name": "document",
            "position": 0,
            "status": "success",
            "duration_ms": 5,
            "usage": counted,
            "degraded": False,
        }
    ]
    assert [citation["source"] for citation in final["citations"]] == ["document.md"]
    assert final["usage"]["total_tokens"] == 3


async def test_an_agent_is_told_for_whom_and_which_question(team: Team) -> None:
    message_id = str(uuid4())
    await team.ask("who sold most?", message_id)
    assert team.agents["employee"].asked == [
        {
            "task": "who sold most?",
            "identity": ANNA,
            "conversation_id": team.conversation_id,
            "message_id": message_id,
            "alone": True,
            "pause": None,
            "recovered": False,
            "language": None,
        }
    ]
    assert asked(team) == {"employee"}


async def test_three_agents_work_side_by_side(team: Team) -> None:
    """Each waits until all three have begun: one after the other they would wait for ever."""
    together = asyncio.Barrier(3)
    for agent in team.agents.values():
        agent.meet = together.wait
    async with asyncio.timeout(AT_ONCE_SECONDS):
        events = await team.ask(THREE_PARTS)
    assert kinds(events)[:4] == ["route", "agent_start", "agent_start", "agent_start"]
    assert kinds(events)[-1] == "final"
    for name, agent in team.agents.items():
        own = ["agent_start", "tool", "tool", "citation", "token", "agent_end"]
        assert kinds(events, name) == own
        assert agent.asked[0]["alone"] is False
    last_end = max(index for index, event in enumerate(events) if event["type"] == "agent_end")
    answer = [event for event in events[last_end:] if event["type"] == "token"]
    assert {token["agent"] for token in answer} == {None}
    final = events[-1]
    assert "".join(token["text"] for token in answer) == final["response"]
    assert final["service_used"] == "client+document+employee"
    assert [citation["index"] for citation in final["citations"]] == [1, 2, 3]
    assert [citation["source"] for citation in final["citations"]] == [
        "document.md",
        "employee.md",
        "client.md",
    ]
    assert final["usage"]["total_tokens"] == 9


async def test_the_charts_of_several_agents_stand_in_the_order_of_the_answer(team: Team) -> None:
    """The client agent draws before the employee agent does; the answer says it the other way round."""
    drawn, charts = asyncio.Event(), {name: [Chart(title=name, spec={"mark": "bar"})] for name in team.agents}
    team.agents["employee"].meet = drawn.wait
    for name in ("client", "employee"):
        team.agents[name].charts = charts[name]

    async def draw_first() -> None:
        drawn.set()  # the other one goes on when this one has written its events

    team.agents["client"].meet = draw_first
    async with asyncio.timeout(AT_ONCE_SECONDS):
        events = await team.ask(THREE_PARTS)

    assert [event["title"] for event in events if event["type"] == "chart"] == ["client", "employee"]
    assert [chart["title"] for chart in events[-1]["charts"]] == ["employee", "client"]


async def test_each_agent_gets_its_own_part(team: Team) -> None:
    await team.ask(THREE_PARTS)
    assert {name: agent.asked[0]["task"] for name, agent in team.agents.items()} == {
        "document": "How much leave is there",
        "employee": "who sold most",
        "client": "who bought most?",
    }


@pytest.mark.parametrize(("text", "says"), [("hello there", "Documents"), ("안녕하세요", "거래처")])
async def test_small_talk_asks_nobody(team: Team, text: str, says: str) -> None:
    events = await team.ask(text)
    assert set(kinds(events)[1:-1]) == {"token"}
    assert (kinds(events)[0], kinds(events)[-1]) == ("route", "final")
    final = events[-1]
    assert says in final["response"]
    assert "".join(token["text"] for token in events[1:-1]) == final["response"]
    assert (final["service_used"], final["agents"], final["citations"]) == ("general", [], [])
    assert asked(team) == set()


@pytest.mark.parametrize(
    ("text", "says"), [("Purple seven nonetheless", "not sure"), ("보라 일곱", "모르겠")]
)
async def test_an_unclear_question_is_asked_back(team: Team, text: str, says: str) -> None:
    events = await team.ask(text)
    assert kinds(events) == ["route", "token", "final"]
    assert says in events[-1]["response"]
    assert events[1]["text"] == events[-1]["response"]
    assert asked(team) == set()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("timeout", "did not answer in time"),
        ("unavailable", "cannot be reached"),
        ("error", "ran into an error"),
    ],
)
async def test_one_agent_fails_and_the_others_answer(team: Team, status: AgentStatus, reason: str) -> None:
    team.agents["employee"].status = status
    events = await team.ask(THREE_PARTS)
    final = events[-1]
    assert {entry["name"]: entry["status"] for entry in final["agents"]} == {
        "document": "success",
        "employee": status,
        "client": "success",
    }
    assert "document says 1" in final["response"]
    assert "client says 1" in final["response"]
    assert re.search(rf"\*\*Employees\*\* is missing.*{reason}", final["response"])
    ends = {event["agent"]: event["status"] for event in events if event["type"] == "agent_end"}
    assert ends["employee"] == status


async def test_the_only_agent_fails(team: Team) -> None:
    team.agents["client"].status = "unavailable"
    events = await team.ask("거래처 목록")
    assert kinds(events) == ["route", "agent_start", "agent_end", "token", "final"]
    assert "**거래처** 부분이 빠져 있습니다" in events[-1]["response"]
    assert events[-2]["text"] == events[-1]["response"]
    assert events[-1]["citations"] == []


async def test_a_slow_agent_does_not_hold_up_the_events_of_the_others(team: Team) -> None:
    others_ended, release = asyncio.Event(), asyncio.Event()
    team.agents["client"].meet = release.wait
    config: Any = run_config(ANNA)
    config["configurable"]["thread_id"] = team.conversation_id
    ended: list[str] = []
    stream = team.graph.astream(
        {"messages": [HumanMessage(THREE_PARTS, id=str(uuid4()))]},
        config,
        stream_mode="custom",
    )
    async with asyncio.timeout(AT_ONCE_SECONDS):
        async for event in stream:
            if event["type"] == "agent_end":
                ended.append(event["agent"])
            if set(ended) == {"document", "employee"} and not others_ended.is_set():
                others_ended.set()
                release.set()
    assert ended[-1] == "client"


async def test_a_follow_up_goes_to_the_agents_of_the_turn_before(team: Team) -> None:
    await team.ask("who sold most and who bought most?")
    events = await team.ask("And last year?")
    assert [entry["agent"] for entry in events[0]["delegations"]] == ["employee", "client"]
    for name in ("employee", "client"):
        assert team.agents[name].asked[1]["task"] == "And last year?"
        assert f"{name} says 2" in events[-1]["response"]
        assert f"{name} says 1" not in events[-1]["response"]
    assert team.agents["document"].asked == []


async def test_small_talk_between_does_not_end_the_subject(team: Team) -> None:
    await team.ask("who bought most?")
    await team.ask("hello")
    events = await team.ask("And last year?")
    assert [entry["agent"] for entry in events[0]["delegations"]] == ["client"]


async def test_another_conversation_knows_nothing_of_it(team: Team) -> None:
    await team.ask("who bought most?")
    team.conversation_id = str(uuid4())
    events = await team.ask("And last year?")
    assert events[0]["delegations"] == []


async def test_results_do_not_leak_into_the_next_turn(team: Team) -> None:
    await team.ask(THREE_PARTS)
    events = await team.ask("who sold most?")
    final = events[-1]
    assert [entry["name"] for entry in final["agents"]] == ["employee"]
    assert final["response"] == "employee says 2 [1]"
    assert [citation["source"] for citation in final["citations"]] == ["employee.md"]
    talk = (await team.ask("hello"))[-1]
    assert (talk["agents"], talk["citations"], talk["usage"]["total_tokens"]) == ([], [], 0)


async def test_the_conversation_keeps_questions_and_answers(team: Team) -> None:
    await team.ask("who sold most?")
    await team.ask("hello")
    state = await team.graph.aget_state({"configurable": {"thread_id": team.conversation_id}})
    assert [message.type for message in state.values["messages"]] == ["human", "ai", "human", "ai"]
    assert state.values["messages"][1].text == "employee says 1 [1]"
    assert len({message.id for message in state.values["messages"]}) == 4


async def test_the_same_question_again_is_not_kept_twice(team: Team) -> None:
    message_id = str(uuid4())
    await team.ask("who sold most?", message_id)
    await team.ask("who sold most?", message_id)
    state = await team.graph.aget_state({"configurable": {"thread_id": team.conversation_id}})
    assert [message.type for message in state.values["messages"]].count("human") == 1
    assert {entry["message_id"] for entry in team.agents["employee"].asked} == {message_id}
