"""Sends the recorded requests, in recorded order, to a server of ours."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contract.wire.comparison import Comparison, Difference, Identities
from tests.contract.wire.graphs import Gates
from tests.contract.wire.recordings import Event, Recording, parse_event

EXCHANGE_SECONDS = 20
CUT_STREAMS = frozenset({116, 162, 165, 169})
"""The recorder closed these before they ended."""
LAST_STATES = frozenset({"completed", "failed", "interrupted"})
"""Of a run, in the event protocol: its stream goes on, but this run's part is over."""
OPENED_BEFORE = {162: 163, 165: 166, 169: 170}
"""The event stream is opened first; it shows what the command that follows it starts."""
RELEASING = frozenset({117})
"""The run is seen to its end."""
_PATH = re.compile(r"/threads/(?P<thread>[0-9a-f-]{36})(?:/runs/(?P<run>[0-9a-f-]{36}))?")
_NIL = "00000000-0000-0000-0000-000000000000"
_ASKS = {"messages": [{"role": "user", "content": "hi"}]}


@dataclass
class Replay:
    """A replay against one server.

    Attributes:
        client: Of one user.
        gates: Of the server's `slow` graph.
        differences: By recording's name, as far as the replay has come.
    """

    client: httpx.AsyncClient
    gates: Gates
    ids: Identities = field(default_factory=Identities)
    differences: dict[str, list[Difference]] = field(default_factory=dict)

    async def run(self, recordings: tuple[Recording, ...]) -> None:
        """Replay all of them; what goes wrong in one is its own difference."""
        by_number = {recording.number: recording for recording in recordings}
        done: set[int] = set()
        for recording in recordings:
            if recording.number in done:
                continue
            command = by_number.get(OPENED_BEFORE.get(recording.number, -1))
            done |= {recording.number} | ({command.number} if command else set())
            await self._guarded(recording, command)

    async def _guarded(self, recording: Recording, command: Recording | None) -> None:
        self.differences |= {one.name: [] for one in (recording, command) if one}
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):
                await self._make_what_was_not_recorded(recording)
                await self._exchange(recording, command)
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            self.differences[recording.name].append(Difference("exchange", "other", ours=repr(error)))

    async def _exchange(self, recording: Recording, command: Recording | None = None) -> None:
        compare = Comparison(self.ids)
        found = self.differences[recording.name]
        async with self._sent(recording) as answer:
            if command:
                await self._exchange(command)
            if answer.status_code != recording.status:
                await answer.aread()
                found.append(
                    Difference(
                        "status", "other", str(recording.status), f"{answer.status_code} {answer.text}"
                    )
                )
                return
            found += compare.headers(recording.headers, dict(answer.headers))
            if recording.is_stream:
                recorded = recording.events()
                at_least = len(recorded) if recording.number in CUT_STREAMS else None
                ours = await _read(answer, at_least, to_last_state=command is not None)
                found += compare.events(recorded, ours)
            else:
                body = (await answer.aread()).strip()
                found += compare.values("$", recording.json(), answer.json() if body else None)

    @asynccontextmanager
    async def _sent(self, recording: Recording) -> AsyncIterator[httpx.Response]:
        headers = {
            name: self.ids.translate(value)
            for name, value in recording.request_headers.items()
            if name in ("content-type", "last-event-id")
        }
        body = self.ids.translate(recording.request_body.decode())
        async with self.client.stream(
            recording.method, self.ids.translate(recording.target), headers=headers, content=body
        ) as answer:
            yield answer

    async def _make_what_was_not_recorded(self, recording: Recording) -> None:
        """Make the thread, and the slow run, that a request names and no recorded request made."""
        named = _PATH.match(recording.target)
        if named and not self.ids.knows(named["thread"]) and named["thread"] != _NIL:
            if recording.number == 57:  # the oldest of the three threads that 077 counts
                await self._ask((await self._create_thread())["thread_id"], "echo")
            self.ids.learn(named["thread"], (await self._create_thread())["thread_id"])
        if named and named["run"] and not self.ids.knows(named["run"]) and named["run"] != _NIL:
            self.ids.learn(
                named["run"], await self._start_slow(self.ids.translate(named["thread"]), "custom")
            )
        if recording.number == 145 and named:
            thread_id = self.ids.translate(named["thread"])
            await self._start_slow(thread_id, "values")
            await self._ask(thread_id, "echo", multitask_strategy="interrupt")
        if recording.number in RELEASING and named:
            self.gates.open(self.ids.translate(named["thread"])).set()

    async def _create_thread(self) -> dict[str, Any]:
        made: dict[str, Any] = (await self.client.post("/threads", json={})).raise_for_status().json()
        return made

    async def _ask(self, thread_id: str, assistant_id: str, **options: Any) -> None:
        body = {"assistant_id": assistant_id, "input": _ASKS, **options}
        (await self.client.post(f"/threads/{thread_id}/runs/wait", json=body)).raise_for_status()

    async def _start_slow(self, thread_id: str, mode: str) -> str:
        body = {"assistant_id": "slow", "input": _ASKS, "stream_mode": [mode]}
        made = (await self.client.post(f"/threads/{thread_id}/runs", json=body)).raise_for_status().json()
        await self.gates.ticking(thread_id).wait()
        return str(made["run_id"])


async def _read(answer: httpx.Response, at_least: int | None, *, to_last_state: bool) -> list[Event]:
    """Return the events to the end of the stream; or so many, and those to the run's last state."""
    events: list[Event] = []
    buffer, over = b"", not to_last_state
    async for chunk in answer.aiter_bytes():
        *blocks, buffer = (buffer + chunk).split(b"\r\n\r\n")
        for event in filter(None, map(parse_event, blocks)):
            events.append(event)
            over = over or (
                event.name == "lifecycle" and event.data["params"]["data"]["event"] in LAST_STATES
            )
            if at_least is not None and over and len(events) >= at_least:
                return events
    return events
