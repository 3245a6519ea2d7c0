"""Assistants that users make, through `langgraph_sdk`."""

from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import APIStatusError, ConflictError, NotFoundError, UnprocessableEntityError

from services.agent_server.assistants.catalog import assistant_id_of
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread
from tests.contract.agent_server.conftest import BORIS, RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _made(client: LangGraphClient, **fields: Any) -> dict[str, Any]:
    return dict(await client.assistants.create("whoami", **fields))


async def test_creates_reads_and_deletes(either_server: RunningServer) -> None:
    assistants = either_server.sdk().assistants
    made = await assistants.create(
        "whoami", {"tags": ["t"], "recursion_limit": 7}, name="warm", description="d", metadata={"a": 1}
    )
    assert (made["graph_id"], made["version"], made["name"]) == ("whoami", 1, "warm")
    assert made["config"] == {"tags": ["t"], "recursion_limit": 7}
    assert (made["context"], made["metadata"], made["description"]) == ({}, {"a": 1}, "d")
    assert await assistants.get(made["assistant_id"]) == made
    await assistants.delete(made["assistant_id"])
    with pytest.raises(NotFoundError):
        await assistants.get(made["assistant_id"])


async def test_config_and_context_mirror_each_other(server: RunningServer) -> None:
    client = server.sdk()
    by_config = await _made(client, config={"configurable": {"tone": "dry"}})
    assert by_config["context"] == {"tone": "dry"}
    by_context = await _made(client, context={"tone": "dry"})
    assert by_context["config"] == {"configurable": {"tone": "dry"}}
    with pytest.raises(APIStatusError) as refused:
        await _made(client, config={"configurable": {"tone": "dry"}}, context={"tone": "wet"})
    assert refused.value.status_code == 400


async def test_reserved_keys_are_not_stored(server: RunningServer) -> None:
    configurable = {"user_id": "root", "__pregel_x": 1, "langgraph_auth_user": "root", "tone": "dry"}
    made = await _made(server.sdk(), config={"configurable": configurable})
    assert made["config"] == {"configurable": {"tone": "dry"}}


async def test_an_existing_id_conflicts_unless_told_to_do_nothing(either_server: RunningServer) -> None:
    client = either_server.sdk()
    made = await _made(client, assistant_id=fresh_id(), name="first")
    with pytest.raises(ConflictError):
        await _made(client, assistant_id=made["assistant_id"])
    again = await _made(client, assistant_id=made["assistant_id"], if_exists="do_nothing", name="second")
    assert again == made
    with pytest.raises(NotFoundError):
        await _made(either_server.sdk(BORIS), assistant_id=made["assistant_id"])


async def test_refuses_what_cannot_be(server: RunningServer) -> None:
    assistants = server.sdk().assistants
    with pytest.raises(NotFoundError):
        await assistants.create("nope")
    with pytest.raises(UnprocessableEntityError):
        await assistants.create("echo", assistant_id="no-uuid")
    with pytest.raises(ConflictError):
        await assistants.create("echo", assistant_id=assistant_id_of("echo"))
    async with server.http() as http:
        answer = await http.post("/assistants", json={"graph_id": "echo", "bogus": 1})
        assert answer.status_code == 422
        assert answer.json()["error"]["details"]["fields"][0]["field"] == "bogus"


async def test_each_change_makes_a_version_and_any_can_be_put_in_force(either_server: RunningServer) -> None:
    assistants = either_server.sdk().assistants
    made = await assistants.create("whoami", context={"tone": "dry"}, metadata={"a": 1}, name="one")
    assistant_id = made["assistant_id"]
    second = await assistants.update(assistant_id, metadata={"b": 2}, name="two", graph_id="echo")
    assert (second["version"], second["metadata"], second["graph_id"]) == (2, {"a": 1, "b": 2}, "echo")
    third = await assistants.update(assistant_id, context={"tone": "wet"})
    assert (third["context"], third["config"]) == ({"tone": "wet"}, {"configurable": {"tone": "wet"}})
    assert (third["name"], third["version"]) == ("two", 3)

    versions = await assistants.get_versions(assistant_id, limit=2)
    assert [version["version"] for version in versions] == [3, 2]
    assert [v["version"] for v in await assistants.get_versions(assistant_id, offset=2)] == [1]
    assert [v["version"] for v in await assistants.get_versions(assistant_id, metadata={"b": 2})] == [3, 2]

    first = await assistants.set_latest(assistant_id, 1)
    assert (first["version"], first["context"], first["graph_id"]) == (1, {"tone": "dry"}, "whoami")
    assert (await assistants.update(assistant_id, name="four"))["version"] == 4
    with pytest.raises(NotFoundError):
        await assistants.set_latest(assistant_id, 99)


