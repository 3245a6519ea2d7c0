"""Turns of the running services with a language model behind a real wire: forwarded, counted, degraded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client

from tests.contract.services.asking import ENGLISH, KOREAN, asks, fresh_id
from tests.contract.services.running import RunningService, make_company, serve_all
from tests.fakes.openai_server import Answer, Asked, Call, FakeOpenAI, Refuse, Say

pytestmark = pytest.mark.slow

ALL_AGENTS = (
    "How long must my password be, how many employees are in the Sales department, "
    "and what was the total revenue from clients in October 2026?"
)
ONE_AFTER_THE_OTHER = (
    "How much did the account manager of the client with the highest sales sell in October 2026?"
)
UNCLEAR = "results of Q3"
MAX_TOOL_CALLS = 3
BACK = "\N{ERASE TO THE LEFT}"
PRICES = {"llm_input_usd": 1.0, "llm_cached_input_usd": 0.1, "llm_output_usd": 10.0}
CALLS = {
    "document": Call("search_documents", {"query": "password length"}),
    "employee": Call("department_statistics", {"department": "Sales", "measure": "headcount"}),
    "client": Call("sales_totals", {"period": "2026-10"}),
}
TOOL_OF = {call.name: agent for agent, call in CALLS.items()}

Event = dict[str, Any]
Ask = Callable[[str], Any]


def asked_of(asked: Asked) -> str:
    """Return who asks the model: an agent, or what for the router does."""
    for tool, agent in TOOL_OF.items():
        if tool in asked.tools:
            return agent
    if asked.tools == ["ProposedRoute"]:
        return "routing"
    return "combining" if "answers of several agents" in asked.messages[0]["content"] else "small talk"


@dataclass
class Model:
    """How the model answers each of those who ask; who is not named calls its tool, and says what it got."""

    answers: dict[str, Callable[[Asked], Answer]]

    def __call__(self, asked: Asked) -> Answer:
        asker = asked_of(asked)
        return self.answers.get(asker, _dutiful)(asked)


def _dutiful(asked: Asked) -> Answer:
    asker = asked_of(asked)
    if asker == "combining":
        return Say(f"Together: {asked.messages[-1]['content']}", usage=(1000, 100))
    if asked.messages[-1]["role"] == "tool":
        return Say(f"{asker} found: {asked.last_text}", usage=(300, 50), cached_tokens=200)
    return Say(calls=(CALLS[asker],), usage=(100, 20)) if asker in CALLS else Say("Hello.", usage=(10, 5))


@pytest.fixture(scope="module")
def running(
    fake_openai: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory, _clean_environment: None
) -> Iterator[dict[str, RunningService]]:
    data_dir = tmp_path_factory.mktemp("language_model")
    make_company(data_dir)
    given = {
        "OPENAI_BASE_URL": fake_openai.url,
        "OPENAI_API_KEY": "k",
        "agent_max_tool_calls": MAX_TOOL_CALLS,
        "agent_plan_first": False,
    }
    with serve_all(data_dir, **given, **PRICES) as services:
        yield services


@pytest_asyncio.fixture
async def ask(running: dict[str, RunningService]) -> Any:
    router = running["router"]
    async with get_client(url=router.url, api_key=None, headers=router.headers()) as client:
        graph = RemoteGraph("supervisor", client=client)

        async def turn(text: str) -> list[Event]:
            config: Any = {"configurable": {"thread_id": fresh_id()}}
            return [event async for event in graph.astream(asks(text), config, stream_mode="custom")]

        yield turn


def shown(events: list[Event], agent: str | None = None) -> str:
    """Return the tokens in their order, with `BACK` where they were taken back."""
    parts = [event for event in events if event["type"] in ("token", "reset") and event["agent"] == agent]
    return "".join(BACK if part["type"] == "reset" else part["text"] for part in parts)


def usage(given: int, made: int, cached: int = 0) -> dict[str, Any]:
    cost_usd = ((given - cached) * 1.0 + cached * 0.1 + made * 10.0) / 1_000_000
    return {
        "input_tokens": given,
        "cached_tokens": cached,
        "output_tokens": made,
        "total_tokens": given + made,
        "cost_usd": pytest.approx(cost_usd),
    }


async def test_one_agents_answer_is_forwarded_and_counted(
    provider: FakeOpenAI, running: dict[str, RunningService], ask: Ask
) -> None:
    provider.script(Model({}))

    final = (events := await ask(ENGLISH["employee"].text))[-1]

    assert final["response"].startswith("employee found: ")
    assert ENGLISH["employee"].expected(running["employee"]) in final["response"]
    assert shown(events) == final["response"]
    assert (final["degraded"], final["agents"][0]["degraded"]) == (False, False)
    assert final["usage"] == final["agents"][0]["usage"] == usage(400, 70, 200)
    assert len(provider.asked) == 2, "the supervisor asks the model for nothing"


async def test_several_agents_are_counted_each_for_itself_and_the_answer_to_the_turn(
    provider: FakeOpenAI, ask: Ask
) -> None:
    provider.script(Model({}))

    final = (events := await ask(ALL_AGENTS))[-1]

    assert {report["name"]: report["usage"] for report in final["agents"]} == {
        agent: usage(400, 70, 200) for agent in CALLS
    }
    assert final["usage"] == usage(3 * 400, 3 * 70, 3 * 200)
    assert all(f"{agent} found: " in final["response"] for agent in CALLS)
    assert shown(events) == final["response"]
    assert not final["degraded"]
    assert "combining" not in {asked_of(asked) for asked in provider.asked}, "they stand side by side"


async def test_answers_that_build_on_one_another_are_combined_by_the_model(
    provider: FakeOpenAI, ask: Ask
) -> None:
    provider.script(Model({}))

    final = (events := await ask(ONE_AFTER_THE_OTHER))[-1]

    parts = len(events[0]["delegations"])
    assert [part["after"] for part in events[0]["delegations"]][-1], "a part needs another's result"
    assert final["usage"] == usage(parts * 400 + 1000, parts * 70 + 100, parts * 200)
    assert final["response"].startswith("Together: ")
    assert shown(events) == final["response"]
    assert not final["degraded"]


@pytest.mark.parametrize("question", [ENGLISH["employee"], KOREAN["employee"]], ids=["en", "ko"])
async def test_an_agent_without_its_model_answers_by_rule_and_says_so(
    provider: FakeOpenAI, running: dict[str, RunningService], ask: Ask, question: Any
) -> None:
    provider.script(lambda _asked: Refuse(400))

    final = (events := await ask(question.text))[-1]

    assert question.expected(running["employee"]) in final["response"]
    assert (final["degraded"], final["agents"][0]["degraded"]) == (True, True)
    assert final["agents"][0]["status"] == "success"
    assert shown(events) == f"{BACK}{final['response']}"
    assert final["usage"] == usage(0, 0)


async def test_what_was_streamed_before_a_cut_is_taken_back(
    provider: FakeOpenAI, running: dict[str, RunningService], ask: Ask
) -> None:
    def cut(asked: Asked) -> Answer:
        if asked.messages[-1]["role"] == "tool":
            return Say("There are thousands of people in Sales", cut_after=3)
        return Say(calls=(CALLS["employee"],), usage=(100, 20))

    provider.script(Model({"employee": cut}))

    final = (events := await ask(ENGLISH["employee"].text))[-1]

    assert shown(events) == f"There are th{BACK}{final['response']}"
    assert ENGLISH["employee"].expected(running["employee"]) in final["response"]
    assert final["degraded"]
    assert final["usage"] == usage(100, 20)


async def test_one_degraded_agent_of_several_degrades_the_answer_alone(
    provider: FakeOpenAI, ask: Ask
) -> None:
    provider.script(Model({"client": lambda _asked: Refuse(400)}))

    final = (events := await ask(ALL_AGENTS))[-1]

    assert {report["name"]: report["degraded"] for report in final["agents"]} == {
        "document": False,
        "employee": False,
        "client": True,
    }
    assert final["degraded"]
    assert shown(events) == final["response"], "only the client agent's own text was taken back"
    assert shown(events, "client").startswith(BACK)


async def test_answers_that_cannot_be_combined_stand_as_they_are(provider: FakeOpenAI, ask: Ask) -> None:
    provider.script(Model({"combining": lambda _asked: Say("Together, these are", cut_after=2)}))

    final = (events := await ask(ONE_AFTER_THE_OTHER))[-1]

    assert shown(events) == f"Togeth{BACK}{final['response']}"
    assert all(f"{agent} found: " in final["response"] for agent in ("client", "employee"))
    assert final["degraded"]
    assert not any(report["degraded"] for report in final["agents"])


@pytest.mark.parametrize(("text", "says"), [("Good morning!", "Documents"), ("안녕하세요", "문서")])
async def test_small_talk_without_the_model(provider: FakeOpenAI, ask: Ask, text: str, says: str) -> None:
    provider.script(lambda _asked: Refuse(400))

    final = (events := await ask(text))[-1]

    assert says in final["response"]
    assert shown(events) == f"{BACK}{final['response']}"
    assert final["degraded"]


async def test_small_talk_with_the_model(provider: FakeOpenAI, ask: Ask) -> None:
    provider.script(Model({}))

    final = (events := await ask("Good morning!"))[-1]

    assert final["response"] == shown(events) == "Hello."
    assert (final["usage"], final["degraded"]) == (usage(10, 5), False)


async def test_routing_is_counted_too(provider: FakeOpenAI, ask: Ask) -> None:
    proposal = {"parts": [{"agent": "employee", "task": UNCLEAR}], "confidence": 0.9}
    routed = Say(calls=(Call("ProposedRoute", proposal),), usage=(500, 40))
    provider.script(Model({"routing": lambda _asked: routed}))

    final = (await ask(UNCLEAR))[-1]

    assert [report["name"] for report in final["agents"]] == ["employee"]
    assert final["agents"][0]["usage"] == usage(400, 70, 200)
    assert final["usage"] == usage(900, 110, 200)


async def test_routing_without_the_model_asks_the_person(provider: FakeOpenAI, ask: Ask) -> None:
    provider.script(lambda _asked: Refuse(400))

    final = (events := await ask(UNCLEAR))[-1]

    assert final["response"].startswith("I am not sure what you would like to know. You can ask me about:")
    assert [asked_of(asked) for asked in provider.asked] == ["routing"]
    assert (events[0]["delegations"], final["degraded"]) == ([], True)


@pytest.mark.parametrize(
    ("question", "department", "said"),
    [
        (
            ENGLISH["employee"],
            "Sales",
            f"the limit of {MAX_TOOL_CALLS} tool calls for one question was reached",
        ),
        (KOREAN["employee"], "물류부", f"도구 호출 한도({MAX_TOOL_CALLS}회)에 도달하여"),
    ],
    ids=["en", "ko"],
)
async def test_an_agent_at_its_limit_says_so_with_what_it_found(
    provider: FakeOpenAI,
    running: dict[str, RunningService],
    ask: Ask,
    question: Any,
    department: str,
    said: str,
) -> None:
    more = Call("department_statistics", {"department": department, "measure": "headcount"})
    provider.script(lambda _asked: Say(calls=(more,), usage=(100, 20)))

    final = (events := await ask(question.text))[-1]

    assert question.expected(running["employee"]) in final["response"]
    assert said in final["response"]
    assert shown(events).rpartition(BACK)[2] == final["response"]
    assert final["usage"] == usage(100 * (MAX_TOOL_CALLS + 1), 20 * (MAX_TOOL_CALLS + 1))
    assert not final["degraded"]
