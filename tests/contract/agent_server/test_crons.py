"""Crons over the API, and the scheduler under a clock of the tests'."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError
from langgraph_sdk.schema import Run

from narutalk.identity import Identity, Role
from services.agent_server.crons import changes
from services.agent_server.crons.scheduler import CronScheduler
from services.agent_server.state import ServerState
from tests.contract.agent_server.asking import asks, fresh_id, fresh_thread, texts
from tests.contract.agent_server.conftest import ANNA, BORIS, RunningServer, make_settings, serve
from tests.contract.agent_server.instances import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SOON = datetime.now(UTC) + timedelta(days=20)
_DAY, _MONTH = min(_SOON.day, 25), _SOON.month
NEVER_NOW = f"0 0 {_DAY} {_MONTH} *"
"""Far from the real clock, by which the servers' own schedulers go; near enough for fresh rights."""
THREE_DAYS = f"0 0 {_DAY}-{_DAY + 2} {_MONTH} *"


def someone() -> Identity:
    """A person without crons."""
    return Identity(user_id=f"u-{fresh_id()}", username="someone", roles=frozenset({Role.USER}))


def state_of(server: RunningServer) -> ServerState:
    state: ServerState = server.app.state.server
    return state


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _no_crons_of_others(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """A scheduler runs whatever is due: what one test leaves would run in the next."""
    yield
    for used in request.node.funcargs.values():
        if isinstance(used, RunningServer):
            crons = state_of(used).crons
            for left in await crons.due(datetime(9999, 1, 1, tzinfo=UTC), limit=1000):
                await crons.delete(left.cron_id)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def due_clock(sdk: LangGraphClient, cron: Any) -> Clock:
    """A clock that stands one second behind the time at which a cron is due."""
    return Clock(datetime.fromisoformat((await read(sdk, cron))["next_run_date"]) + timedelta(seconds=1))


async def read(sdk: LangGraphClient, cron: Any) -> Any:
    return await sdk.http.get(f"/runs/crons/{cron['cron_id']}")


async def runs_of(sdk: LangGraphClient, thread_id: str) -> list[Run]:
    """The ended runs of a thread."""
    for run in await sdk.runs.list(thread_id):
        await sdk.runs.join(thread_id, run["run_id"])
    return await sdk.runs.list(thread_id)


async def test_a_cron_is_made_read_changed_and_deleted(either_server: RunningServer) -> None:
    sdk = either_server.sdk(someone())
    made: Any = await sdk.crons.create(
        "echo",
        schedule="0 9 * * 1-5",
        timezone=ZoneInfo("Asia/Seoul"),
        input=asks(),
        metadata={"team": "a"},
        config={"tags": ["t"], "recursion_limit": 5},
        stream_mode=["updates"],
        interrupt_before=["echo"],
        multitask_strategy="reject",
        on_run_completed="keep",
        end_time=datetime(2099, 1, 1),
        durability="sync",
    )
    assert made["payload"] == {
        "assistant_id": made["assistant_id"],
        "input": asks(),
        "metadata": {"team": "a"},
        "config": {"tags": ["t"], "recursion_limit": 5},
        "stream_mode": ["updates"],
        "interrupt_before": ["echo"],
        "multitask_strategy": "reject",
        "durability": "sync",
    }
    due = datetime.fromisoformat(made["next_run_date"]).astimezone(ZoneInfo("Asia/Seoul"))
    assert (due.hour, due.minute, due.weekday() < 5) == (9, 0, True)
    assert made["end_time"] == "2099-01-01T00:00:00+00:00"
    assert made == await read(sdk, made)
    assert "identity" not in made
    changed = await sdk.crons.update(
        made["cron_id"], schedule=NEVER_NOW, end_time=None, metadata={"n": 1}, timezone="UTC", input=asks("b")
    )
    assert (changed["schedule"], changed["end_time"], changed["timezone"]) == (NEVER_NOW, None, "UTC")
    assert changed["metadata"] == {"team": "a", "n": 1}
    assert changed["payload"]["input"] == asks("b")
    assert changed["payload"]["stream_mode"] == ["updates"]
    assert (await sdk.crons.update(made["cron_id"], enabled=False))["next_run_date"] is None
    assert (await sdk.crons.update(made["cron_id"], enabled=True))["next_run_date"] == changed[
        "next_run_date"
    ]
    await sdk.crons.delete(made["cron_id"])
    with pytest.raises(NotFoundError):
        await read(sdk, made)


async def test_crons_are_found(either_server: RunningServer) -> None:
    sdk = either_server.sdk(someone())
    thread_id = await fresh_thread(sdk)
    first = await sdk.crons.create("echo", schedule=NEVER_NOW, metadata={"n": 1, "k": [1]})
    second = await sdk.crons.create_for_thread(thread_id, "talk", schedule="0 0 1 1 *", metadata={"n": 2})
    third = await sdk.crons.create("echo", schedule=NEVER_NOW, enabled=False)
    ids = {cron["cron_id"]: name for cron, name in ((first, 1), (second, 2), (third, 3))}  # type: ignore[typeddict-item]

    async def found(**asked: Any) -> list[int]:
        return [ids[cron["cron_id"]] for cron in await sdk.crons.search(**asked)]

    assert await found() == [3, 2, 1]
    assert await found(sort_by="created_at", sort_order="asc") == [1, 2, 3]
    assert await found(assistant_id="echo") == [3, 1]
    assert await found(assistant_id=first["assistant_id"]) == [3, 1]
    assert await found(assistant_id=fresh_id()) == []
    assert await found(thread_id=thread_id) == [2]
    assert await found(enabled=True) == [2, 1]
    assert await found(metadata={"n": 1, "k": [1]}) == [1]
    assert await found(limit=1, offset=1) == [2]
    assert (await found(sort_by="next_run_date", sort_order="asc"))[2] == 3
    assert (await found(sort_by="thread_id"))[0] == 2
    assert await sdk.crons.search(thread_id=thread_id, select=["cron_id"]) == [{"cron_id": second["cron_id"]}]  # type: ignore[typeddict-item]
    assert (await sdk.crons.count(), await sdk.crons.count(assistant_id="echo")) == (3, 2)
    async with either_server.http(someone()) as http:
        page = await http.post("/runs/crons/search", json={})
    assert (page.json(), page.headers["x-pagination-total"]) == ([], "0")


async def test_nobody_reaches_the_crons_of_another(server: RunningServer) -> None:
    sdk, boris = server.sdk(), server.sdk(BORIS)
    cron: Any = await sdk.crons.create("echo", schedule=NEVER_NOW)
    with pytest.raises(NotFoundError):
        await read(boris, cron)
    with pytest.raises(NotFoundError):
        await boris.crons.update(cron["cron_id"], enabled=False)
    with pytest.raises(NotFoundError):
        await boris.crons.delete(cron["cron_id"])
    with pytest.raises(NotFoundError):
        await boris.crons.create_for_thread(await fresh_thread(sdk), "echo", schedule=NEVER_NOW)
    assert cron["cron_id"] not in [found["cron_id"] for found in await boris.crons.search(limit=1000)]
    assert await read(sdk, cron) == cron


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"schedule": "nonsense"}, "schedule_invalid"),
        ({"schedule": "0 0 30 2 *"}, "schedule_invalid"),
        ({"schedule": "0 0 1 1 *", "timezone": "Nowhere"}, "timezone_invalid"),
        ({"schedule": "0 0 1 1 *", "end_time": "2020-01-01T00:00:00"}, "schedule_never_runs"),
        ({"schedule": "0 0 1 1 *", "end_time": "soon"}, "invalid_input"),
        ({"schedule": "0 0 1 1 *", "bogus": 1}, "invalid_input"),
        ({"schedule": "0 0 1 1 *", "on_run_completed": "burn"}, "invalid_input"),
        ({"schedule": "0 0 1 1 *", "assistant_id": "nope"}, "assistant_unknown"),
        ({"schedule": "0 0 1 1 *", "interrupt_after": ["nobody"]}, "node_unknown"),
        ({"schedule": "0 0 1 1 *", "webhook": "http://evil.example"}, "webhook_not_allowed"),
        ({}, "invalid_input"),
    ],
)
async def test_a_cron_that_cannot_work_is_refused(
    server: RunningServer, body: dict[str, Any], code: str
) -> None:
    async with server.http(someone()) as http:
        answer = await http.post("/runs/crons", json={"assistant_id": "echo", **body})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
        made = (await http.post("/runs/crons", json={"assistant_id": "echo", "schedule": NEVER_NOW})).json()
        if body and "assistant_id" not in body:
            patched = await http.patch(f"/runs/crons/{made['cron_id']}", json=body)
            assert (patched.status_code, patched.json()["error"]["code"]) == (422, code)
            assert (await http.get(f"/runs/crons/{made['cron_id']}")).json() == made


