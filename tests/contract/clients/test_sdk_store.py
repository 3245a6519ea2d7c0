"""The SDK's store client: every method, async and sync."""

from typing import Any

from tests.contract.clients.asking import new_id


async def test_items_are_kept_found_and_deleted(sdk: Any) -> None:
    space = new_id()
    await sdk.store.put_item([space, "a"], key="one", value={"colour": "red", "n": 1})
    await sdk.store.put_item([space, "a"], key="two", value={"colour": "blue", "n": 2}, index=False)
    await sdk.store.put_item([space, "b"], key="one", value={"colour": "red"})
    item = await sdk.store.get_item([space, "a"], key="one")
    assert (item["namespace"], item["key"], item["value"]) == ([space, "a"], "one", {"colour": "red", "n": 1})
    assert item["created_at"]
    assert await sdk.store.get_item([space, "a"], key="three") is None
    found = await sdk.store.search_items([space], limit=10)
    assert len(found["items"]) == 3
    red = await sdk.store.search_items([space, "a"], filter={"colour": "red"})
    assert [one["key"] for one in red["items"]] == ["one"]
    assert len((await sdk.store.search_items([space], limit=1, offset=2))["items"]) == 1
    await sdk.store.put_item([space, "a"], key="one", value={"colour": "green"})
    assert (await sdk.store.get_item([space, "a"], key="one"))["value"] == {"colour": "green"}
    spaces = await sdk.store.list_namespaces(prefix=[space])
    assert sorted(spaces["namespaces"]) == [[space, "a"], [space, "b"]]
    assert (await sdk.store.list_namespaces(prefix=[space], max_depth=1))["namespaces"] == [[space]]
    assert (await sdk.store.list_namespaces(prefix=[space], suffix=["b"]))["namespaces"] == [[space, "b"]]
    await sdk.store.delete_item([space, "a"], key="one")
    assert await sdk.store.get_item([space, "a"], key="one") is None
