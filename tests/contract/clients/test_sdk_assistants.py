"""The SDK's assistants client: every method, async and sync."""

from typing import Any

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError

from tests.contract.agent_server.graphs import build_graphs
from tests.contract.clients.asking import asks, new_id

GRAPHS = set(build_graphs())


async def test_each_graph_has_an_assistant(sdk: Any) -> None:
    found = await sdk.assistants.search(metadata={"created_by": "system"}, limit=100)
    assert {entry["graph_id"] for entry in found} >= GRAPHS
    (echo,) = await sdk.assistants.search(graph_id="echo", metadata={"created_by": "system"})
    assert echo["name"] == "echo"
    assert echo["version"] == 1
    assert await sdk.assistants.get("echo") == await sdk.assistants.get(echo["assistant_id"]) == echo
    assert await sdk.assistants.count(graph_id="echo", metadata={"created_by": "system"}) == 1
    with pytest.raises(NotFoundError):
        await sdk.assistants.get(new_id())


async def test_search_pages_sorts_selects_and_filters(sdk: Any) -> None:
    page = await sdk.assistants.search(
        metadata={"created_by": "system"},
        limit=2,
        offset=1,
        sort_by="graph_id",
        sort_order="asc",
        select=["graph_id", "assistant_id"],
    )
    assert [entry["graph_id"] for entry in page] == sorted(GRAPHS)[1:3]
    assert all(set(entry) == {"graph_id", "assistant_id"} for entry in page)
    by_name = await sdk.assistants.search(name="ECH", metadata={"created_by": "system"})
    assert [entry["graph_id"] for entry in by_name] == ["echo"]
    whole = await sdk.assistants.search(metadata={"created_by": "system"}, limit=3, response_format="object")
    assert len(whole["assistants"]) == 3
    assert whole["next"] == "3"
    last = await sdk.assistants.search(graph_id="echo", name="echo", response_format="object")
    assert last["next"] is None


async def test_a_graph_is_drawn_and_its_schemas_are_told(sdk: Any) -> None:
    drawn = await sdk.assistants.get_graph("parent")
    assert {node["id"] for node in drawn["nodes"]} == {"__start__", "pre", "child", "__end__"}
    assert {"source": "pre", "target": "child"} in [
        {"source": edge["source"], "target": edge["target"]} for edge in drawn["edges"]
    ]
    inside = await sdk.assistants.get_graph("parent", xray=True)
    assert "child:talk" in {node["id"] for node in inside["nodes"]}
    schemas = await sdk.assistants.get_schemas("whoami")
    assert schemas["graph_id"] == "whoami"
    assert "messages" in schemas["input_schema"]["properties"]
    assert "messages" in schemas["output_schema"]["properties"]
    assert "note" in schemas["state_schema"]["properties"]
    assert "tone" in schemas["context_schema"]["properties"]
    subgraphs = await sdk.assistants.get_subgraphs("parent")
    assert set(subgraphs) == {"child"}
    assert set(await sdk.assistants.get_subgraphs("parent", namespace="child", recurse=True)) == {"child"}


async def test_an_assistant_is_made_changed_and_deleted(sdk: Any) -> None:
    mark = new_id()
    made = await sdk.assistants.create(
        "whoami",
        context={"tone": "warm"},
        metadata={"mark": mark},
        name="warm one",
        description="speaks warmly",
    )
    assistant_id = made["assistant_id"]
    assert (made["graph_id"], made["name"], made["version"]) == ("whoami", "warm one", 1)
    assert (made["context"], made["description"]) == ({"tone": "warm"}, "speaks warmly")
    assert [one["assistant_id"] for one in await sdk.assistants.search(metadata={"mark": mark})] == [
        assistant_id
    ]
    values = await sdk.runs.wait(None, assistant_id, input=asks())
    assert values["note"].endswith("warm")
    changed = await sdk.assistants.update(
        assistant_id, context={"tone": "cold"}, name="cold one", metadata={"more": 1}
    )
    assert (changed["version"], changed["name"], changed["graph_id"]) == (2, "cold one", "whoami")
    assert changed["metadata"]["mark"] == mark
    assert changed["metadata"]["more"] == 1
    assert (await sdk.runs.wait(None, assistant_id, input=asks()))["note"].endswith("cold")
    versions = await sdk.assistants.get_versions(assistant_id)
    assert [version["version"] for version in versions] == [2, 1]
    assert [v["version"] for v in await sdk.assistants.get_versions(assistant_id, limit=1, offset=1)] == [1]
    back = await sdk.assistants.set_latest(assistant_id, 1)
    assert back["context"] == {"tone": "warm"}
    assert (await sdk.runs.wait(None, assistant_id, input=asks()))["note"].endswith("warm")
    await sdk.assistants.delete(assistant_id)
    with pytest.raises(NotFoundError):
        await sdk.assistants.get(assistant_id)
    assert await sdk.assistants.count(metadata={"mark": mark}) == 0


async def test_an_assistants_id_is_taken_once(sdk: Any) -> None:
    assistant_id = new_id()
    made = await sdk.assistants.create("echo", assistant_id=assistant_id)
    with pytest.raises(ConflictError):
        await sdk.assistants.create("echo", assistant_id=assistant_id)
    again = await sdk.assistants.create("echo", assistant_id=assistant_id, if_exists="do_nothing")
    assert again["created_at"] == made["created_at"]
    with pytest.raises((NotFoundError, UnprocessableEntityError)):
        await sdk.assistants.create("no such graph")
    thread = await sdk.threads.create(metadata={"assistant_id": assistant_id})
    await sdk.assistants.delete(assistant_id, delete_threads=True)
    with pytest.raises(NotFoundError):
        await sdk.threads.get(thread["thread_id"])
