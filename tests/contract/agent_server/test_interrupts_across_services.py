"""Agents behind HTTP that wait for a person: the supervisor's run pauses with them and goes on there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from langgraph_sdk.client import LangGraphClient

from narutalk.threads import agent_thread_id
from tests.contract.agent_server.asking import fresh_id
from tests.contract.agent_server.team import AGENTS, ServedTeam, fresh_question

ONE = "Who sold most?"
TWO = "Who sold most and who bought most?"
WAIT_SECONDS = 10


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedTeam]:
    with ServedTeam(tmp_path_factory.mktemp("team")).running() as team:
        yield team


@pytest.fixture
def team(served: ServedTeam) -> ServedTeam:
    for work in served.work.values():
        work.begin_anew()
    return served


@pytest_asyncio.fixture
async def client(team: ServedTeam) -> AsyncIterator[LangGraphClient]:
    async with team.client() as made:
        yield made


async def ask(client: LangGraphClient, thread_id: str, text: str) -> list[dict[str, Any]]:
    return await _events(client, thread_id, input=fresh_question(text))


async def resume(client: LangGraphClient, thread_id: str, answer: Any) -> list[dict[str, Any]]:
    return await _events(client, thread_id, command={"resume": answer})


async def _events(client: LangGraphClient, thread_id: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the turn's events; a failed run fails the test."""
    events = []
    async for part in client.runs.stream(
        thread_id, "supervisor", stream_mode="custom", if_not_exists="create", **asked
    ):
        assert part.event != "error", part.data
        if part.event == "custom":
            events.append(part.data)
    return events


async def waiting(client: LangGraphClient, thread_id: str) -> dict[str, Any]:
    """Return the values of the thread's pending interrupts by their ids."""
    state = await client.threads.get_state(thread_id)
    return {entry["id"]: entry["value"] for entry in state["interrupts"]}


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def test_an_interrupt_surfaces_once_and_goes_on_there(
    team: ServedTeam, client: LangGraphClient
) -> None:
    team.work["employee"].begin_anew(asks=1)
    thread_id = fresh_id()
    paused = await ask(client, thread_id, ONE)
    assert kinds(paused) == ["route", "agent_start", "interrupt"]
    asked = await waiting(client, thread_id)
    assert list(asked.values()) == [{"agent": "employee", "number": 1}]
    assert {paused[-1]["id"]: paused[-1]["value"]} == asked
    assert (await client.threads.get(thread_id))["status"] == "interrupted"
    resumed = await resume(client, thread_id, "yes")
    assert kinds(resumed) == ["agent_start", "agent_end", "final"]
    assert resumed[-1]["response"] == "employee is done"
    assert team.work["employee"].steps == ["began", "yes", "answered"]
    assert (await client.threads.get(thread_id))["status"] == "idle"


async def test_one_agent_asks_twice(team: ServedTeam, client: LangGraphClient) -> None:
    team.work["employee"].begin_anew(asks=2)
    thread_id = fresh_id()
    await ask(client, thread_id, ONE)
    first = await waiting(client, thread_id)
    await resume(client, thread_id, {next(iter(first)): "one"})
    second = await waiting(client, thread_id)
    assert [entry["number"] for entry in (*first.values(), *second.values())] == [1, 2]
    assert kinds(await resume(client, thread_id, "two"))[-1] == "final"
    assert team.work["employee"].steps == ["began", "one", "two", "answered"]


async def test_two_agents_ask_twice_each_side_by_side(team: ServedTeam, client: LangGraphClient) -> None:
    for work in team.work.values():
        work.begin_anew(asks=2)
    thread_id = fresh_id()
    events = await ask(client, thread_id, TWO)
    for number in (1, 2):
        assert "final" not in kinds(events)
        asked = await waiting(client, thread_id)
        assert sorted(value["agent"] for value in asked.values()) == ["client", "employee"]
        assert {value["number"] for value in asked.values()} == {number}
        answers = {each: f"{value['agent']} {number}" for each, value in asked.items()}
        events = await resume(client, thread_id, answers)
    assert kinds(events).count("final") == 1
    for name in AGENTS:
        assert team.work[name].steps == ["began", f"{name} 1", f"{name} 2", "answered"]


async def test_one_of_two_is_answered_first(team: ServedTeam, client: LangGraphClient) -> None:
    for work in team.work.values():
        work.begin_anew(asks=1)
    thread_id = fresh_id()
    await ask(client, thread_id, TWO)
    asked = {value["agent"]: each for each, value in (await waiting(client, thread_id)).items()}
    await resume(client, thread_id, {asked["client"]: "yes"})
    assert team.work["client"].steps == ["began", "yes", "answered"]
    assert team.work["employee"].steps == ["began"]
    assert list(await waiting(client, thread_id)) == [asked["employee"]]
    assert kinds(await resume(client, thread_id, "no")).count("final") == 1
    assert team.work["employee"].steps == ["began", "no", "answered"]
    assert team.work["client"].steps == ["began", "yes", "answered"]


