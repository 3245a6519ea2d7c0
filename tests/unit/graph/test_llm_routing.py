"""What the classifier is unsure of, the language model decides: ChatOpenAI and scripted answers."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_openai import ChatOpenAI

from graph.llm_routing import ask_model
from graph.reasons import because
from graph.routing import Route, decide
from tests.fakes.team import WordClassifier

UNCLEAR = "Purple seven nonetheless"
Answer = Callable[[httpx.Request], httpx.Response]


def chat(answer: Any) -> ChatOpenAI:
    """Return a model whose provider answers so."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return ChatOpenAI(
        model="fake", api_key="fake", base_url="http://llm.test/v1", max_retries=0, http_async_client=client
    )


def proposing(arguments: Any, requests: list[Any] | None = None) -> Answer:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)

    def answer(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(json.loads(request.content))
        call = {"id": "c1", "type": "function", "function": {"name": "ProposedRoute", "arguments": text}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        return httpx.Response(
            200,
            json={
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "fake",
                "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
            },
        )

    return answer


def part(agent: str, after: list[int] | None = None) -> dict[str, Any]:
    return {"agent": agent, "task": f"ask {agent}", "after": after or []}


def unclear() -> Route:
    return decide(WordClassifier(), UNCLEAR)


async def test_the_model_decides_with_the_agents_and_the_last_turns_before_it() -> None:
    requests: list[Any] = []
    proposal = {"parts": [part("client"), part("employee", [0])], "confidence": 0.9}
    messages: list[AnyMessage] = [HumanMessage("x" * 9000), AIMessage("A and B"), HumanMessage(UNCLEAR)]
    route = await ask_model(chat(proposing(proposal, requests)), unclear(), messages)
    assert [(entry.agent, entry.task, entry.after) for entry in route.delegations] == [
        ("client", "ask client", []),
        ("employee", "ask employee", [0]),
    ]
    assert (route.method, route.reason, route.needs_clarification) == ("llm", because("llm"), False)
    assert (route.intent, route.confidence, route.usage.total_tokens) == ("client_info", 0.9, 7)
    sent = json.dumps(requests[0]["messages"])
    assert "policies, procedures" in sent
    assert "A and B" in sent
    assert UNCLEAR in sent
    assert len(sent) < 3000


async def test_small_talk_needs_nobody() -> None:
    proposal = {"parts": [], "small_talk": True, "confidence": 0.9}
    route = await ask_model(chat(proposing(proposal)), unclear(), [HumanMessage(UNCLEAR)])
    assert (route.delegations, route.intent, route.needs_clarification) == ([], "general", False)


async def test_an_agent_proposed_twice_is_asked_one_after_the_other() -> None:
    proposal = {"parts": [part("client"), part("client")], "confidence": 0.9}
    route = await ask_model(chat(proposing(proposal)), unclear(), [HumanMessage(UNCLEAR)])
    assert [entry.after for entry in route.delegations] == [[], [0]]


@pytest.mark.parametrize(
    "proposal",
    [
        {"parts": [part("client")], "confidence": 0.2},
        {"parts": [part("payroll")], "confidence": 0.9},
        {"parts": [part("client", [0])], "confidence": 0.9},
        {"parts": [], "confidence": 0.9},
        {"parts": [part("client")], "confidence": 7},
        "{not json",
    ],
)
async def test_a_proposal_that_is_unsure_or_makes_no_sense_leaves_it_to_the_person(proposal: Any) -> None:
    route = await ask_model(chat(proposing(proposal)), unclear(), [HumanMessage(UNCLEAR)])
    assert (route.delegations, route.needs_clarification) == ([], True)
    assert route.choices


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_provider_that_fails_leaves_it_to_the_person(status: int) -> None:
    model = chat(lambda request: httpx.Response(status, json={"error": {"message": "no"}}))
    assert await ask_model(model, unclear(), [HumanMessage(UNCLEAR)]) == unclear().model_copy(
        update={"degraded": True}
    )


async def test_a_provider_that_hangs_leaves_it_to_the_person() -> None:
    async def hang(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    found = await ask_model(chat(hang), unclear(), [HumanMessage(UNCLEAR)], timeout_seconds=0.05)
    assert found == unclear().model_copy(update={"degraded": True})
