"""What is watched can be looked at between two polls."""

from collections.abc import Collection, Mapping

from sqlalchemy.exc import InterfaceError

from services.agent_server.events.polling import Polling


async def make() -> str:
    return "watched"


async def test_one_thing_is_looked_at_when_somebody_watches_it() -> None:
    asked: list[list[str]] = []

    async def check(watched: Mapping[str, str]) -> Collection[str]:
        asked.append(list(watched))
        return ()

    polling: Polling[str] = Polling("things", check)
    await polling.look("a")
    assert asked == []
    async with polling.watch("a", make), polling.watch("b", make):
        await polling.look("a")
        assert asked == [["a"]]
    await polling.close()


async def test_a_look_that_fails_is_left_to_the_next_poll() -> None:
    async def check(_watched: Mapping[str, str]) -> Collection[str]:
        raise InterfaceError("", None, Exception())

    polling: Polling[str] = Polling("things", check)
    async with polling.watch("a", make):
        await polling.look("a")
    await polling.close()
