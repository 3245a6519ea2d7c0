"""The SDK's runs client: every method, async and sync."""

import asyncio
from typing import Any

import httpx
import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError

from tests.contract.clients.asking import asks, data_of, events_of, names, new_id, texts
from tests.contract.clients.conftest import until
from tests.contract.clients.serving import ServedApp

STREAM_MODES = ("values", "updates", "messages", "messages-tuple", "custom", "tasks", "debug", "checkpoints")


async def new_thread(sdk: Any) -> str:
    thread: str = (await sdk.threads.create())["thread_id"]
    return thread


async def until_running(sdk: Any, thread_id: str, run_id: str) -> None:
    async def is_running() -> bool:
        return (await sdk.runs.get(thread_id, run_id))["status"] == "running"

    await until(is_running)


@pytest.mark.parametrize("mode", [*STREAM_MODES, "events"])
async def test_each_stream_mode(sdk: Any, mode: str) -> None:
    thread_id = await new_thread(sdk)
    parts = await events_of(sdk.runs.stream(thread_id, "talk", input=asks(), stream_mode=mode))
    assert names(parts)[0] == "metadata"
    assert names(parts)[-1] == "end"
    shown = set(names(parts)[1:-1])
    if mode == "messages":
        assert shown == {"messages/metadata", "messages/partial", "messages/complete"} or shown == {
            "messages/metadata",
            "messages/partial",
        }
    else:
        assert shown == {mode.removesuffix("-tuple")}


async def test_all_stream_modes_at_once_with_subgraphs(sdk: Any) -> None:
    parts = await events_of(
        sdk.runs.stream(None, "parent", input=asks(), stream_mode=list(STREAM_MODES), stream_subgraphs=True)
    )
    assert "error" not in names(parts)
    assert any(name.startswith("custom|child:") for name in names(parts))
    assert texts(data_of(parts, "values")[-1]) == ["hi", "hello brave world"]


async def test_the_newer_form_of_stream_parts(sdk: Any) -> None:
    parts = await events_of(
        sdk.runs.stream(None, "talk", input=asks(), stream_mode=["values", "updates"], version="v2")
    )
    kinds = {part["type"] for part in parts}
    assert {"values", "updates"} <= kinds


async def test_a_run_is_told_when_it_is_made(sdk: Any) -> None:
    thread_id, made = await new_thread(sdk), []
    await events_of(sdk.runs.stream(thread_id, "echo", input=asks(), on_run_created=made.append))
    await sdk.runs.wait(thread_id, "echo", input=asks(), on_run_created=made.append)
    await sdk.runs.create(thread_id, "echo", input=asks(), on_run_created=made.append)
    assert [one["thread_id"] for one in made] == [thread_id] * 3
    assert len({one["run_id"] for one in made}) == 3


