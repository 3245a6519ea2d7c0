"""Readers that wait for the same thing, cheaply."""

import asyncio


class Waiters:
    """Wakes all who wait at once. One timer serves them all: a waiting one costs a future and no more."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[bool]] = []
        self._silence: asyncio.TimerHandle | None = None

    async def wait(self, silence_seconds: float) -> bool:
        """Wait for `wake`, at most so long, and return whether it came."""
        loop = asyncio.get_running_loop()
        if self._silence is None:
            self._silence = loop.call_later(silence_seconds, self._end_silence)
        future: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(future)
        return await future

    def wake(self) -> None:
        """Let all go on who wait now."""
        if self._silence:
            self._silence.cancel()
            self._silence = None
        self._release(woken=True)

    def _end_silence(self) -> None:
        self._silence = None
        self._release(woken=False)

    def _release(self, *, woken: bool) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(woken)
