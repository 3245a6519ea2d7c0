"""Maps what a graph streams to the events of the wire. Pure: no clock, no connection, no graph."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from langchain_core.messages import BaseMessage, BaseMessageChunk, message_chunk_to_message

from narutalk.run_identity import AUTH_USER_KEY
from services.agent_server.serialization import encode

NAMESPACE_SEPARATOR = "|"
HIDDEN_TAG = "langsmith:hidden"
GRAPH_MODES = frozenset({"values", "updates", "custom", "tasks", "checkpoints", "debug"})


class WireEvent(NamedTuple):
    """One server-sent event.

    Attributes:
        name: The ``event`` field.
        data: The ``data`` field, encoded; holds no line end.
        time_ms: When it happened, in milliseconds since 1970; None where no reader asks for it.
    """

    name: str
    data: bytes
    time_ms: int | None = None

    def frame(self, event_id: int | None = None) -> bytes:
        """Return the bytes to send."""
        when = b"" if self.time_ms is None else b"\r\ntime: %d" % self.time_ms
        ending = b"\r\n\r\n" if event_id is None else b"\r\nid: %d\r\n\r\n" % event_id
        return b"event: " + self.name.encode() + b"\r\ndata: " + self.data + when + ending


class Chunk(NamedTuple):
    """One item of ``graph.astream(stream_mode=[…])``.

    Attributes:
        namespace: Of the subgraph it comes from; empty for the graph itself.
        mode: One of LangGraph's stream modes.
        payload: As LangGraph yields it.
    """

    namespace: tuple[str, ...]
    mode: str
    payload: Any


def metadata_event(run_id: str, attempt: int) -> WireEvent:
    """Return the event that opens every stream."""
    return WireEvent("metadata", encode({"run_id": run_id, "attempt": attempt}))


def error_event(error: dict[str, Any]) -> WireEvent:
    """Return the event that says why a run failed."""
    return WireEvent("error", encode(error))


def graph_modes(wire_modes: Iterable[str]) -> list[str]:
    """Return LangGraph's stream modes for those of the wire. ``values`` is always among them."""
    asked = {"messages" if mode == "messages-tuple" else mode for mode in wire_modes}
    return sorted((asked | {"values"}) - {"events"})


def read_chunk(item: Any) -> Chunk:
    """Return an item of ``astream``, with or without ``subgraphs=True``, as a chunk."""
    if len(item) == 3:
        return Chunk(tuple(item[0]), item[1], item[2])
    return Chunk((), item[0], item[1])


class StreamMapper:
    """Maps the chunks of one run; remembers only the messages that are being streamed.

    Args:
        wire_modes: What the client asked for. Chunks of other modes map to nothing.
    """

    def __init__(self, wire_modes: Iterable[str]) -> None:
        self._modes = frozenset(wire_modes)
        self._messages: dict[str, BaseMessage] = {}

    def map(self, chunk: Chunk) -> Iterator[WireEvent]:
        """Yield the events of a chunk, in the order the client expects them."""
        if chunk.mode == "messages":
            yield from self._map_message(chunk)
        elif chunk.mode in self._modes and chunk.mode in GRAPH_MODES:
            yield WireEvent(_name(chunk.mode, chunk.namespace), encode(_payload(chunk)))

    def map_callback(self, event: dict[str, Any]) -> Iterator[WireEvent]:
        """Yield an event of ``astream_events``, unless it is hidden."""
        if HIDDEN_TAG not in event.get("tags", ()):
            yield WireEvent("events", encode({**event, "metadata": _public(event.get("metadata", {}))}))

    def _map_message(self, chunk: Chunk) -> Iterator[WireEvent]:
        message, metadata = chunk.payload
        if "messages-tuple" in self._modes:
            yield WireEvent(_name("messages", chunk.namespace), encode([message, metadata]))
        if "messages" in self._modes and isinstance(message, BaseMessage):
            yield from self._map_whole_message(message, metadata, chunk.namespace)

    def _map_whole_message(
        self, message: BaseMessage, metadata: dict[str, Any], namespace: tuple[str, ...]
    ) -> Iterator[WireEvent]:
        key = message.id or ""
        known = self._messages.get(key)
        partial = isinstance(message, BaseMessageChunk)
        if known is None:
            opening = encode({key: {"metadata": metadata}})
            yield WireEvent(_name("messages/metadata", namespace), opening)
        if partial and isinstance(known, BaseMessageChunk):
            message = known + message
        self._messages[key] = message
        whole = message_chunk_to_message(message) if isinstance(message, BaseMessageChunk) else message
        name = "messages/partial" if partial else "messages/complete"
        yield WireEvent(_name(name, namespace), encode([whole]))


def _name(mode: str, namespace: tuple[str, ...]) -> str:
    return NAMESPACE_SEPARATOR.join((mode, *namespace))


def _payload(chunk: Chunk) -> Any:
    if chunk.mode == "checkpoints":
        return _checkpoint_payload(chunk.payload)
    if chunk.mode == "debug" and chunk.payload.get("type") == "checkpoint":
        return {**chunk.payload, "payload": _checkpoint_payload(chunk.payload["payload"])}
    return chunk.payload


def _checkpoint_payload(payload: dict[str, Any]) -> dict[str, Any]:
    config, parent = payload.get("config"), payload.get("parent_config")
    return {
        **payload,
        "config": _public_config(config),
        "parent_config": _public_config(parent),
        "checkpoint": checkpoint_of(config),
        "parent_checkpoint": checkpoint_of(parent),
        "tasks": [_public_task(task) for task in payload.get("tasks", ())],
    }


def _public_task(task: dict[str, Any]) -> dict[str, Any]:
    state = task.get("state")
    if isinstance(state, dict) and "configurable" in state:
        return {**task, "state": None, "checkpoint": checkpoint_of(state)}
    return task


def checkpoint_of(config: Any) -> dict[str, Any] | None:
    """Return the place that a config names: thread, namespace, id and, for subgraphs, the map."""
    configurable = (config or {}).get("configurable")
    if not configurable:
        return None
    place = {
        "checkpoint_id": configurable.get("checkpoint_id"),
        "thread_id": configurable.get("thread_id"),
        "checkpoint_ns": configurable.get("checkpoint_ns", ""),
    }
    if configurable.get("checkpoint_map"):
        place["checkpoint_map"] = configurable["checkpoint_map"]
    return place


def _public_config(config: Any) -> Any:
    if not config:
        return config
    return {**config, "configurable": _public(config.get("configurable", {}))}


def _public(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in fields.items()
        if not key.startswith("__pregel_") and key != AUTH_USER_KEY
    }