async def test_a_graphs_own_assistant_is_read_only(server: RunningServer) -> None:
    assistants = server.sdk().assistants
    own = assistant_id_of("echo")
    for refused in (
        assistants.update(own, name="hacked"),
        assistants.delete(own),
        assistants.set_latest(own, 1),
    ):
        with pytest.raises(APIStatusError) as error:
            await refused
        assert error.value.status_code == 403
    assert [version["version"] for version in await assistants.get_versions(own)] == [1]


async def test_another_users_assistant_looks_absent(either_server: RunningServer) -> None:
    made = await _made(either_server.sdk(), metadata={"mine": True})
    assistant_id, others = made["assistant_id"], either_server.sdk(BORIS)
    for refused in (
        others.assistants.get(assistant_id),
        others.assistants.update(assistant_id, name="x"),
        others.assistants.delete(assistant_id),
        others.assistants.get_versions(assistant_id),
        others.assistants.set_latest(assistant_id, 1),
        others.assistants.get_graph(assistant_id),
        others.assistants.get_schemas(assistant_id),
        others.assistants.get_subgraphs(assistant_id),
    ):
        with pytest.raises(NotFoundError):
            await refused
    with pytest.raises(UnprocessableEntityError):
        await others.runs.create(None, assistant_id, input=asks())
    assert await others.assistants.search(metadata={"mine": True}) == []
    assert (await either_server.sdk().assistants.get(assistant_id))["version"] == 1


async def test_searches_both_kinds_as_one_list(either_server: RunningServer) -> None:
    assistants = either_server.sdk().assistants
    tag = fresh_id()
    for name in ("Äpfel", "birnen", "100%"):
        await assistants.create("echo", name=f"{name} {tag}", metadata={"tag": tag, "deep": {"name": name}})

    everything = await assistants.search(graph_id="echo", sort_by="name", sort_order="asc", limit=1000)
    assert len(everything) == await assistants.count(graph_id="echo")
    names = [entry["name"] for entry in everything]
    assert names == sorted(names)
    assert "echo" in names
    paged = []
    for offset in range(len(everything)):
        paged += await assistants.search(
            graph_id="echo", sort_by="name", sort_order="asc", limit=1, offset=offset
        )
    assert paged == everything

    assert await assistants.count(metadata={"tag": tag}) == 3
    assert len(await assistants.search(metadata={"deep": {"name": "birnen"}, "tag": tag})) == 1
    assert [entry["name"] for entry in await assistants.search(name=f"BIRNEN {tag}")] == [f"birnen {tag}"]
    assert len(await assistants.search(name=f"100% {tag}")) == 1
    assert await assistants.search(name=f"% {tag}", graph_id="talk") == []


async def test_search_answers_the_fields_and_the_page_that_are_asked_for(server: RunningServer) -> None:
    assistants = server.sdk().assistants
    tag = fresh_id()
    for _ in range(3):
        await assistants.create("echo", metadata={"tag": tag})
    page: Any = await assistants.search(
        metadata={"tag": tag}, limit=2, select=["assistant_id", "name"], response_format="object"
    )
    assert page["next"] == "2"
    assert [sorted(entry) for entry in page["assistants"]] == [["assistant_id", "name"]] * 2
    async with server.http() as http:
        wrong = await http.post("/assistants/search", json={"select": ["secret"]})
        assert wrong.status_code == 422


