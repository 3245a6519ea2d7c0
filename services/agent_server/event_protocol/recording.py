"""Maps what a graph streams in LangGraph's v3 form to events of its run's log. Pure, but for the clock."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import orjson
from langchain_core.language_models._compat_bridge import message_to_events
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langgraph.stream import ProtocolEvent, StreamChannel, StreamTransformer

from services.agent_server.events.stream_events import NAMESPACE_SEPARATOR, WireEvent
from services.agent_server.runs.live import INTERRUPT_KEY
from services.agent_server.serialization import encode, plain

ADDED = "protocol/"
"""How the names of the events begin that a run's log holds for readers of this protocol only."""

_TASKS = "recorded_tasks"
_NAMED_CHANNEL = "custom:"


class RecordedModes(StreamTransformer):
    """Asks a graph for all modes that have a channel, and passes on task events, which LangGraph holds."""

    required_stream_modes = ("updates", "custom", "checkpoints", "tools", "tasks")

    def __init__(self, scope: tuple[str, ...] = ()) -> None:
        super().__init__(scope)
        self._tasks: StreamChannel[tuple[list[str], Any]] = StreamChannel(_TASKS)

    def init(self) -> dict[str, Any]:
        """Return the channel of the task events."""
        return {_TASKS: self._tasks}

    def process(self, event: ProtocolEvent) -> bool:
        """Copy task events; keep everything."""
        if event["method"] == "tasks":
            self._tasks.push((event["params"]["namespace"], event["params"]["data"]))
        return True


class EventRecorder:
    """Maps the events of one run.

    A checkpoint goes before the values it belongs to, where clients look for it; LangGraph sends it right
    behind.

    Attributes:
        values: Of the graph itself, with what it asks, when the last event brought some; else None.
    """

    def __init__(self) -> None:
        self.values: Any = None
        self._held: dict[tuple[str, ...], WireEvent] = {}
        self._message_ids: dict[str, str] = {}
        self._subgraphs: dict[tuple[str, ...], str] = {}
        self._maps: Mapping[str, Callable[[tuple[str, ...], Any, Any], Iterable[WireEvent]]] = {
            "values": self._map_values,
            "messages": self._map_message,
            "checkpoints": self._map_checkpoint,
            "lifecycle": self._map_lifecycle,
            "tools": self._map_tools,
            "updates": lambda namespace, data, _: [_event("updates", namespace, encode_compact(data))],
            "custom": lambda namespace, data, _: [_event("custom", namespace, encode_compact(data))],
            _NAMED_CHANNEL + _TASKS: lambda _, data, __: [
                _event("tasks", tuple(data[0]), encode_compact(data[1]))
            ],
        }

    def map(self, event: ProtocolEvent) -> Iterator[WireEvent]:
        """Yield what is recorded of an event. Of a method without a channel: nothing."""
        self.values = None
        method, params = event["method"], event["params"]
        if method != "checkpoints":
            yield from self.flush()
        handle = self._maps.get(method)
        if handle:
            yield from handle(tuple(params["namespace"]), params["data"], params.get("interrupts"))
        elif method.startswith(_NAMED_CHANNEL):
            name = method.removeprefix(_NAMED_CHANNEL)
            yield _added("custom", (), {"name": name, "payload": params["data"]})

    def flush(self) -> Iterator[WireEvent]:
        """Yield the values that wait for a checkpoint."""
        held, self._held = self._held, {}
        yield from held.values()

    def _map_values(self, namespace: tuple[str, ...], data: Any, interrupts: Any) -> Iterable[WireEvent]:
        if interrupts and isinstance(data, dict):
            data = {**data, INTERRUPT_KEY: list(interrupts)}
        if not namespace:
            self.values = data
        self._held[namespace] = _event("values", namespace, encode_compact(data))
        return ()

    def _map_checkpoint(self, namespace: tuple[str, ...], data: Any, _: Any) -> Iterable[WireEvent]:
        yield _added("checkpoints", namespace, _checkpoint(data))
        held = self._held.pop(namespace, None)
        if held:
            yield held

    def _map_message(self, namespace: tuple[str, ...], data: Any, _: Any) -> Iterable[WireEvent]:
        payload, metadata = data
        node = metadata.get("langgraph_node")
        for part in self._message_parts(payload, str(metadata.get("run_id") or "")):
            yield _added("messages", namespace, part, node=node)

    def _message_parts(self, payload: Any, call_id: str) -> Iterable[dict[str, Any]]:
        """Return parts that tell which message they belong to, so that two can be streamed at once."""
        if isinstance(payload, dict):
            if payload.get("event") == "message-start":
                self._message_ids[call_id] = str(payload.get("id") or "")
                return [{**payload, "run_id": call_id}]
            message_id = self._message_ids.get(call_id, "")
            if payload.get("event") == "message-finish":
                self._message_ids.pop(call_id, None)
            return [{**payload, "message_id": message_id, "run_id": call_id}]
        if isinstance(payload, AIMessage) and not isinstance(payload, AIMessageChunk):
            parts = [dict(part) for part in message_to_events(payload, message_id=payload.id)]
            return [parts[0], *({**part, "message_id": payload.id} for part in parts[1:])]
        return ()

    def _map_lifecycle(self, _: tuple[str, ...], data: Any, __: Any) -> Iterable[WireEvent]:
        namespace = tuple(data["namespace"])
        if data.get("graph_name"):
            self._subgraphs[namespace] = data["graph_name"]
        elif namespace in self._subgraphs:
            data = {**data, "graph_name": self._subgraphs[namespace]}
        yield _added("lifecycle", namespace, data)

    def _map_tools(self, namespace: tuple[str, ...], data: Any, _: Any) -> Iterable[WireEvent]:
        yield _added("tools", namespace, data)


def encode_compact(value: Any) -> bytes:
    """Return a value as JSON, its messages without the fields that say nothing."""
    try:
        return orjson.dumps(
            value, default=_compact, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
        )
    except orjson.JSONEncodeError:  # what only `encode` knows to write
        return encode(value)


def _compact(value: Any) -> Any:
    if isinstance(value, BaseMessage):
        fields = value.model_dump()
        return {key: entry for key, entry in fields.items() if key == "content" or entry not in _SAYS_NOTHING}
    return plain(value)


_SAYS_NOTHING: tuple[Any, ...] = (None, {}, [])


def _checkpoint(payload: dict[str, Any]) -> dict[str, Any]:
    config, parent = payload.get("config") or {}, payload.get("parent_config") or {}
    found = {
        "id": config.get("configurable", {}).get("checkpoint_id"),
        "parent_id": parent.get("configurable", {}).get("checkpoint_id"),
        "step": payload["metadata"].get("step"),
        "source": payload["metadata"].get("source"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _event(mode: str, namespace: tuple[str, ...], data: bytes) -> WireEvent:
    return WireEvent(NAMESPACE_SEPARATOR.join((mode, *namespace)), data, now_ms())


def _added(method: str, namespace: tuple[str, ...], data: Any, *, node: str | None = None) -> WireEvent:
    params = {"node": node, "data": data} if node else {"data": data}
    return _event(ADDED + method, namespace, encode_compact(params))


def now_ms() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