async def test_wait_returns_the_values_or_raises(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    assert texts(await sdk.runs.wait(thread_id, "echo", input=asks())) == ["hi", "echo: hi"]
    assert texts(await sdk.runs.wait(None, "echo", input=asks())) == ["hi", "echo: hi"]
    with pytest.raises(Exception, match="boom from node"):
        await sdk.runs.wait(None, "fail", input=asks())
    failed = await sdk.runs.wait(None, "fail", input=asks(), raise_error=False)
    assert failed["__error__"] == {"error": "ValueError", "message": "boom from node"}


async def test_a_failed_runs_stream_ends_with_its_error(sdk: Any) -> None:
    parts = await events_of(sdk.runs.stream(None, "fail", input=asks()))
    assert data_of(parts, "error") == [{"error": "ValueError", "message": "boom from node"}]


async def test_a_run_in_the_background_is_joined_listed_and_deleted(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    run = await sdk.runs.create(thread_id, "echo", input=asks(), metadata={"colour": "red"})
    assert run["thread_id"] == thread_id
    assert run["status"] in ("pending", "running", "success")
    assert run["metadata"]["colour"] == "red"
    values = await sdk.runs.join(thread_id, run["run_id"])
    assert texts(values) == ["hi", "echo: hi"]
    found = await sdk.runs.get(thread_id, run["run_id"])
    assert found["status"] == "success"
    await sdk.runs.wait(thread_id, "fail", input=asks(), raise_error=False)
    listed = await sdk.runs.list(thread_id)
    assert [one["status"] for one in listed] == ["error", "success"]
    assert [one["run_id"] for one in await sdk.runs.list(thread_id, status="success")] == [run["run_id"]]
    assert [one["run_id"] for one in await sdk.runs.list(thread_id, limit=1, offset=1)] == [run["run_id"]]
    (short,) = await sdk.runs.list(thread_id, limit=1, select=["run_id", "status"])
    assert set(short) == {"run_id", "status"}
    await sdk.runs.delete(thread_id, run["run_id"])
    with pytest.raises(NotFoundError):
        await sdk.runs.get(thread_id, run["run_id"])


async def test_a_run_without_a_thread_in_the_background(sdk: Any) -> None:
    run = await sdk.runs.create(None, "echo", input=asks())
    assert run["run_id"]


async def test_a_stream_is_joined_from_the_start_and_from_behind_an_event(
    sdk: Any, served: ServedApp
) -> None:
    thread_id, name = await new_thread(sdk), new_id()
    run = await sdk.runs.create(
        thread_id, "slow", input=asks(name), stream_mode=["values", "custom"], stream_resumable=True
    )
    await until_running(sdk, thread_id, run["run_id"])
    served.release(name)
    whole = await events_of(sdk.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"))
    assert data_of(whole, "custom") == [{"tick": 0}, {"tick": 1}]
    ids = [part.id for part in whole]
    assert all(ids)
    rest = await events_of(sdk.runs.join_stream(thread_id, run["run_id"], last_event_id=ids[1]))
    assert rest == whole[2:]
    only = await events_of(
        sdk.runs.join_stream(thread_id, run["run_id"], stream_mode="custom", last_event_id="-1")
    )
    assert set(names(only)) <= {"metadata", "custom", "end"}


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_a_run_is_cancelled(sdk: Any, served: ServedApp, action: Any) -> None:
    thread_id, name = await new_thread(sdk), new_id()
    await sdk.runs.wait(thread_id, "echo", input=asks("kept"))
    run = await sdk.runs.create(thread_id, "slow", input=asks(name))
    await until_running(sdk, thread_id, run["run_id"])
    await sdk.runs.cancel(thread_id, run["run_id"], wait=True, action=action)
    await until(lambda: _is_in(name, served))
    if action == "rollback":
        with pytest.raises(NotFoundError):
            await sdk.runs.get(thread_id, run["run_id"])
        assert texts((await sdk.threads.get_state(thread_id))["values"]) == ["kept", "echo: kept"]
    else:
        assert (await sdk.runs.get(thread_id, run["run_id"]))["status"] == "interrupted"
    assert texts(await sdk.runs.wait(thread_id, "echo", input=asks("after")))[-1] == "echo: after"


async def _is_in(name: str, served: ServedApp) -> bool:
    return name in served.gates.cancelled


async def test_many_runs_are_cancelled(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    first = await sdk.runs.create(thread_id, "slow", input=asks(new_id()))
    second = await sdk.runs.create(thread_id, "slow", input=asks(new_id()))
    await until_running(sdk, thread_id, first["run_id"])
    await sdk.runs.cancel_many(thread_id=thread_id, run_ids=[first["run_id"], second["run_id"]])

    async def all_ended() -> bool:
        return all(run["status"] == "interrupted" for run in await sdk.runs.list(thread_id))

    await until(all_ended)
    third = await sdk.runs.create(thread_id, "slow", input=asks(new_id()))
    await until_running(sdk, thread_id, third["run_id"])
    await sdk.runs.cancel_many(status="all")
    await until(all_ended)


async def test_a_batch_of_runs(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    payloads: list[Any] = [
        {"assistant_id": "echo", "input": asks("one")},
        {"assistant_id": "echo", "input": asks("two"), "metadata": {"n": 2}},
    ]
    made = await sdk.runs.create_batch(payloads)
    assert len({run["run_id"] for run in made}) == 2
    assert made[1]["metadata"]["n"] == 2
    assert await sdk.runs.list(thread_id) == []


async def test_a_busy_thread_refuses_queues_or_makes_way(sdk: Any, served: ServedApp) -> None:
    thread_id, name = await new_thread(sdk), new_id()
    first = await sdk.runs.create(thread_id, "slow", input=asks(name))
    await until_running(sdk, thread_id, first["run_id"])
    with pytest.raises(ConflictError):
        await sdk.runs.create(thread_id, "echo", input=asks(), multitask_strategy="reject")
    queued = await sdk.runs.create(thread_id, "echo", input=asks("queued"), multitask_strategy="enqueue")
    assert queued["status"] == "pending"
    served.release(name)
    values = await sdk.runs.join(thread_id, queued["run_id"])
    assert texts(values)[-1] == "echo: queued"
    second = await sdk.runs.create(thread_id, "slow", input=asks(new_id()))
    await until_running(sdk, thread_id, second["run_id"])
    values = await sdk.runs.wait(thread_id, "echo", input=asks("now"), multitask_strategy="interrupt")
    assert texts(values)[-1] == "echo: now"
    assert (await sdk.runs.get(thread_id, second["run_id"]))["status"] == "interrupted"
    third = await sdk.runs.create(thread_id, "slow", input=asks(new_id()))
    await until_running(sdk, thread_id, third["run_id"])
    values = await sdk.runs.wait(thread_id, "echo", input=asks("again"), multitask_strategy="rollback")
    assert texts(values)[-2:] == ["again", "echo: again"]
    with pytest.raises(NotFoundError):
        await sdk.runs.get(thread_id, third["run_id"])


async def test_an_interrupt_is_answered(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    values = await sdk.runs.wait(thread_id, "ask", input=asks())
    assert values["__interrupt__"][0]["value"] == {"question": "approve?"}
    thread = await sdk.threads.get(thread_id)
    assert thread["status"] == "interrupted"
    assert [one["value"] for found in thread["interrupts"].values() for one in found] == [
        {"question": "approve?"}
    ]
    parts = await events_of(
        sdk.runs.stream(thread_id, "ask", command={"resume": "yes"}, stream_mode=["values", "updates"])
    )
    assert texts(data_of(parts, "values")[-1])[-1] == "answer: yes"
    assert (await sdk.threads.get(thread_id))["status"] == "idle"


async def test_a_run_stops_before_and_after_nodes(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    await sdk.runs.wait(thread_id, "parent", input=asks(), interrupt_before=["child"])
    assert (await sdk.threads.get_state(thread_id))["next"] == ["child"]
    values = await sdk.runs.wait(thread_id, "parent", input=None)
    assert texts(values)[-1] == "hello brave world"
    other = await new_thread(sdk)
    await sdk.runs.wait(other, "parent", input=asks(), interrupt_after="*")
    assert (await sdk.threads.get_state(other))["next"] == ["child"]


async def test_commands_update_and_go_to_nodes(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    await sdk.runs.wait(thread_id, "echo", input=asks("one"))
    command: Any = {"update": {"note": "by command"}, "goto": "echo"}
    values = await sdk.runs.wait(thread_id, "echo", command=command)
    assert values["note"] == "by command"
    assert texts(values) == ["one", "echo: one", "echo: echo: one"]


async def test_config_context_and_durability_reach_the_run(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    values = await sdk.runs.wait(thread_id, "whoami", input=asks(), context={"tone": "warm"})
    assert values["note"].endswith("warm")
    config: Any = {"configurable": {"tone": "cold"}, "tags": ["t"], "recursion_limit": 5}
    assert (await sdk.runs.wait(None, "whoami", input=asks(), config=config))["note"].endswith("cold")
    await sdk.runs.wait(await new_thread(sdk), "echo", input=asks(), durability="exit")
    exits = await new_thread(sdk)
    await sdk.runs.wait(exits, "parent", input=asks(), durability="exit")
    assert len(await sdk.threads.get_history(exits)) == 1


async def test_a_run_makes_its_thread_or_refuses_to(sdk: Any) -> None:
    thread_id = new_id()
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await sdk.runs.wait(thread_id, "echo", input=asks())
    await sdk.runs.wait(thread_id, "echo", input=asks(), if_not_exists="create")
    assert (await sdk.threads.get(thread_id))["status"] == "idle"


async def test_a_stateless_runs_thread_is_kept_where_that_is_asked(sdk: Any) -> None:
    made: list[Any] = []
    await sdk.runs.wait(None, "echo", input=asks("kept"), on_completion="keep", on_run_created=made.append)
    kept = made[0]["thread_id"]
    assert texts((await sdk.threads.get_state(kept))["values"]) == ["kept", "echo: kept"]


async def test_a_run_starts_at_once_and_says_so(sdk: Any) -> None:
    with pytest.raises(UnprocessableEntityError, match="after_seconds"):
        await sdk.runs.create(await new_thread(sdk), "echo", input=asks(), after_seconds=1)


async def test_a_reader_that_goes_cancels_its_run_where_that_is_asked(sdk: Any) -> None:
    thread_id, made = await new_thread(sdk), []
    stream = sdk.runs.stream(
        thread_id,
        "slow",
        input=asks(new_id()),
        stream_mode="custom",
        on_disconnect="cancel",
        on_run_created=made.append,
    )
    async for part in stream:
        if part.event == "custom":
            break
    await stream.aclose()

    async def is_cancelled() -> bool:
        return (await sdk.runs.get(thread_id, made[0]["run_id"]))["status"] == "interrupted"

    await until(is_cancelled)


async def test_what_does_not_exist_is_said_so(sdk: Any) -> None:
    thread_id = await new_thread(sdk)
    with pytest.raises(UnprocessableEntityError):
        await sdk.runs.create(thread_id, "no such assistant", input=asks())
    for call in (sdk.runs.get, sdk.runs.join, sdk.runs.cancel, sdk.runs.delete):
        with pytest.raises(httpx.HTTPStatusError, match=r"404|not found"):
            await call(thread_id, new_id())
    async with asyncio.timeout(20):
        with pytest.raises(NotFoundError):
            await events_of(sdk.runs.join_stream(thread_id, new_id()))