async def test_a_thread_that_was_there_before_stays(server: RunningServer) -> None:
    sdk = server.sdk()
    thread_id = await fresh_thread(sdk)
    async with server.http() as http:
        body = {"assistant_id": "echo", "schedule": NEVER_NOW, "on_run_completed": "delete"}
        answer = await http.post(f"/threads/{thread_id}/runs/crons", json=body)
    assert answer.json()["error"]["code"] == "on_run_completed_on_thread"


async def test_one_person_has_only_so_many(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MAX_CRONS_PER_USER", 2)
    sdk = server.sdk(someone())
    for _ in range(2):
        await sdk.crons.create("echo", schedule=NEVER_NOW)
    with pytest.raises(ConflictError, match="2"):
        await sdk.crons.create("echo", schedule=NEVER_NOW)


async def test_a_due_cron_runs_once_under_its_owners_rights(either_server: RunningServer) -> None:
    owner = someone()
    sdk = either_server.sdk(owner)
    thread_id = await fresh_thread(sdk)
    cron: Any = await sdk.crons.create_for_thread(
        thread_id, "whoami", schedule=THREE_DAYS, input=asks(), metadata={"n": 1}
    )
    clock = await due_clock(sdk, cron)
    early = CronScheduler(state_of(either_server), now=Clock(clock.now - timedelta(seconds=2)))
    assert await early.run_due() == 0
    instances = [CronScheduler(state_of(either_server), now=clock) for _ in range(4)]
    started = await asyncio.gather(*(instance.run_due() for instance in instances))
    assert sum(started) == 1
    [run] = await runs_of(sdk, thread_id)
    assert run["metadata"].items() >= {"n": 1, "cron_id": cron["cron_id"]}.items()  # type: ignore[union-attr]
    values = (await sdk.threads.get_state(thread_id))["values"]
    assert values["note"] == f"{owner.user_id} user"  # type: ignore[call-overload]
    after = await read(sdk, cron)
    assert datetime.fromisoformat(after["next_run_date"]) > clock.now
    clock.now += timedelta(days=3)
    assert sum([await instance.run_due() for instance in instances]) == 1  # two times were missed
    assert len(await runs_of(sdk, thread_id)) == 2
    assert datetime.fromisoformat((await read(sdk, cron))["next_run_date"]) > clock.now


@pytest.mark.parametrize("kept", [True, False])
async def test_each_run_may_leave_its_thread_behind(server: RunningServer, kept: bool) -> None:
    sdk = server.sdk(someone())
    cron = await sdk.crons.create(
        "echo", schedule=NEVER_NOW, input=asks(), on_run_completed="keep" if kept else None
    )
    scheduler = CronScheduler(state_of(server), now=await due_clock(sdk, cron))
    assert await scheduler.run_due() == 1

    async def is_over() -> bool:
        threads = await sdk.threads.search()
        return bool(threads[0]["values"]) if kept else not threads

    await until(is_over)
    if kept:
        [thread] = await sdk.threads.search()
        assert texts(thread["values"])[-1] == "echo: hi"


async def test_a_cron_stops_when_its_owners_rights_are_old(server: RunningServer) -> None:
    sdk = server.sdk(someone())
    thread_id = await fresh_thread(sdk)
    cron: Any = await sdk.crons.create_for_thread(thread_id, "echo", schedule="0 0 * * *", input=asks())
    clock = Clock(datetime.now(UTC) + timedelta(days=29))
    scheduler = CronScheduler(state_of(server), now=clock)
    assert await scheduler.run_due() == 1
    clock.now += timedelta(days=2)
    assert await scheduler.run_due() == 0
    stopped = await read(sdk, cron)
    assert (stopped["enabled"], stopped["next_run_date"]) == (False, None)
    assert "30 days" in stopped["metadata"]["disabled_reason"]
    again = await sdk.crons.update(cron["cron_id"], enabled=True)
    assert again["enabled"]
    assert "disabled_reason" not in again["metadata"]
    identity_at = (await state_of(server).crons.get(cron["cron_id"])).identity_at  # type: ignore[union-attr]
    assert datetime.now(UTC) - identity_at < timedelta(minutes=1)
    assert len(await runs_of(sdk, thread_id)) == 1


async def test_a_change_gives_the_cron_the_rights_of_now(server: RunningServer) -> None:
    before = someone().model_copy(update={"roles": frozenset({Role.HR})})
    sdk = server.sdk(before)
    thread_id = await fresh_thread(sdk)
    cron: Any = await sdk.crons.create_for_thread(thread_id, "whoami", schedule=NEVER_NOW, input=asks())
    async with server.http(before.model_copy(update={"roles": frozenset({Role.USER})})) as http:
        await http.patch(f"/runs/crons/{cron['cron_id']}", json={"metadata": {}})
    await CronScheduler(state_of(server), now=await due_clock(sdk, cron)).run_due()
    await runs_of(sdk, thread_id)
    values = (await sdk.threads.get_state(thread_id))["values"]
    assert values["note"] == f"{before.user_id} user"  # type: ignore[call-overload]


async def test_a_cron_whose_thread_is_gone_stops(server: RunningServer) -> None:
    sdk = server.sdk(someone())
    thread_id = await fresh_thread(sdk)
    cron: Any = await sdk.crons.create_for_thread(thread_id, "echo", schedule=NEVER_NOW)
    await sdk.threads.delete(thread_id)
    assert await CronScheduler(state_of(server), now=await due_clock(sdk, cron)).run_due() == 0
    stopped = await read(sdk, cron)
    assert (stopped["enabled"], stopped["metadata"]) == (False, {"disabled_reason": "Thread not found."})


async def test_a_cron_whose_assistant_is_gone_stops(server: RunningServer) -> None:
    sdk = server.sdk(someone())
    made = await sdk.assistants.create("echo")
    cron: Any = await sdk.crons.create(made["assistant_id"], schedule=NEVER_NOW, input=asks())
    assert await sdk.crons.count(assistant_id=made["assistant_id"]) == 1
    await sdk.assistants.delete(made["assistant_id"])
    assert await sdk.crons.count(assistant_id=made["assistant_id"]) == 1
    assert await CronScheduler(state_of(server), now=await due_clock(sdk, cron)).run_due() == 0
    stopped = await read(sdk, cron)
    assert not stopped["enabled"]
    assert "Invalid assistant" in stopped["metadata"]["disabled_reason"]


async def test_a_cron_whose_thread_is_anothers_now_stops(server: RunningServer) -> None:
    sdk = server.sdk(someone())
    thread_id = await fresh_thread(sdk)
    cron: Any = await sdk.crons.create_for_thread(thread_id, "echo", schedule=NEVER_NOW, input=asks())
    await sdk.threads.delete(thread_id)
    await server.sdk(BORIS).threads.create(thread_id=thread_id)
    assert await CronScheduler(state_of(server), now=await due_clock(sdk, cron)).run_due() == 0
    assert not (await read(sdk, cron))["enabled"]
    assert await server.sdk(BORIS).runs.list(thread_id) == []


async def test_a_cron_ends_with_its_last_time(server: RunningServer) -> None:
    sdk = server.sdk(someone())
    thread_id = await fresh_thread(sdk)
    end_time = datetime.now(UTC) + timedelta(days=60)
    cron: Any = await sdk.crons.create_for_thread(
        thread_id, "echo", schedule=NEVER_NOW, input=asks(), end_time=end_time
    )
    assert await CronScheduler(state_of(server), now=await due_clock(sdk, cron)).run_due() == 1
    assert "end" in (await read(sdk, cron))["metadata"]["disabled_reason"]
    with pytest.raises(UnprocessableEntityError, match="before its end_time"):
        await sdk.crons.update(cron["cron_id"], enabled=True, end_time=datetime.now(UTC))
    assert (await sdk.crons.update(cron["cron_id"], enabled=True, end_time=None))["enabled"]


async def test_a_busy_thread_makes_a_cron_skip_one_time(server: RunningServer) -> None:
    sdk, name = server.sdk(someone()), fresh_id()
    thread_id = await fresh_thread(sdk)
    cron: Any = await sdk.crons.create_for_thread(
        thread_id, "echo", schedule=NEVER_NOW, input=asks(), multitask_strategy="reject"
    )
    running = await sdk.runs.create(thread_id, "slow", input=asks(name))
    await server.gates.started(name).wait()
    clock = await due_clock(sdk, cron)
    await CronScheduler(state_of(server), now=clock).run_due()
    after = await read(sdk, cron)
    assert after["enabled"]
    assert datetime.fromisoformat(after["next_run_date"]) > clock.now
    server.gates.released(name).set()
    assert [run["run_id"] for run in await runs_of(sdk, thread_id)] == [running["run_id"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server without crons of other tests."""
    async with serve(make_settings(tmp_path_factory.mktemp("data"))) as running:
        yield running


async def test_the_scheduler_wakes_for_a_new_cron_and_waits_for_its_time(quiet_server: RunningServer) -> None:
    """The loop itself: it sleeps until something is due, or made."""
    server, sdk = quiet_server, quiet_server.sdk()
    clock = Clock(datetime.now(UTC))
    thread_id = await fresh_thread(sdk)
    async with CronScheduler(state_of(server), now=clock).running():
        cron: Any = await sdk.crons.create_for_thread(thread_id, "echo", schedule=NEVER_NOW, input=asks())
        assert await sdk.runs.list(thread_id) == []
        clock.now = (await due_clock(sdk, cron)).now

        async def has_started() -> bool:
            await sdk.crons.update(cron["cron_id"], metadata={"n": 1})  # wakes it
            return bool(await sdk.runs.list(thread_id))

        await until(has_started)
    assert len(await runs_of(sdk, thread_id)) == 1


async def test_the_scheduler_outlives_a_database_that_is_away(
    quiet_server: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server, crons = quiet_server, state_of(quiet_server).crons
    looked = asyncio.Event()

    async def fails(*_args: Any, **_options: Any) -> Any:
        looked.set()
        raise OSError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(crons, "due", fails)
        async with CronScheduler(state_of(server)).running():
            await looked.wait()
            patch.undo()
            cron: Any = await server.sdk().crons.create("echo", schedule=NEVER_NOW)  # wakes it
            clock_read = await read(server.sdk(), cron)
    assert clock_read["enabled"]
    assert "crons not looked at" in caplog.text


async def test_a_cron_knows_its_owner(server: RunningServer) -> None:
    cron: Any = await server.sdk().crons.create("echo", schedule=NEVER_NOW)
    assert cron["user_id"] == ANNA.user_id
