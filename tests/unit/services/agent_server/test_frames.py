"""Encoded events, taken apart."""

import pytest

from services.agent_server.events.frames import (
    last_event_id,
    only_modes,
    read_frame,
    split_frames,
    wanted_modes,
)
from services.agent_server.events.stream_events import WireEvent

NAMES = ("metadata", "values", "messages", "messages/partial", "updates|child:1", "custom", "error", "end")
FRAMES = b"".join(WireEvent(name, b'{"a":"\\r\\n"}').frame(number) for number, name in enumerate(NAMES))


def test_frames_are_taken_apart_and_put_together() -> None:
    frames = split_frames(FRAMES)
    assert b"".join(frames) == FRAMES
    assert [read_frame(frame).event.name for frame in frames] == list(NAMES)
    assert read_frame(frames[3]) == (WireEvent("messages/partial", b'{"a":"\\r\\n"}'), 3)
    assert read_frame(WireEvent("end", b"null").frame()).event_id is None


def test_the_last_id_is_where_a_reader_goes_on() -> None:
    assert last_event_id(FRAMES, -1) == 7
    assert last_event_id(b"", 4) == 4
    assert last_event_id(WireEvent("error", b"1").frame(), 4) == 4


@pytest.mark.parametrize(
    ("modes", "names"),
    [
        (["values"], ["metadata", "values", "error", "end"]),
        (["messages-tuple"], ["metadata", "messages", "error", "end"]),
        (["messages"], ["metadata", "messages/partial", "error", "end"]),
        (["updates", "custom"], ["metadata", "updates|child:1", "custom", "error", "end"]),
    ],
)
def test_only_the_asked_modes_are_left(modes: list[str], names: list[str]) -> None:
    left = only_modes(FRAMES, wanted_modes(modes))
    assert [read_frame(frame).event.name for frame in split_frames(left)] == names
