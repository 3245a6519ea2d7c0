"""Encoded events, as they lie in logs and in the database and go over the wire. Pure functions on bytes."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.agent_server.events.stream_events import NAMESPACE_SEPARATOR, WireEvent

FRAME_END = b"\r\n\r\n"
ALWAYS_SENT = frozenset({"metadata", "error", "end"})

_EVENT, _DATA, _TIME, _ID = b"event: ", b"data: ", b"time: ", b"id: "

END = WireEvent("end", b"null")
DROPPED = WireEvent(
    "error",
    b'{"error":"EventsDropped","message":"The run sent more events than are kept for a late reader."}',
)


class Frame(NamedTuple):
    """One encoded event, taken apart.

    Attributes:
        event: Its name, its data and, where it has one, its time.
        event_id: None where it has no ``id`` line.
    """

    event: WireEvent
    event_id: int | None


def split_frames(frames: bytes) -> list[bytes]:
    """Return consecutive events one by one. Data holds no line end, so that none is cut."""
    return [frame + FRAME_END for frame in frames.split(FRAME_END) if frame]


def read_frame(frame: bytes) -> Frame:
    """Return one encoded event, taken apart."""
    name, data, time_ms, event_id = "", b"", None, None
    for line in frame.split(b"\r\n"):
        if line.startswith(_EVENT):
            name = line[len(_EVENT) :].decode()
        elif line.startswith(_DATA):
            data = line[len(_DATA) :]
        elif line.startswith(_TIME):
            time_ms = int(line[len(_TIME) :])
        elif line.startswith(_ID):
            event_id = int(line[len(_ID) :])
    return Frame(WireEvent(name, data, time_ms), event_id)


def last_event_id(frames: bytes, default: int) -> int:
    """Return the id of the last event; ``default`` where it has none."""
    event_id = read_frame(split_frames(frames)[-1]).event_id if frames else None
    return default if event_id is None else event_id


def only_modes(frames: bytes, modes: Collection[str]) -> bytes:
    """Return the events of some of the wire's stream modes, and those that every stream has."""
    return b"".join(frame for frame in split_frames(frames) if _mode(frame) in modes)


def wanted_modes(modes: Sequence[str]) -> frozenset[str]:
    """Return what `only_modes` lets through for a client that asked for some stream modes."""
    return ALWAYS_SENT | frozenset(modes)


def _mode(frame: bytes) -> str:
    name = frame[len(_EVENT) : frame.index(b"\r\n")].decode().partition(NAMESPACE_SEPARATOR)[0]
    if name == "messages":
        return "messages-tuple"
    return name.partition("/")[0]
