"""Agents that wait for a person: the turn pauses, goes on exactly there, and answers once."""

from collections.abc import Sequence
from typing import Any

import pytest

from narutalk.handover import handed_run
from tests.fakes.team import Team, build_team

TWO = "Who sold most and who bought most?"
THREE = "How much leave is there and who sold most and who bought most?"


@pytest.fixture
def team() -> Team:
    return build_team()


def kinds(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def answers_given(team: Team, agent: str) -> list[dict[str, Any] | None]:
    """Return with which answers an agent was asked each time; None for the first."""
    return [entry["pause"] and entry["pause"].answers for entry in team.agents[agent].asked]


async def test_a_turn_pauses_and_goes_on_there(team: Team) -> None:
    team.agents["employee"].pauses = [{"r1": {"question": "Send it?"}}]
    paused = await team.ask("who sold most?")
    assert kinds(paused) == ["route", "agent_start", "interrupt"]
    [(interrupt_id, value)] = (await team.waiting()).items()
    asked = {"type": "interrupt", "agent": "employee", "position": 0, "id": interrupt_id, "value": value}
    assert paused[-1] == asked
    assert value == {"question": "Send it?"}

    resumed = await team.resume("yes")
    assert kinds(resumed) == ["agent_start", "tool", "tool", "citation", "token", "agent_end", "final"]
    assert answers_given(team, "employee") == [None, {"r1": "yes"}]
    assert await team.waiting() == {}
    assert resumed[-1]["response"] == "employee says 2 [1]"


@pytest.mark.parametrize("answer", [False, {"type": "reject", "message": "No."}, "no", 0, [], {}, ""])
async def test_an_answer_goes_through_as_it_is(team: Team, answer: Any) -> None:
    team.agents["employee"].pauses = [{"r1": "Send it?"}]
    await team.ask("who sold most?")
    [interrupt_id] = await team.waiting()
    await team.resume({interrupt_id: answer})
    assert answers_given(team, "employee") == [None, {"r1": answer}]


async def test_an_agent_asks_several_times_one_after_the_other(team: Team) -> None:
    team.agents["employee"].pauses = [{"r1": "First?"}, {"r2": "Second?"}]
    await team.ask("who sold most?")
    second = await team.resume("one")
    assert kinds(second) == ["agent_start", "interrupt"]
    assert list((await team.waiting()).values()) == ["Second?"]
    assert kinds(await team.resume("two"))[-1] == "final"
    assert answers_given(team, "employee") == [None, {"r1": "one"}, {"r2": "two"}]


async def test_what_an_agent_asks_at_once_is_asked_one_by_one_and_answered_together(team: Team) -> None:
    team.agents["employee"].pauses = [{"r1": "First?", "r2": "Second?"}]
    await team.ask("who sold most?")
    assert list((await team.waiting()).values()) == ["First?"]
    assert kinds(await team.resume("one")) == ["interrupt"]
    assert list((await team.waiting()).values()) == ["Second?"]
    await team.resume("two")
    assert answers_given(team, "employee") == [None, {"r1": "one", "r2": "two"}]


async def test_two_agents_wait_side_by_side_and_the_third_is_not_asked_again(team: Team) -> None:
    for name in ("employee", "client"):
        team.agents[name].pauses = [{f"{name}-1": f"{name}?"}]
    paused = await team.ask(THREE)
    assert kinds(paused)[-2:] == ["interrupt", "interrupt"]
    assert [event["agent"] for event in paused if event["type"] == "agent_end"] == ["document"]
    waiting = await team.waiting()
    assert sorted(waiting.values()) == ["client?", "employee?"]

    resumed = await team.resume({interrupt_id: f"{value} yes" for interrupt_id, value in waiting.items()})
    assert sorted(event["agent"] for event in resumed if event["type"] == "agent_end") == [
        "client",
        "employee",
    ]
    assert answers_given(team, "employee") == [None, {"employee-1": "employee? yes"}]
    assert answers_given(team, "client") == [None, {"client-1": "client? yes"}]
    assert len(team.agents["document"].asked) == 1
    final = resumed[-1]
    assert kinds(resumed).count("final") == 1
    assert final["service_used"] == "client+document+employee"
    assert [citation["index"] for citation in final["citations"]] == [1, 2, 3]


async def test_one_of_two_is_answered_first(team: Team) -> None:
    for name in ("employee", "client"):
        team.agents[name].pauses = [{f"{name}-1": f"{name}?"}]
    await team.ask(TWO)
    by_value = {value: interrupt_id for interrupt_id, value in (await team.waiting()).items()}
    first = await team.resume({by_value["client?"]: "yes"})
    assert answers_given(team, "client") == [None, {"client-1": "yes"}]
    assert answers_given(team, "employee") == [None]
    assert "final" not in kinds(first)
    assert await team.waiting() == {by_value["employee?"]: "employee?"}
    assert kinds(await team.resume("no")).count("final") == 1
    assert answers_given(team, "client") == [None, {"client-1": "yes"}]
    assert answers_given(team, "employee") == [None, {"employee-1": "no"}]


async def test_two_agents_ask_twice_each(team: Team) -> None:
    for name in ("employee", "client"):
        team.agents[name].pauses = [{f"{name}-1": f"{name} 1"}, {f"{name}-2": f"{name} 2"}]
    await team.ask(TWO)
    for turn in (1, 2):
        waiting = await team.waiting()
        assert sorted(waiting.values()) == [f"client {turn}", f"employee {turn}"]
        events = await team.resume(dict.fromkeys(waiting, turn))
    assert kinds(events).count("final") == 1
    for name in ("employee", "client"):
        assert answers_given(team, name) == [None, {f"{name}-1": 1}, {f"{name}-2": 2}]


@pytest.mark.parametrize("half_answered", [False, True])
async def test_another_question_takes_the_place_of_what_waits(team: Team, half_answered: bool) -> None:
    for name in ("employee", "client"):
        team.agents[name].pauses = [{f"{name}-1": f"{name}?"}]
    await team.ask(THREE)
    if half_answered:
        waiting = await team.waiting()
        await team.resume({next(iter(waiting)): "yes"})
    events = await team.ask("How much leave do I get?")
    assert kinds(events).count("final") == 1
    assert [entry["name"] for entry in events[-1]["agents"]] == ["document"]
    assert events[-1]["response"] == "document says 2 [1]"
    assert await team.waiting() == {}
    assert kinds(await team.ask("hello"))[-1] == "final"


async def test_a_recovered_run_says_so_to_its_agents(team: Team) -> None:
    with handed_run(resumed=True, is_left=lambda: False):
        await team.ask("who sold most?")
    assert team.agents["employee"].asked[0]["recovered"] is True
