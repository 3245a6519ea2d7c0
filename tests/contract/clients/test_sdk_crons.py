"""The SDK's crons client: every method, async and sync."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from langgraph_sdk.errors import LangGraphError, NotFoundError

from tests.contract.clients.asking import asks, new_id


async def test_a_cron_is_made_changed_and_deleted(sdk: Any) -> None:
    mark = new_id()
    made = await sdk.crons.create(
        "echo",
        schedule="27 15 * * *",
        input=asks(),
        metadata={"mark": mark},
        timezone="Asia/Seoul",
        end_time=datetime.now(UTC) + timedelta(days=7),
        on_run_completed="keep",
        stream_mode=["values"],
        durability="exit",
    )
    cron_id = made["cron_id"]
    assert (made["schedule"], made["timezone"], made["enabled"]) == ("27 15 * * *", "Asia/Seoul", True)
    assert made["metadata"]["mark"] == mark
    assert made["payload"]["input"]["messages"][0]["content"] == "hi"
    next_run = datetime.fromisoformat(made["next_run_date"]).astimezone(ZoneInfo("Asia/Seoul"))
    assert (next_run.hour, next_run.minute) == (15, 27)
    (found,) = await sdk.crons.search(metadata={"mark": mark})
    assert found["cron_id"] == cron_id
    assert await sdk.crons.count(metadata={"mark": mark}) == 1
    changed = await sdk.crons.update(
        cron_id, schedule="0 9 * * 1", enabled=False, timezone="UTC", end_time=None, metadata={"mark": mark}
    )
    assert (changed["schedule"], changed["enabled"], changed["end_time"]) == ("0 9 * * 1", False, None)
    assert await sdk.crons.search(metadata={"mark": mark}, enabled=True) == []
    await sdk.crons.delete(cron_id)
    assert await sdk.crons.search(metadata={"mark": mark}) == []
    with pytest.raises(NotFoundError):
        await sdk.crons.delete(cron_id)


async def test_a_threads_cron_is_found_by_its_thread(sdk: Any) -> None:
    thread_id = (await sdk.threads.create())["thread_id"]
    made = await sdk.crons.create_for_thread(
        thread_id, "echo", schedule="0 0 1 1 *", input=asks(), multitask_strategy="enqueue"
    )
    assert made["thread_id"] == thread_id
    assistant_id = (await sdk.assistants.get("echo"))["assistant_id"]
    assert made["assistant_id"] == assistant_id
    found = await sdk.crons.search(
        thread_id=thread_id, assistant_id=assistant_id, sort_by="next_run_date", sort_order="asc", limit=5
    )
    assert [one["cron_id"] for one in found] == [made["cron_id"]]
    assert await sdk.crons.count(thread_id=thread_id) == 1
    (short,) = await sdk.crons.search(thread_id=thread_id, select=["cron_id", "schedule"])
    assert short == {"cron_id": made["cron_id"], "schedule": "0 0 1 1 *"}
    await sdk.crons.delete(made["cron_id"])


async def test_a_schedule_that_makes_no_sense_is_refused(sdk: Any) -> None:
    with pytest.raises(LangGraphError):
        await sdk.crons.create("echo", schedule="every day", input=asks())
    with pytest.raises(LangGraphError):
        await sdk.crons.create("no such assistant", schedule="* * * * *", input=asks())
