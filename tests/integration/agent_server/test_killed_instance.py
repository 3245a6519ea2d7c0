"""One of two instances on PostgreSQL is killed in the middle of fifty runs: nothing is lost or done twice."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
import pytest_asyncio
from httpx_sse import EventSource, ServerSentEvent
from pydantic import SecretStr

from narutalk.identity import Identity, Issuer, build_signer, ensure_keys
from narutalk.settings import Settings
from tests.fakes.faulty_agent import ANSWER, CALLS_TABLE, EFFECTS_TABLE, NAME, STEPS, WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
RUNS = 50
WORDS_BEFORE_THE_KILL = 120
"""Of all runs together; each says 20."""
START_SECONDS = 60
RECOVERED_SECONDS = 60
BACK_OFF_SECONDS = 0.2


class Follower:
    """A client that starts a run, and follows it to its end wherever it goes on."""

    def __init__(self, urls: list[str], headers: dict[str, str], words: "Words") -> None:
        self.thread_id = str(uuid4())
        self.events: list[ServerSentEvent] = []
        self.reconnected = 0
        self._urls = urls
        self._headers = headers
        self._words = words
        self._path = ""

    async def follow(self) -> None:
        """Start at the first instance; after that ask any that answers."""
        body = {
            "assistant_id": NAME,
            "input": {"messages": [{"type": "human", "content": self.thread_id, "id": str(uuid4())}]},
            "if_not_exists": "create",
            "stream_mode": ["custom", "values"],
            "stream_resumable": True,
            "durability": "sync",
        }
        async with httpx.AsyncClient(headers=self._headers, timeout=30) as client:
            first = f"{self._urls[0]}/threads/{self.thread_id}/runs/stream"
            await self._read(client.stream("POST", first, json=body))
            while not self.ended:
                self.reconnected += 1
                headers = {"Last-Event-ID": self.events[-1].id} if self.events else {}
                await self._read(client.stream("GET", f"{self._urls[1]}{self._path}", headers=headers))

    @property
    def ended(self) -> bool:
        """Whether the last event came."""
        return bool(self.events) and self.events[-1].event == "end"

    async def _read(self, request: Any) -> None:
        try:
            async with request as response:
                response.raise_for_status()
                self._path = response.headers.get("location", self._path)
                async for event in EventSource(response).aiter_sse():
                    if event.event == "message":  # what httpx-sse makes of a heartbeat
                        continue
                    self.events.append(event)
                    if event.event == "custom":
                        self._words.said()
        except httpx.TransportError:
            await asyncio.sleep(BACK_OFF_SECONDS)


class Words:
    """Counts what all runs have said together."""

    def __init__(self, enough: int) -> None:
        self._left = enough
        self.enough = asyncio.Event()

    def said(self) -> None:
        """One more."""
        self._left -= 1
        if self._left <= 0:
            self.enough.set()


@contextmanager
def instance(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run an instance until the block ends."""
    environment = {
        "NARUTALK_DATA_DIR": str(settings.data_dir),
        "NARUTALK_DATABASE_URL": settings.database_url.get_secret_value(),
        "NARUTALK_TRACE_SINK": "false",
        "NARUTALK_SHIP_LOGS": "false",
    }
    log = (settings.data_dir / f"{port}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.faulty_agent", str(port)],
        env={**os.environ, **environment},
        cwd=ROOT,
        stdout=log,
        stderr=log,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def settings(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(
        _env_file=None, data_dir=tmp_path_factory.mktemp("data"), database_url=SecretStr(postgres_url)
    )
    ensure_keys(made)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(EFFECTS_TABLE)
        connection.execute(CALLS_TABLE)
    return made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def followers(settings: Settings) -> list[Follower]:
    """Fifty clients whose runs began at an instance that was killed in the middle."""
    token = build_signer(settings, Issuer.MANAGER).sign(Identity(user_id="u", username="u"))
    headers = {"Authorization": f"Bearer {token}"}
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    words = Words(WORDS_BEFORE_THE_KILL)
    found = [Follower(urls, headers, words) for _ in range(RUNS)]
    with ExitStack() as stack:
        processes = [stack.enter_context(instance(settings, port)) for port in ports]
        await _until_ready(urls)
        async with asyncio.TaskGroup() as group, asyncio.timeout(RECOVERED_SECONDS):
            for follower in found:
                group.create_task(follower.follow())
            await words.enough.wait()
            os.kill(processes[0].pid, signal.SIGKILL)
        async with httpx.AsyncClient(headers=headers, base_url=urls[1], timeout=30) as client:
            for follower in found:
                follower.run = (await client.get(f"/threads/{follower.thread_id}/runs")).json()[0]
                follower.state = (await client.get(f"/threads/{follower.thread_id}/state")).json()
    return found


async def _until_ready(urls: list[str]) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(START_SECONDS):
        for url in urls:
            while True:
                try:
                    (await client.get(f"{url}/ok")).raise_for_status()
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)


def test_the_kill_hit_runs_in_the_middle(followers: list[Follower]) -> None:
    hit = [follower for follower in followers if follower.reconnected]
    assert len(hit) > RUNS / 2


def test_every_run_ends_in_its_right_state(followers: list[Follower]) -> None:
    for follower in followers:
        assert follower.run["status"] == "success"
        kinds = [message["type"] for message in follower.state["values"]["messages"]]
        assert kinds == ["human", *["ai", "tool"] * STEPS, "ai"]
        assert follower.state["next"] == []


def test_no_event_is_missing_for_a_client_that_resumes(followers: list[Follower]) -> None:
    for follower in followers:
        ids = [int(event.id) for event in follower.events if event.event != "end"]
        assert ids == list(range(len(ids)))
        custom = [event.json() for event in follower.events if event.event == "custom"]
        said = {(data["step"], data["word"]) for data in custom if "word" in data}
        assert said == {(step, word) for step in range(STEPS) for word in range(WORDS)}
        values = [event.json() for event in follower.events if event.event == "values"]
        assert values[-1]["messages"][-1]["content"] == ANSWER


def test_a_run_that_went_on_elsewhere_says_so(followers: list[Follower]) -> None:
    attempts = [
        [event.json()["attempt"] for event in follower.events if event.event == "metadata"]
        for follower in followers
    ]
    assert [1, 2] in attempts
    assert all(found in ([1], [1, 2]) for found in attempts)


def test_no_effect_happens_twice(followers: list[Follower], settings: Settings) -> None:
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        effects = connection.execute("SELECT run, step FROM public.effects").fetchall()
        calls = connection.execute("SELECT count(*) FROM public.calls").fetchone()
    wanted = [(follower.thread_id, step) for follower in followers for step in range(STEPS)]
    assert sorted(effects) == sorted(wanted)
    assert calls is not None
    assert calls[0] > len(wanted), "a step that was cut off was taken again: the key is what held it back"
