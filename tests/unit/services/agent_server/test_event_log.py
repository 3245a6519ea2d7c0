"""The log of a run's events, and its readers."""

import asyncio

import pytest

from services.agent_server.events.event_log import BATCH_BYTES, EventLog
from services.agent_server.events.log_memory import LogMemory
from services.agent_server.events.stream_events import WireEvent

pytestmark = pytest.mark.asyncio


def event(name: str) -> WireEvent:
    return WireEvent(name, b"1")


async def read(log: EventLog, after: int = -1) -> list[str]:
    found = b""
    async for frames in log.follow(after, silence_seconds=5):
        found += frames
    return [line[len("event: ") :] for line in found.decode().split("\r\n") if line.startswith("event: ")]


async def test_readers_get_all_events_wherever_they_start() -> None:
    log = EventLog()
    log.append(event("a"))
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.append(event("b"))
    log.append(event("c"))
    log.close()
    assert await reader == ["a", "b", "c", "end"]
    assert await read(log, after=1) == ["c", "end"]
    assert await read(log, after=3) == []
    assert await read(log, after=99) == []
    assert await read(log, after=-5) == ["a", "b", "c", "end"]


async def test_silence_yields_nothing_and_goes_on() -> None:
    log = EventLog()
    frames = log.follow(-1, silence_seconds=0.01)
    assert await anext(frames) == b""
    log.append(event("a"))
    assert (await anext(frames)).startswith(b"event: a")


async def test_a_full_log_drops_the_oldest_and_says_so() -> None:
    log = EventLog(max_bytes=100)
    for number in range(50):
        log.append(event(f"e{number}"))
    assert log.size_bytes <= 100
    log.close()
    found = await read(log)
    assert found[0] == "error"
    assert found[-2:] == ["e49", "end"]
    assert "error" not in await read(log, after=49)


async def test_an_event_larger_than_the_log_is_kept_until_the_next() -> None:
    log = EventLog(max_bytes=10)
    log.append(event("large"))
    assert log.size_bytes > 10
    frames = log.follow(-1, silence_seconds=5)
    assert (await anext(frames)).startswith(b"event: large")
    await frames.aclose()  # type: ignore[attr-defined]


async def test_closing_twice_ends_once() -> None:
    log = EventLog()
    log.close()
    log.close()
    assert await read(log) == ["end"]


async def test_a_batch_is_bounded() -> None:
    log = EventLog()
    for _ in range(10):
        log.append(WireEvent("e", b"1" * (BATCH_BYTES // 3)))
    log.close()
    sizes = [len(frames) async for frames in log.follow(-1, silence_seconds=5)]
    assert len(sizes) == 5
    assert max(sizes) <= BATCH_BYTES


async def test_who_waits_for_the_end_is_not_woken_by_events() -> None:
    log = EventLog()
    waiting = asyncio.create_task(log.ended(5))
    await asyncio.sleep(0)
    log.append(event("a"))
    await asyncio.sleep(0)
    assert not waiting.done()
    log.close()
    assert await waiting
    assert await log.ended(0)
    assert not await EventLog().ended(0.001)


async def test_readers_of_a_log_that_is_left_go_on_elsewhere() -> None:
    log = EventLog()
    log.append(event("a"))
    reader = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.leave()
    assert await reader == ["a"]
    assert await log.ended(5)
    assert not log.closed


async def test_all_logs_together_are_bounded_and_the_largest_gives_way() -> None:
    memory = LogMemory(max_bytes=10_000)
    small, large = EventLog(memory=memory), EventLog(memory=memory)
    small.append(event("kept"))
    for _ in range(1000):
        large.append(WireEvent("e", b"1" * 100))
        assert large.size_bytes + small.size_bytes <= 20_000, "checked at least once for each bound added"
    small.close()
    assert await read(small) == ["kept", "end"]
    assert large.size_bytes < 20_000
    large.close()
    assert (await read(large))[0] == "error"
