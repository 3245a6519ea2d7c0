"""How many runs work at once, and who is next."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.agent_server.runs.slots import Slots

pytestmark = pytest.mark.asyncio


def run_of(user_id: str) -> Any:
    return SimpleNamespace(row=SimpleNamespace(user_id=user_id), has_slot=False)


async def steps() -> None:
    """Let every task that can go on go on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_users_take_turns_whatever_their_number_of_runs() -> None:
    slots, order = Slots(1), []
    working = run_of("anna")
    assert slots.try_take(working)

    async def work(name: str, user_id: str) -> None:
        run = run_of(user_id)
        await slots.take(run)
        order.append(name)
        slots.give_back(run)

    names = [
        ("a1", "anna"),
        ("a2", "anna"),
        ("a3", "anna"),
        ("b1", "boris"),
        ("c1", "carla"),
        ("b2", "boris"),
    ]
    tasks = []
    for name, user_id in names:
        tasks.append(asyncio.create_task(work(name, user_id)))
        await steps()
    assert order == []
    slots.give_back(working)
    await asyncio.gather(*tasks)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_nobody_passes_those_who_wait() -> None:
    slots = Slots(2)
    first, second, third = run_of("anna"), run_of("anna"), run_of("boris")
    assert slots.try_take(first)
    assert slots.try_take(second)
    waiting = asyncio.create_task(slots.take(third))
    await steps()
    slots.give_back(first)
    assert not slots.try_take(run_of("carla")), "the free slot is the waiting run's"
    await waiting
    assert third.has_slot


async def test_a_slot_is_given_back_once() -> None:
    slots, run = Slots(1), run_of("anna")
    assert slots.try_take(run)
    slots.give_back(run)
    slots.give_back(run)
    assert slots.try_take(run)
    assert not slots.try_take(run_of("boris"))


@pytest.mark.parametrize("given_meanwhile", [False, True])
async def test_a_cancelled_run_keeps_no_slot(given_meanwhile: bool) -> None:
    slots, working, cancelled, next_one = Slots(1), run_of("anna"), run_of("boris"), run_of("carla")
    assert slots.try_take(working)
    leaving = asyncio.create_task(slots.take(cancelled))
    staying = asyncio.create_task(slots.take(next_one))
    await steps()
    if given_meanwhile:
        slots.give_back(working)
        leaving.cancel()
    else:
        leaving.cancel()
        slots.give_back(working)
    await asyncio.wait_for(staying, 1)
    assert leaving.cancelled() or (await asyncio.wait((leaving,)))
    assert not cancelled.has_slot
    slots.give_back(next_one)
    assert slots.try_take(run_of("dora"))
