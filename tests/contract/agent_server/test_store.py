"""The store over the API: the wire's shapes, each person's own part, and what cannot be asked."""

from typing import Any

import pytest
from langgraph.store.base import BaseStore

from tests.contract.agent_server.asking import fresh_id
from tests.contract.agent_server.conftest import ANNA, BORIS, RunningServer
from tests.contract.agent_server.instances import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def store_of(server: RunningServer) -> BaseStore:
    """The store as graphs have it."""
    store: BaseStore = server.app.state.server.store
    return store


async def test_items_are_written_read_and_deleted(either_server: RunningServer) -> None:
    store, place = either_server.sdk().store, ["users", fresh_id()]
    await store.put_item(place, "k", {"x": 1})
    first = await store.get_item(place, "k")
    await store.put_item(place, "k", {"x": 2})
    second = await store.get_item(place, "k")
    assert set(first) == {"namespace", "key", "value", "created_at", "updated_at"}
    assert (first["namespace"], first["key"]) == (place, "k")
    assert (first["value"], second["value"]) == ({"x": 1}, {"x": 2})
    assert str(first["created_at"]).endswith("+00:00")
    await store.delete_item(place, "k")
    await store.delete_item(place, "k")
    assert await store.get_item(place, "k") is None


async def test_items_are_found_below_a_namespace_by_their_values(either_server: RunningServer) -> None:
    store, root = either_server.sdk().store, fresh_id()
    for number, kind in enumerate(("a", "b", "b")):
        await store.put_item([root, f"n{number}"], "k", {"kind": kind, "number": number, "list": [1]})
    await store.put_item([f"{root}x"], "k", {"kind": "b", "number": 1})

    async def keys(**asked: Any) -> list[str]:
        found = await store.search_items([root], **asked)
        assert all(item["score"] is None for item in found["items"])
        return sorted(item["namespace"][1] for item in found["items"])

    assert await keys() == ["n0", "n1", "n2"]
    assert await keys(filter={"kind": "b"}) == ["n1", "n2"]
    assert await keys(filter={"number": {"$gte": 1, "$lt": 2}}) == ["n1"]
    assert await keys(filter={"list": [1], "kind": {"$ne": "a"}}) == ["n1", "n2"]
    assert len(await keys(limit=2)) == 2
    assert len(await keys(limit=2, offset=2)) == 1


async def test_namespaces_are_listed(either_server: RunningServer) -> None:
    store, root = either_server.sdk().store, fresh_id()
    for path in (["a", "x"], ["a", "y"], ["b", "x"]):
        await store.put_item([root, *path], "k", {})

    async def listed(**asked: Any) -> list[list[str]]:
        return (await store.list_namespaces(**asked))["namespaces"]

    assert await listed(prefix=[root]) == [[root, "a", "x"], [root, "a", "y"], [root, "b", "x"]]
    assert await listed(prefix=[root, "*", "x"]) == [[root, "a", "x"], [root, "b", "x"]]
    assert await listed(prefix=[root], suffix=["y"]) == [[root, "a", "y"]]
    assert await listed(prefix=[root], max_depth=2) == [[root, "a"], [root, "b"]]
    assert await listed(prefix=[root], limit=1, offset=2) == [[root, "b", "x"]]


async def test_nobody_reaches_the_items_of_another(either_server: RunningServer) -> None:
    mine, theirs, root = either_server.sdk().store, either_server.sdk(BORIS).store, fresh_id()
    await mine.put_item([root], "k", {"secret": 1})
    attempts = ([root], [ANNA.user_id, root], ["*", root], ["%", root])
    for place in attempts:
        assert await theirs.get_item(place, "k") is None
        assert (await theirs.search_items(place))["items"] == []
        assert (await theirs.list_namespaces(prefix=place))["namespaces"] == []
    for place in attempts:
        await theirs.delete_item(place, "k")
        await theirs.put_item(place, "k", {"theirs": 1})
    assert (await theirs.list_namespaces(suffix=[ANNA.user_id, root]))["namespaces"] == [[ANNA.user_id, root]]
    assert (await mine.get_item([root], "k"))["value"] == {"secret": 1}
    everything = (await mine.search_items([], limit=1000))["items"]
    assert not [item for item in everything if "theirs" in item["value"]]


@pytest.mark.parametrize("user_id", ["u-ann", "u-anna.x", "*", "u-anna_", "u-%"])
async def test_similar_user_ids_are_different_people(either_server: RunningServer, user_id: str) -> None:
    root = fresh_id()
    other = either_server.sdk(BORIS.model_copy(update={"user_id": user_id})).store
    await either_server.sdk().store.put_item([root], "k", {"mine": 1})
    await other.put_item([root], "k", {"mine": 2})
    assert [item["value"] for item in (await other.search_items([root]))["items"]] == [{"mine": 2}]
    assert (await other.list_namespaces(suffix=[root]))["namespaces"] == [[root]]
    assert (await either_server.sdk().store.get_item([root], "k"))["value"] == {"mine": 1}


