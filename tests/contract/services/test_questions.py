"""Real questions, English and Korean: to each agent, and through the router to the running agents."""

from typing import Any

import pytest
import pytest_asyncio
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from narutalk.threads import agent_thread_id
from tests.contract.services.asking import ENGLISH, KOREAN, Question, answer_of, asks, fresh_id
from tests.contract.services.running import BORIS, CLERK, RESTRICTED, RunningService

pytestmark = pytest.mark.slow

AGENTS = ("document", "employee", "client")
QUESTIONS = [(agent, asked[agent]) for asked in (ENGLISH, KOREAN) for agent in AGENTS]
NAMES = [f"{agent}-{'en' if question is ENGLISH[agent] else 'ko'}" for agent, question in QUESTIONS]


@pytest_asyncio.fixture
async def supervisor(services: dict[str, RunningService]) -> Any:
    router = services["router"]
    async with get_client(url=router.url, api_key=None, headers=router.headers()) as client:
        yield RemoteGraph("supervisor", client=client)


async def ask(graph: RemoteGraph, text: str, thread_id: str | None = None) -> list[dict[str, Any]]:
    """Return the events of a turn."""
    config: Any = {"configurable": {"thread_id": thread_id or fresh_id()}}
    return [event async for event in graph.astream(asks(text), config, stream_mode="custom")]


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


@pytest.mark.parametrize(("agent", "question"), QUESTIONS, ids=NAMES)
async def test_an_agent_answers(services: dict[str, RunningService], agent: str, question: Question) -> None:
    service = services[agent]
    async with get_client(url=service.url, api_key=None, headers=service.headers()) as client:
        values = await client.runs.wait(None, agent, input=asks(question.text))
    assert question.expected(service) in answer_of(values)


@pytest.mark.parametrize(("agent", "question"), QUESTIONS, ids=NAMES)
async def test_the_router_forwards_an_agents_answer(
    services: dict[str, RunningService], supervisor: RemoteGraph, agent: str, question: Question
) -> None:
    conversation = fresh_id()
    events = await ask(supervisor, question.text, conversation)
    final = events[-1]
    assert final["type"] == "final"
    assert question.expected(services[agent]) in final["response"]
    assert [entry["name"] for entry in final["agents"]] == [agent]
    assert final["service_used"] == agent
    assert final["conversation_id"] == conversation
    assert final["citations"]
    assert "".join(token["text"] for token in of_type(events, "token")) == final["response"]
    kinds = list(dict.fromkeys(event["type"] for event in events))
    assert kinds[:3] == ["route", "agent_start", "tool"]
    assert set(kinds[3:-2]) == {"citation", "token"}
    assert kinds[-2:] == ["agent_end", "final"]


async def test_one_question_for_all_agents(
    services: dict[str, RunningService], supervisor: RemoteGraph
) -> None:
    text = (
        "How long must my password be, how many employees are in the Sales department, "
        "and what was the total revenue from clients in October 2026?"
    )
    events = await ask(supervisor, text)
    final = events[-1]
    assert {entry["name"]: entry["status"] for entry in final["agents"]} == dict.fromkeys(AGENTS, "success")
    for part in (
        "14 characters",
        ENGLISH["employee"].expected(services["employee"]),
        ENGLISH["client"].expected(services["client"]),
    ):
        assert part in final["response"]
    assert {token["agent"] for token in of_type(events, "token")} == {None, *AGENTS}


async def test_a_follow_up_goes_on_with_the_conversation(supervisor: RemoteGraph) -> None:
    conversation = fresh_id()
    first = await ask(supervisor, "How many employees are in the Sales department?", conversation)
    second = await ask(supervisor, "And in Logistics?", conversation)
    assert [entry["name"] for entry in second[-1]["agents"]] == ["employee"]
    assert "Logistics" in second[-1]["response"]
    assert second[-1]["response"] != first[-1]["response"]


@pytest.mark.parametrize(("text", "says"), [("Good morning!", "Documents"), ("안녕하세요", "문서")])
async def test_small_talk_asks_nobody(supervisor: RemoteGraph, text: str, says: str) -> None:
    events = await ask(supervisor, text)
    assert [event["type"] for event in events if event["type"] != "token"] == ["route", "final"]
    assert says in events[-1]["response"]


async def test_each_agents_thread_is_the_persons_own(
    services: dict[str, RunningService], supervisor: RemoteGraph
) -> None:
    """The router acts for the person: the agent's thread is theirs, and nobody else finds it."""
    conversation = fresh_id()
    await ask(supervisor, ENGLISH["employee"].text, conversation)
    from narutalk.threads import agent_thread_id

    thread_id = agent_thread_id(conversation, "employee")
    service = services["employee"]
    with service.http() as anna, service.http(BORIS) as boris:
        assert anna.get(f"/threads/{thread_id}").status_code == 200
        assert boris.get(f"/threads/{thread_id}").status_code == 404


async def test_rights_travel_with_the_question(services: dict[str, RunningService]) -> None:
    router = services["router"]
    cited = {}
    for person in (BORIS, CLERK):
        async with get_client(url=router.url, api_key=None, headers=router.headers(person)) as client:
            client_events = await ask(
                _supervisor(client), "재고 실사는 언제 하나요? 재고 실사 절차 규정을 알려줘"
            )
        cited[person.user_id] = {citation["source"] for citation in client_events[-1]["citations"]}
    assert RESTRICTED in cited[CLERK.user_id]
    assert RESTRICTED not in cited[BORIS.user_id]


def _supervisor(client: LangGraphClient) -> RemoteGraph:
    return RemoteGraph("supervisor", client=client)


async def test_what_the_agents_keep_goes_with_the_conversation(
    services: dict[str, RunningService], supervisor: RemoteGraph
) -> None:
    conversation = fresh_id()
    for agent in AGENTS:
        await ask(supervisor, ENGLISH[agent].text, conversation)
    kept = {agent: agent_thread_id(conversation, agent) for agent in AGENTS}
    for agent, thread_id in kept.items():
        with services[agent].http() as http:
            assert http.get(f"/threads/{thread_id}").status_code == 200
    with services["router"].http() as http:
        assert http.delete(f"/threads/{conversation}").status_code == 204
    for agent, thread_id in kept.items():
        with services[agent].http() as http:
            for _ in range(1000):
                if http.get(f"/threads/{thread_id}").status_code == 404:
                    break
            else:
                raise AssertionError(f"{agent} keeps its thread")