async def test_a_run_stands_on_its_assistant_and_wins_over_it(either_server: RunningServer) -> None:
    client = either_server.sdk()
    made = await _made(client, context={"tone": "dry"}, metadata={"team": "a", "kind": "base"})
    thread_id = await fresh_thread(client)
    values: Any = await client.runs.wait(thread_id, made["assistant_id"], input=asks())
    assert values["note"].endswith(" dry")
    thread: Any = await client.threads.get(thread_id)
    assert thread["metadata"] == {"graph_id": "whoami", "assistant_id": made["assistant_id"]}
    run: Any = (await client.runs.list(thread_id))[0]
    assert run["assistant_id"] == made["assistant_id"]
    assert run["metadata"] | {"team": "a", "kind": "base"} == run["metadata"]

    own: Any = await client.runs.wait(
        thread_id, made["assistant_id"], input=asks(), context={"tone": "wet"}, metadata={"kind": "own"}
    )
    assert own["note"].endswith(" wet")
    newest: Any = (await client.runs.list(thread_id))[0]
    assert newest["metadata"] | {"team": "a", "kind": "own"} == newest["metadata"]
    configured: Any = await client.runs.wait(
        None, made["assistant_id"], input=asks(), config={"configurable": {"tone": "odd"}}
    )
    assert configured["note"].endswith(" odd")


async def test_a_new_version_changes_later_runs_only(server: RunningServer) -> None:
    client = server.sdk()
    made = await _made(client, context={"tone": "dry"})
    await client.assistants.update(made["assistant_id"], context={"tone": "wet"})
    values: Any = await client.runs.wait(None, made["assistant_id"], input=asks())
    assert values["note"].endswith(" wet")
    await client.assistants.set_latest(made["assistant_id"], 1)
    values = await client.runs.wait(None, made["assistant_id"], input=asks())
    assert values["note"].endswith(" dry")


async def test_context_and_configurable_together_are_refused(server: RunningServer) -> None:
    with pytest.raises(APIStatusError) as refused:
        await server.sdk().runs.create(
            None, "whoami", input=asks(), context={"tone": "a"}, config={"configurable": {"tone": "b"}}
        )
    assert refused.value.status_code == 400


async def test_deletes_the_threads_it_ran_on_where_that_is_wanted(either_server: RunningServer) -> None:
    client = either_server.sdk()
    made = await _made(client)
    with_it, without = await fresh_thread(client), await fresh_thread(client)
    await client.runs.wait(with_it, made["assistant_id"], input=asks())
    await client.runs.wait(without, "whoami", input=asks())
    await client.assistants.delete(made["assistant_id"], delete_threads=True)
    with pytest.raises(NotFoundError):
        await client.threads.get(with_it)
    await client.threads.get(without)


async def test_a_thread_stays_readable_without_its_assistant(server: RunningServer) -> None:
    client = server.sdk()
    made = await _made(client)
    thread_id = await fresh_thread(client)
    await client.runs.wait(thread_id, made["assistant_id"], input=asks())
    await client.assistants.delete(made["assistant_id"])
    assert (await client.threads.get_state(thread_id))["values"]["note"]  # type: ignore[call-overload]


async def test_shows_the_graph_and_the_schemas_of_both_kinds(server: RunningServer) -> None:
    assistants = server.sdk().assistants
    made = await assistants.create("parent")
    graph = await assistants.get_graph(made["assistant_id"], xray=True)
    assert graph == await assistants.get_graph("parent", xray=1)
    schemas = await assistants.get_schemas(made["assistant_id"])
    assert schemas["graph_id"] == "parent"
    assert schemas["context_schema"] == schemas["config_schema"]
    assert set(schemas["context_schema"]["properties"]) == {"tone"}  # type: ignore[index]
    assert "child" in await assistants.get_subgraphs(made["assistant_id"])
    assert "child" in await assistants.get_subgraphs(made["assistant_id"], "child", recurse=True)
    async with server.http() as http:
        refused = await http.get("/assistants/parent/graph", params={"xray": -1})
        assert refused.json()["error"]["code"] == "xray_invalid"
