"""Clients whose server is killed in the middle of their streams, and who go on at another instance."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from services.agent_server.events.frames import FRAME_END, Frame, read_frame, split_frames
from tests.contract.agent_server.asking import fresh_thread
from tests.contract.agent_server.conftest import make_settings, serve
from tests.contract.agent_server.served_process import serve_in_process

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

RUNS, STEPS, STEPS_BEFORE_THE_KILL = 8, 60, 10
WAIT_SECONDS = 30


class Reader:
    """One client of a run's stream, wherever it reads."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.frames: list[Frame] = []
        self.warm = asyncio.Event()

    @property
    def ticks(self) -> list[int]:
        return [json.loads(frame.event.data)["tick"] for frame in self.frames if frame.event.name == "custom"]

    async def read(self, http: httpx.AsyncClient) -> None:
        """Read from behind the last event, until the stream ends or breaks."""
        after = self.frames[-1].event_id if self.frames else -1
        unread = b""
        async with http.stream("GET", self.path, headers={"Last-Event-ID": str(after)}) as response:
            assert response.status_code == 200
            async for part in response.aiter_bytes():
                whole, ending, unread = (unread + part).rpartition(FRAME_END)
                frames = [read_frame(frame) for frame in split_frames(whole + ending)]
                self.frames += [frame for frame in frames if frame.event.name]  # no heartbeats
                if len(self.ticks) >= STEPS_BEFORE_THE_KILL:
                    self.warm.set()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_no_event_is_missing_when_the_serving_process_is_killed(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    async with serve_in_process(tmp_path, url) as first, serve(make_settings(tmp_path, url)) as second:
        readers = []
        for _ in range(RUNS):
            thread_id = await fresh_thread(first.client)
            run = await first.client.runs.create(
                thread_id,
                "ticks",
                input={"limit": STEPS},
                stream_mode=["custom"],
                config={"recursion_limit": 2 * STEPS},
            )
            readers.append(Reader(f"/threads/{thread_id}/runs/{run['run_id']}/stream"))
        reading = [asyncio.create_task(reader.read(first.client.http.client)) for reader in readers]
        warm = [asyncio.create_task(reader.warm.wait()) for reader in readers]
        async with asyncio.timeout(
            WAIT_SECONDS
        ):  # for the first: a busy machine may end some before the last
            await asyncio.wait(warm, return_when=asyncio.FIRST_COMPLETED)
        await first.kill()
        cut = await asyncio.gather(*reading, return_exceptions=True)
        for waiting in warm:
            waiting.cancel()
        assert any(isinstance(end, httpx.HTTPError) for end in cut), "killed in the middle"
        async with second.http() as http, asyncio.timeout(WAIT_SECONDS):
            await asyncio.gather(*(reader.read(http) for reader in readers))
    for reader in readers:
        assert [frame.event_id for frame in reader.frames] == list(range(len(reader.frames)))
        assert [frame.event.name for frame in reader.frames][-1] == "end"
        assert "error" not in {frame.event.name for frame in reader.frames}
        assert list(dict.fromkeys(reader.ticks)) == list(range(STEPS)), "each step was told, in its order"
