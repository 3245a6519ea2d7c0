"""Long-term memory through the running services: from one conversation to the next, and nobody else's."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from langgraph.pregel.remote import RemoteGraph
from langgraph_sdk import get_client

from narutalk.identity import Identity
from tests.contract.services.asking import KOREAN, asks, fresh_id
from tests.contract.services.running import RunningService

pytestmark = pytest.mark.slow

DORA = Identity(user_id="u-dora", username="dora")
EMIL = Identity(user_id="u-emil", username="emil")
NAMESPACE = ["memories"]


class Person:
    """A person who talks to the assistant."""

    def __init__(self, graph: RemoteGraph) -> None:
        self._graph = graph

    async def says(self, text: str, conversation: str) -> dict[str, Any]:
        """Return the turn's last event."""
        config: Any = {"configurable": {"thread_id": conversation}}
        stream = self._graph.astream(asks(text), config, stream_mode="custom")
        events: list[dict[str, Any]] = [event async for event in stream]
        streamed = "".join(event["text"] for event in events if event["type"] == "token")
        assert events[-1]["response"] == streamed
        return events[-1]


@pytest_asyncio.fixture
async def people(services: dict[str, RunningService]) -> AsyncIterator[tuple[Person, Person]]:
    """Dora and Emil, who have no memories before and after."""
    router = services["router"]
    async with AsyncExitStack() as stack:
        found = []
        for identity in (DORA, EMIL):
            client = get_client(url=router.url, api_key=None, headers=router.headers(identity))
            await stack.enter_async_context(client)
            found.append(Person(RemoteGraph("supervisor", client=client)))
        dora, emil = found
        yield dora, emil
        for person in found:
            await person.says("forget everything", fresh_id())


def stored(services: dict[str, RunningService], person: Identity) -> list[dict[str, Any]]:
    with services["router"].http(person) as http:
        found = http.post("/store/items/search", json={"namespace_prefix": NAMESPACE, "limit": 100})
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def test_what_is_remembered_in_one_conversation_is_used_in_the_next(
    services: dict[str, RunningService], people: tuple[Person, Person]
) -> None:
    dora, emil = people
    first, second = fresh_id(), fresh_id()
    assert "I will remember" in (await dora.says("I work in the Daegu branch.", first))["response"]
    expected = KOREAN["client"].expected(services["client"])
    answer = await dora.says("지난달 우리 지역 거래처 매출 합계는?", second)
    assert expected in answer["response"]
    assert [agent["name"] for agent in answer["agents"]] == ["client"]
    others = await emil.says("지난달 우리 지역 거래처 매출 합계는?", fresh_id())
    assert expected not in others["response"]
    assert "forgotten" in (await dora.says("forget my region", second))["response"]
    assert expected not in (await dora.says("지난달 우리 지역 거래처 매출 합계는?", fresh_id()))["response"]


async def test_answers_are_in_the_preferred_language(people: tuple[Person, Person]) -> None:
    dora, emil = people
    question = "How many employees are in the Sales department?"
    await dora.says("From now on answer in Korean.", fresh_id())
    assert "명" in (await dora.says(question, fresh_id()))["response"]
    assert "people" in (await emil.says(question, fresh_id()))["response"]


async def test_a_note_is_told_where_it_fits_and_forgotten_when_asked(
    services: dict[str, RunningService], people: tuple[Person, Person]
) -> None:
    dora, emil = people
    first = fresh_id()
    await dora.says("Remember that my locker at the Daegu warehouse is number 42.", first)
    question = "What is the number of my locker at the warehouse?"
    assert "number 42" in (await dora.says(question, fresh_id()))["response"]
    assert "number 42" not in (await emil.says(question, fresh_id()))["response"]
    assert "forgotten" in (await dora.says("forget that", first))["response"]
    assert "number 42" not in (await dora.says(question, fresh_id()))["response"]
    assert stored(services, DORA) == []


async def test_the_store_shows_and_deletes_only_ones_own(
    services: dict[str, RunningService], people: tuple[Person, Person]
) -> None:
    dora, _emil = people
    conversation = fresh_id()
    await dora.says("Remember that Dr. Park drinks no coffee.", conversation)
    [item] = stored(services, DORA)
    assert item["namespace"] == NAMESPACE
    assert item["value"]["text"] == "Dr. Park drinks no coffee."
    assert (item["value"]["kind"], item["value"]["conversation_id"]) == ("note", conversation)
    place = {"namespace": NAMESPACE, "key": item["key"]}
    assert stored(services, EMIL) == []
    with services["router"].http(EMIL) as http:
        assert http.get("/store/items", params={"namespace": "memories", "key": item["key"]}).json() is None
        assert http.request("DELETE", "/store/items", json=place).status_code == 204
        escaped = {"namespace_prefix": [DORA.user_id, *NAMESPACE]}
        assert http.post("/store/items/search", json=escaped).json()["items"] == []
    assert len(stored(services, DORA)) == 1
    with services["router"].http(DORA) as http:
        assert http.request("DELETE", "/store/items", json=place).status_code == 204
    listed = await dora.says("What do you remember about me?", fresh_id())
    assert listed["response"] == "I remember nothing about you."


async def test_the_decision_without_carrying_it_out_knows_the_region_too(
    services: dict[str, RunningService], people: tuple[Person, Person]
) -> None:
    dora, _emil = people
    await dora.says("I work in the Daegu branch.", fresh_id())
    asked = {"message": "Which clients in my region bought most in 2025?"}
    with services["router"].http(DORA) as own, services["router"].http(EMIL) as others:
        found, plain = own.post("/route", json=asked).json(), others.post("/route", json=asked).json()
    assert found["delegations"][0]["task"] == "Which clients in Daegu bought most in 2025?"
    assert "asked to remember" in found["reason"]["text"]
    assert plain["delegations"][0]["task"] == asked["message"]
    assert "remember" not in plain["reason"]["text"]
