"""Events in the database, on SQLite and PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from services.agent_server.storage import events
from services.agent_server.storage.events import NO_EVENT, Batch
from services.agent_server.storage.models import Run
from tests.unit.services.agent_server.conftest import Recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")


def batch(run_id: str, first: int, last: int, *, attempt: int = 1, text: str = "") -> Batch:
    frames = "".join(
        f"event: e{text}\r\ndata: 1\r\nid: {number}\r\n\r\n" for number in range(first, last + 1)
    )
    return Batch(run_id, attempt, first, last, frames.encode())


async def test_batches_of_several_runs_are_stored_at_once_and_read_from_behind_an_id(
    recorded: Recorded,
) -> None:
    store = recorded.store
    one, two = await recorded.run(), await recorded.run()
    assert await store.last_id(one) == NO_EVENT
    assert await store.append([batch(one, 0, 2), batch(two, 0, 0)]) == {one, two}
    assert await store.append([batch(one, 3, 3)]) == {one}
    assert (await store.last_id(one), await store.last_id(two)) == (3, 0)
    first = await store.read(one, after=NO_EVENT)
    assert first
    assert (first.first_id, first.last_id, first.frames) == (0, 2, batch(one, 0, 2).frames)
    assert (found := await store.read(one, after=1))
    assert found.first_id == 0
    assert (found := await store.read(one, after=2))
    assert found.first_id == 3
    assert await store.read(one, after=3) is None


async def test_only_one_of_two_writers_goes_on(recorded: Recorded) -> None:
    store, run_id = recorded.store, await recorded.run()
    others = [batch(run_id, 0, 0, text=str(number)) for number in range(4)]
    stored = await asyncio.gather(*(store.append([other]) for other in others))
    assert sorted(len(each) for each in stored) == [0, 0, 0, 1]
    winner = others[[bool(each) for each in stored].index(True)]
    told = [await store.recording(other) for other in others]
    assert [bool(each and each.same) for each in told] == [other is winner for other in others]
    assert told[0]
    assert (told[0].process, told[0].last_id) == ("a/1/1.0", 0)


async def test_who_lost_the_run_and_whose_run_is_gone_stores_nothing(recorded: Recorded) -> None:
    store, run_id = recorded.store, await recorded.run(attempt=2)
    assert await store.append([batch(run_id, 0, 0, attempt=1)]) == set()
    told = await store.recording(batch(run_id, 0, 0, attempt=1))
    assert told == ("a/1/1.0", NO_EVENT, False)
    assert await store.append([batch(run_id, 0, 0, attempt=2)]) == {run_id}
    async with recorded.engine.begin() as connection:
        await connection.execute(delete(Run).where(Run.run_id == run_id))
    assert await store.last_id(run_id) == NO_EVENT
    assert await store.append([batch(run_id, 1, 1, attempt=2)]) == set()
    assert await store.recording(batch(run_id, 1, 1, attempt=2)) is None


async def test_one_question_answers_for_all_followed_runs(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = recorded.store
    working = await recorded.run()
    failed = await recorded.run(status="error", error={"error": "E", "message": "m"})
    await store.append([batch(working, 0, 1), batch(failed, 0, 0)])
    await store.append([batch(working, 2, 2)])
    gone = "00000000-0000-4000-8000-000000000000"
    found = await store.read_new({working: 2, failed: 1, gone: 0})
    assert found[gone] is None
    one, other = found[working], found[failed]
    assert one
    assert (one.status, [each.first_id for each in one.batches], one.complete) == (
        "running",
        [2],
        True,
    )
    assert other
    assert (other.error, other.batches) == ({"error": "E", "message": "m"}, [])

    monkeypatch.setattr(events, "MAX_BATCHES_READ", 1)
    for number in range(3, 8):
        await store.append([batch(working, number, number)])
    first, second = sorted((working, failed))
    cut = await store.read_new({working: 0, failed: 0})
    assert gone not in cut
    if first == working:
        assert second not in cut, "left out, not taken for gone"
    assert not (last := cut[max(cut)]) or not last.complete


async def test_events_of_ended_runs_go_after_a_while_in_bounded_steps(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_RUNS_SWEPT", 2)
    store, long_ago = recorded.store, datetime.now(UTC) - timedelta(hours=2)
    old = [await recorded.run(status="success", updated_at=long_ago) for _ in range(3)]
    kept = [await recorded.run(status="success"), await recorded.run(updated_at=long_ago)]
    for run_id in old + kept:
        await store.append([batch(run_id, 0, 0)])
    before = datetime.now(UTC) - timedelta(hours=1)
    assert [await store.delete_ended(before=before) for _ in range(3)] == [2, 1, 0]
    assert {await store.last_id(run_id) for run_id in old} == {NO_EVENT}
    assert {await store.last_id(run_id) for run_id in kept} == {0}
