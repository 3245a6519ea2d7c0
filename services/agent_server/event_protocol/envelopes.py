"""Maps the log of a run to the envelopes of the event protocol. Pure: the same log gives the same ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from narutalk.process import RUN_INTERRUPTED
from services.agent_server.event_protocol.recording import ADDED
from services.agent_server.events.frames import Frame
from services.agent_server.events.stream_events import NAMESPACE_SEPARATOR
from services.agent_server.runs.live import INTERRUPT_KEY
from services.agent_server.serialization import decode, encode

SEQ_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
SEQS_PER_MICROSECOND = 8
"""As many events fit between the starts of two runs; the numbers stay exact in JavaScript until 2060."""

METHODS_OF_EVERY_RUN = frozenset({"values", "updates", "custom", "tasks"})

_INTERRUPT_MARK = orjson.dumps(INTERRUPT_KEY)


class Envelope(NamedTuple):
    """One event of a thread.

    Attributes:
        seq: Its number; grows along the thread, with gaps. A request for input has its event's.
        event_id: The same for every reader, so that an event that is sent twice can be left out.
        method: What it is.
        namespace: Of the subgraph it comes from; empty for the graph itself.
        time_ms: When it happened, in milliseconds since 1970.
        params: Its data, and its node where it has one: a JSON object.
        name: Of a custom event that has one.
    """

    seq: int
    event_id: str
    method: str
    namespace: tuple[str, ...]
    time_ms: int
    params: bytes
    name: str | None = None

    def encode(self) -> bytes:
        """Return it as JSON without a line end."""
        head = {"type": "event", "event_id": self.event_id, "seq": self.seq, "method": self.method}
        place = {"namespace": self.namespace, "timestamp": self.time_ms}
        return b'%s,"params":%s,%s}' % (orjson.dumps(head)[:-1], orjson.dumps(place)[:-1], self.params[1:])

    def frame(self) -> bytes:
        """Return it as a server-sent event."""
        return b"event: %s\r\ndata: %s\r\nid: %d\r\n\r\n" % (self.method.encode(), self.encode(), self.seq)


def first_seq(created_at: datetime) -> int:
    """Return the number before the first event of a run that was created at a time.

    The time makes it the same for every instance and greater than those of earlier runs, whether they are
    still stored or not.
    """
    return (created_at - SEQ_EPOCH) // timedelta(microseconds=1) * SEQS_PER_MICROSECOND


def time_of_seq(seq: int) -> datetime:
    """Return when the run that a number belongs to was created, or a moment later."""
    return SEQ_EPOCH + timedelta(microseconds=seq // SEQS_PER_MICROSECOND)


class RunView:
    """Maps the events of one run, from its first on.

    Args:
        run_id: Of the run.
        graph_id: Its graph's name.
        created_at: When it was created.

    Attributes:
        has_begun: An event was mapped.
        interrupts: What the run stopped for, when its events do not tell; set it before the last of them.
    """

    def __init__(self, *, run_id: str, graph_id: str, created_at: datetime) -> None:
        self.has_begun = False
        self.interrupts: list[dict[str, Any]] = []
        self._run_id = run_id
        self._graph_id = graph_id
        self._first_seq = first_seq(created_at)
        self._time_ms = int(created_at.timestamp() * 1000)
        self._asked: set[str] = set()
        self._failed = False

    def map(self, frame: Frame) -> Iterator[Envelope]:
        """Yield the envelopes of an event; none for one that is of no channel."""
        event, event_id = frame
        if event_id is None:  # only tells a reader that it comes too late for others
            return
        self.has_begun = True
        self._time_ms = event.time_ms or self._time_ms
        mode, *namespace = event.name.split(NAMESPACE_SEPARATOR)
        place = _Place(self._first_seq + event_id + 1, tuple(namespace))
        if mode in METHODS_OF_EVERY_RUN:
            yield from self._map_data(place, mode, event.data)
        elif mode.startswith(ADDED):
            yield self._map_added(place, mode.removeprefix(ADDED), event.data)
        elif mode == "metadata":
            yield self._lifecycle(place, "running")
        elif mode == "error":
            yield self._map_error(place, decode(event.data.decode()))
        elif mode == "end" and not self._failed:
            for interrupt in self.interrupts:
                yield from self._ask(place, interrupt)
            yield self._lifecycle(place, "interrupted" if self._asked else "completed")

    def _map_data(self, place: "_Place", mode: str, data: bytes) -> Iterator[Envelope]:
        interrupts: list[dict[str, Any]] = []
        if _INTERRUPT_MARK in data and mode in ("values", "updates"):
            data, interrupts = _without_interrupts(data)
        if data != b"{}" or not interrupts:
            name = _custom_name(data) if mode == "custom" else None
            yield self._envelope(place, mode, b'{"data":%s}' % data, name=name)
        for interrupt in interrupts:
            yield from self._ask(place, interrupt)

    def _map_added(self, place: "_Place", method: str, params: bytes) -> Envelope:
        if method == "lifecycle":
            state = orjson.loads(params)["data"]["event"]
            return self._envelope(place, method, params, key=f"lc|{place.path}|{state}")
        name = orjson.loads(params)["data"]["name"] if method == "custom" else None
        return self._envelope(place, method, params, name=name)

    def _map_error(self, place: "_Place", error: dict[str, Any]) -> Envelope:
        self._failed = True
        if error.get("error") == RUN_INTERRUPTED:
            return self._lifecycle(place, "interrupted")
        return self._lifecycle(place, "failed", error=str(error.get("message") or error.get("error")))

    def _ask(self, place: "_Place", interrupt: dict[str, Any]) -> Iterator[Envelope]:
        """Ask once, where the interrupt was raised; the graphs around it repeat it."""
        if interrupt["id"] in self._asked:
            return
        self._asked.add(interrupt["id"])
        value = interrupt["value"]
        # The protocol names it payload; the Python client reads value.
        data = {"interrupt_id": interrupt["id"], "payload": value, "value": value}
        key = f"input|{place.path}|{interrupt['id']}"
        yield self._envelope(place, "input.requested", encode({"data": data}), key=key)

    def _lifecycle(self, place: "_Place", state: str, **more: str) -> Envelope:
        data = {"event": state, "graph_name": self._graph_id, **more}
        return self._envelope(place, "lifecycle", encode({"data": data}), key=f"lc|{place.path}|{state}")

    def _envelope(
        self, place: "_Place", method: str, params: bytes, *, key: str | None = None, name: str | None = None
    ) -> Envelope:
        # The JavaScript client reads the run from ids that begin with "synth:".
        event_id = f"synth:{self._run_id}:{key}" if key else f"{self._run_id}-{place.seq - self._first_seq}"
        return Envelope(place.seq, event_id, method, place.namespace, self._time_ms, params, name)


class _Place(NamedTuple):
    seq: int
    namespace: tuple[str, ...]

    @property
    def path(self) -> str:
        return NAMESPACE_SEPARATOR.join(self.namespace)


def _without_interrupts(data: bytes) -> tuple[bytes, list[dict[str, Any]]]:
    fields = decode(data.decode())
    if not isinstance(fields, dict) or INTERRUPT_KEY not in fields:  # the mark is in a text
        return data, []
    interrupts = fields.pop(INTERRUPT_KEY)
    return encode(fields), [entry for entry in interrupts if isinstance(entry, dict) and entry.get("id")]


def _custom_name(data: bytes) -> str | None:
    fields = decode(data.decode()) if data.startswith(b"{") and b'"name"' in data else None
    name = fields.get("name") if isinstance(fields, dict) else None
    return name if isinstance(name, str) and name else None