@pytest.mark.parametrize("answer", [False, {"type": "reject", "message": "Not now."}])
async def test_a_refusal_goes_through_as_it_is(
    team: ServedTeam, client: LangGraphClient, answer: Any
) -> None:
    team.work["employee"].begin_anew(asks=1)
    thread_id = fresh_id()
    await ask(client, thread_id, ONE)
    [interrupt_id] = await waiting(client, thread_id)
    await resume(client, thread_id, {interrupt_id: answer})
    assert team.work["employee"].steps == ["began", answer, "answered"]


@pytest.mark.parametrize("restarted", ["employee", "router"])
async def test_a_pause_outlives_the_processes(
    team: ServedTeam, client: LangGraphClient, restarted: str
) -> None:
    for work in team.work.values():
        work.begin_anew(asks=1)
    thread_id = fresh_id()
    await ask(client, thread_id, TWO)
    before = await waiting(client, thread_id)
    team.restart(restarted)
    async with team.client() as again:
        assert await waiting(again, thread_id) == before
        events = await resume(again, thread_id, dict.fromkeys(before, "yes"))
    assert kinds(events).count("final") == 1
    for name in AGENTS:
        assert team.work[name].steps == ["began", "yes", "answered"]


async def test_another_question_takes_the_place_of_what_waits(
    team: ServedTeam, client: LangGraphClient
) -> None:
    for work in team.work.values():
        work.begin_anew(asks=1)
    thread_id = fresh_id()
    await ask(client, thread_id, TWO)
    for work in team.work.values():
        work.begin_anew()
    events = await ask(client, thread_id, "Who sold most last year?")
    assert events[-1]["response"] == "employee is done"
    assert await waiting(client, thread_id) == {}
    assert team.work["employee"].steps == ["began", "answered"]
    assert team.work["client"].steps == []
    # The other agent's thread waits still, and yet takes the next question.
    assert (await ask(client, thread_id, "Who bought most last year?"))[-1]["response"] == "client is done"
    async with team.client("client") as agents:
        assert (await agents.threads.get(agent_thread_id(thread_id, "client")))["status"] == "idle"


async def test_cancelling_the_supervisors_run_stops_the_agents(
    team: ServedTeam, client: LangGraphClient
) -> None:
    for work in team.work.values():
        work.begin_anew(hangs=True)
    thread_id = fresh_id()
    run = await client.runs.create(thread_id, "supervisor", input=fresh_question(TWO), if_not_exists="create")
    for work in team.work.values():
        assert work.hanging.wait(WAIT_SECONDS)
    await client.runs.cancel(thread_id, run["run_id"], wait=True)
    for name, work in team.work.items():
        assert work.stopped.wait(WAIT_SECONDS)
        async with team.client(name) as agents:
            [stopped] = await agents.runs.list(agent_thread_id(thread_id, name))
            assert stopped["status"] == "interrupted"
        work.begin_anew()
    assert kinds(await ask(client, thread_id, TWO))[-1] == "final"


async def test_a_router_that_stops_leaves_the_agents_run_to_who_goes_on(
    team: ServedTeam, client: LangGraphClient
) -> None:
    work = team.work["employee"]
    work.begin_anew(hangs=True)
    thread_id = fresh_id()
    run = await client.runs.create(thread_id, "supervisor", input=fresh_question(ONE), if_not_exists="create")
    assert work.hanging.wait(WAIT_SECONDS)
    team.restart("router")
    work.released.set()
    async with team.client() as again:
        values = await again.runs.join(thread_id, run["run_id"])
        assert values["messages"][-1]["content"] == "employee is done"
        assert values["final"]["run_id"] == run["run_id"]
    assert work.steps == ["began", "answered"]


async def test_an_agents_process_that_stops_is_not_noticed(team: ServedTeam, client: LangGraphClient) -> None:
    work = team.work["employee"]
    work.begin_anew(hangs=True)
    thread_id = fresh_id()
    asking = asyncio.create_task(ask(client, thread_id, ONE))
    await asyncio.to_thread(work.hanging.wait, WAIT_SECONDS)
    await asyncio.to_thread(team.restart, "employee")
    work.released.set()
    events = await asking
    assert kinds(events) == ["route", "agent_start", "agent_end", "final"]
    assert events[-1]["response"] == "employee is done"
    async with team.client("employee") as agents:
        [run] = await agents.runs.list(agent_thread_id(thread_id, "employee"))
        assert run["status"] == "success"