async def test_a_graph_shares_its_memory_below_the_users_id(either_server: RunningServer) -> None:
    key, store = fresh_id(), store_of(either_server)
    await store.aput((ANNA.user_id, "memories"), key, {"likes": "tea"})
    await store.aput((ANNA.user_id,), key, {"at": "the root"})
    await store.aput(("of the graph",), key, {"for": "itself"})
    sdk = either_server.sdk()
    assert (await sdk.store.get_item(["memories"], key))["value"] == {"likes": "tea"}
    found = (await sdk.store.search_items([], filter={"at": "the root"}))["items"]
    assert [] in [item["namespace"] for item in found]
    assert (await sdk.store.search_items(["of the graph"]))["items"] == []


async def test_items_go_when_their_time_is_over(either_server: RunningServer) -> None:
    sdk, store, root = either_server.sdk(), store_of(either_server), fresh_id()
    await sdk.store.put_item([root], "short", {}, ttl=0.01)  # type: ignore[arg-type]
    await sdk.store.put_item([root], "long", {}, ttl=60)
    assert await sdk.store.get_item([root], "long", refresh_ttl=True) is not None

    async def is_gone() -> bool:
        await store.sweep_ttl()  # type: ignore[attr-defined]
        return await store.aget((ANNA.user_id, root), "short", refresh_ttl=False) is None

    await until(is_gone)
    found = (await sdk.store.search_items([root], refresh_ttl=False))["items"]
    assert [item["key"] for item in found] == ["long"]


PUT = {"namespace": ["a"], "key": "k", "value": {}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "/store/items", PUT | {"namespace": []}, 422, "namespace_invalid"),
        ("PUT", "/store/items", PUT | {"namespace": ["a.b"]}, 422, "namespace_invalid"),
        ("PUT", "/store/items", PUT | {"namespace": [""]}, 422, "namespace_invalid"),
        ("PUT", "/store/items", PUT | {"namespace": ["\0"]}, 422, "namespace_invalid"),
        ("PUT", "/store/items", PUT | {"namespace": ["x" * 1001]}, 422, "namespace_invalid"),
        ("PUT", "/store/items", PUT | {"namespace": ["x"] * 21}, 422, "namespace_invalid"),
        ("PUT", "/store/items", PUT | {"namespace": "a"}, 422, "invalid_input"),
        ("PUT", "/store/items", PUT | {"key": ""}, 422, "key_invalid"),
        ("PUT", "/store/items", PUT | {"key": "x" * 1001}, 422, "key_invalid"),
        ("PUT", "/store/items", PUT | {"value": "text"}, 422, "invalid_input"),
        ("PUT", "/store/items", PUT | {"value": {"x": "\0"}}, 422, "value_invalid"),
        ("PUT", "/store/items", PUT | {"value": {"x": 2**64}}, 422, "value_invalid"),
        ("PUT", "/store/items", PUT | {"value": {"x": "y" * 2**20}}, 413, "value_too_large"),
        ("PUT", "/store/items", PUT | {"ttl": 0}, 422, "invalid_input"),
        ("PUT", "/store/items", PUT | {"index": ["$.x"]}, 422, "store_without_index"),
        ("PUT", "/store/items", PUT | {"bogus": 1}, 422, "invalid_input"),
        ("PUT", "/store/items", PUT | {"index": False, "ttl": None}, 204, ""),
        ("GET", "/store/items?namespace=a..b&key=k", None, 422, "namespace_invalid"),
        ("GET", "/store/items?namespace=&key=k", None, 422, "namespace_invalid"),
        ("GET", "/store/items?namespace=a", None, 422, "invalid_input"),
        ("DELETE", "/store/items", {"namespace": ["a"]}, 422, "invalid_input"),
        ("POST", "/store/items/search", {"query": "tea"}, 422, "store_without_index"),
        ("POST", "/store/items/search", {"limit": 1001}, 422, "invalid_input"),
        ("POST", "/store/items/search", {"namespace_prefix": ["a", ""]}, 422, "namespace_invalid"),
        ("POST", "/store/items/search", {"filter": {"a'b": 1}}, 422, "filter_invalid"),
        ("POST", "/store/items/search", {"filter": {"a": {"$in": [1]}}}, 422, "filter_invalid"),
        ("POST", "/store/items/search", {"filter": {"a": "\0"}}, 422, "filter_invalid"),
        ("POST", "/store/namespaces", {"max_depth": 0}, 422, "invalid_input"),
        ("POST", "/store/namespaces", {"suffix": ["a.b"]}, 422, "namespace_invalid"),
    ],
)
async def test_what_cannot_be_stored_or_asked_is_refused(
    server: RunningServer, method: str, path: str, body: Any, status: int, code: str
) -> None:
    async with server.http() as http:
        answer = await http.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert not code or answer.json()["error"]["code"] == code


async def test_half_a_character_is_refused(server: RunningServer) -> None:
    async with server.http() as http:
        for body in (
            '{"namespace":["\\ud800"],"key":"k","value":{}}',
            '{"namespace":["a"],"key":"\\ud800","value":{}}',
            '{"namespace":["a"],"key":"k","value":{"x":"\\ud800"}}',
        ):
            headers = {"content-type": "application/json"}
            answer = await http.put("/store/items", content=body, headers=headers)
            assert answer.status_code == 422, answer.text
