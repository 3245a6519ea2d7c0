"""The pure parts of the event protocol: what is recorded, how it is shown, and to whom."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Interrupt
from pydantic import ValidationError

from narutalk.errors import InvalidInput
from narutalk.process import RUN_INTERRUPTED
from services.agent_server.event_protocol.envelopes import Envelope, RunView, first_seq, time_of_seq
from services.agent_server.event_protocol.recording import EventRecorder, encode_compact
from services.agent_server.event_protocol.subscriptions import Subscription
from services.agent_server.events.frames import DROPPED, Frame, read_frame
from services.agent_server.events.stream_events import WireEvent

CREATED = datetime(2026, 11, 26, 5, tzinfo=UTC)


def event(method: str, data: Any, namespace: tuple[str, ...] = (), **params: Any) -> Any:
    shown = {"namespace": list(namespace), "timestamp": 1, "data": data, **params}
    return {"type": "event", "method": method, "params": shown}


def record(*events: Any) -> list[tuple[str, Any]]:
    recorder = EventRecorder()
    found = [wire for given in events for wire in recorder.map(given)]
    return [(wire.name, json.loads(wire.data)) for wire in [*found, *recorder.flush()]]


def view(*events: tuple[str, Any], **options: Any) -> list[dict[str, Any]]:
    shown = RunView(run_id="r", graph_id="g", created_at=CREATED)
    for name, value in options.items():
        setattr(shown, name, value)
    frames = [
        Frame(WireEvent(name, json.dumps(data).encode(), 1000 + number), number)
        for number, (name, data) in enumerate(events)
    ]
    return [json.loads(envelope.encode()) for frame in frames for envelope in shown.map(frame)]


def told(envelopes: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(entry["method"], entry["params"]["data"]) for entry in envelopes]


def checkpoint(number: int) -> Any:
    place = {"configurable": {"checkpoint_id": f"c{number}"}}
    older = {"configurable": {"checkpoint_id": f"c{number - 1}"}} if number else None
    return {"config": place, "parent_config": older, "metadata": {"step": number, "source": "loop"}}


def test_a_checkpoint_goes_before_its_values() -> None:
    recorded = record(
        event("values", {"a": 1}), event("checkpoints", checkpoint(1)), event("values", {"a": 2})
    )
    assert [name for name, _ in recorded] == ["protocol/checkpoints", "values", "values"]
    shown = {"id": "c1", "parent_id": "c0", "step": 1, "source": "loop"}
    assert recorded[0][1] == {"data": shown}


def test_values_without_a_checkpoint_wait_for_nothing_else() -> None:
    recorded = record(event("values", {"a": 1}), event("updates", {"n": {}}))
    assert [name for name, _ in recorded] == ["values", "updates"]


def test_a_checkpoint_of_a_subgraph_leaves_the_graphs_values_waiting() -> None:
    recorded = record(event("values", {}), event("checkpoints", checkpoint(0), ("sub:1",)))
    assert [name for name, _ in recorded] == ["protocol/checkpoints|sub:1", "values"]


def test_values_say_what_the_graph_asks() -> None:
    asked = (Interrupt(value="ok?", id="i1"),)
    recorder = EventRecorder()
    list(recorder.map(event("values", {"a": 1}, interrupts=asked)))
    assert recorder.values == {"a": 1, "__interrupt__": list(asked)}
    list(recorder.map(event("values", {"a": 1}, ("sub:1",))))
    assert recorder.values is None


def test_parts_of_messages_say_whose_they_are() -> None:
    metadata = {"langgraph_node": "talk", "run_id": "call"}
    start, delta = {"event": "message-start", "id": "m1"}, {"event": "content-block-delta", "index": 0}
    recorded = record(event("messages", (start, metadata)), event("messages", (delta, metadata)))
    ours = {"node": "talk", "data": {**delta, "message_id": "m1", "run_id": "call"}}
    assert [part for _, part in recorded] == [{"node": "talk", "data": {**start, "run_id": "call"}}, ours]


def test_a_whole_message_is_sent_in_parts_and_a_humans_is_not() -> None:
    said = event("messages", (AIMessage("hi", id="m1"), {}))
    recorded = record(said, event("messages", (HumanMessage("you", id="m2"), {})))
    parts = [part["data"] for _, part in recorded]
    assert [part["event"] for part in parts] == [
        "message-start",
        "content-block-start",
        "content-block-delta",
        "content-block-finish",
        "message-finish",
    ]
    assert {part.get("message_id", part.get("id")) for part in parts} == {"m1"}


def test_lifecycle_tasks_and_named_channels_are_recorded_where_they_belong() -> None:
    started = {"event": "started", "namespace": ["sub:1"], "graph_name": "sub"}
    recorded = record(
        event("lifecycle", started),
        event("custom:recorded_tasks", (["sub:1"], {"id": "t"})),
        event("custom:mine", 3),
        event("lifecycle", {"event": "completed", "namespace": ["sub:1"]}),
        event("unknown", object()),
    )
    assert recorded == [
        ("protocol/lifecycle|sub:1", {"data": started}),
        ("tasks|sub:1", {"id": "t"}),
        ("protocol/custom", {"data": {"name": "mine", "payload": 3}}),
        ("protocol/lifecycle|sub:1", {"data": {**started, "event": "completed"} | {"namespace": ["sub:1"]}}),
    ]


def test_messages_lose_the_fields_that_say_nothing() -> None:
    assert json.loads(encode_compact([HumanMessage("hi", id="1"), AIMessage("", id="2")])) == [
        {"content": "hi", "type": "human", "id": "1"},
        {"content": "", "type": "ai", "id": "2"},
    ]
    assert json.loads(encode_compact({"text": "\ud800"})) == {"text": "\ud800"}


def test_a_run_is_shown_from_its_start_to_its_end() -> None:
    shown = view(("metadata", {}), ("values|sub:1", {"a": 1}), ("custom", 3), ("end", None))
    assert told(shown) == [
        ("lifecycle", {"event": "running", "graph_name": "g"}),
        ("values", {"a": 1}),
        ("custom", 3),
        ("lifecycle", {"event": "completed", "graph_name": "g"}),
    ]
    assert [entry["seq"] - first_seq(CREATED) for entry in shown] == [1, 2, 3, 4]
    assert [entry["params"]["timestamp"] for entry in shown] == [1000, 1001, 1002, 1003]
    assert shown[1]["params"]["namespace"] == ["sub:1"]
    assert [entry["event_id"] for entry in shown[:2]] == ["synth:r:lc||running", "r-2"]


def test_an_interrupt_is_asked_once_where_it_was_raised() -> None:
    asked = {"__interrupt__": [{"id": "i1", "value": "ok?"}]}
    shown = view(
        ("updates|sub:1", asked), ("values|sub:1", {"a": 1, **asked}), ("values", asked), ("end", None)
    )
    assert told(shown) == [
        ("input.requested", {"interrupt_id": "i1", "payload": "ok?", "value": "ok?"}),
        ("values", {"a": 1}),
        ("lifecycle", {"event": "interrupted", "graph_name": "g"}),
    ]
    assert shown[0]["params"]["namespace"] == ["sub:1"]
    assert shown[0]["event_id"] == "synth:r:input|sub:1|i1"


def test_a_text_may_look_like_an_interrupt() -> None:
    shown = view(("values", {"text": '"__interrupt__"'}), ("end", None))
    assert told(shown)[-1][1]["event"] == "completed"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ({"error": "ValueError", "message": "boom"}, {"event": "failed", "graph_name": "g", "error": "boom"}),
        ({"error": RUN_INTERRUPTED, "message": "x"}, {"event": "interrupted", "graph_name": "g"}),
    ],
)
def test_a_run_ends_once(error: dict[str, str], state: dict[str, str]) -> None:
    assert told(view(("error", error), ("end", None))) == [("lifecycle", state)]


def test_what_only_tells_of_lost_events_is_no_failure() -> None:
    shown = RunView(run_id="r", graph_id="g", created_at=CREATED)
    assert list(shown.map(read_frame(DROPPED.frame()))) == []


def test_what_a_run_stopped_for_is_told_without_its_events() -> None:
    shown = view(("end", None), interrupts=[{"id": "i1", "value": 1}])
    assert [entry["method"] for entry in shown] == ["input.requested", "lifecycle"]
    assert shown[1]["params"]["data"]["event"] == "interrupted"


def test_numbers_follow_the_runs() -> None:
    later = CREATED + timedelta(milliseconds=1)
    assert first_seq(later) - first_seq(CREATED) == 8000
    assert time_of_seq(first_seq(CREATED) + 7) == CREATED
    assert first_seq(datetime(2060, 1, 1, tzinfo=UTC)) < 2**53


def envelope(method: str, namespace: tuple[str, ...] = (), name: str | None = None) -> Envelope:
    return Envelope(1, "e", method, namespace, 1, b'{"data":1}', name)


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        ({"channels": ["values"]}, envelope("values", ("a:1",)), True),
        ({"channels": ["values"]}, envelope("updates"), False),
        ({"channels": ["input"]}, envelope("input.requested"), True),
        ({"channels": ["custom"]}, envelope("custom", name="mine"), True),
        ({"channels": ["custom:mine"]}, envelope("custom", name="mine"), True),
        ({"channels": ["custom:mine"]}, envelope("custom", name="other"), False),
        ({"channels": ["custom:mine"]}, envelope("custom"), False),
        ({"channels": ["values"], "namespaces": [["a"]]}, envelope("values", ("a:1", "b:2")), True),
        ({"channels": ["values"], "namespaces": [["a:2"]]}, envelope("values", ("a:1",)), False),
        ({"channels": ["values"], "namespaces": [["a"]]}, envelope("values"), False),
        (
            {"channels": ["values"], "namespaces": [["a"]], "depth": 0},
            envelope("values", ("a:1", "b")),
            False,
        ),
        ({"channels": ["values"], "namespaces": [["a"]], "depth": 1}, envelope("values", ("a:1", "b")), True),
        ({"channels": ["values"], "namespaces": []}, envelope("values", ("a:1",)), True),
    ],
)
def test_subscriptions_choose(wanted: dict[str, Any], given: Envelope, expected: bool) -> None:
    assert Subscription.model_validate(wanted).wants(given) is expected


def test_unknown_channels_are_named() -> None:
    with pytest.raises(InvalidInput, match="'debug'"):
        Subscription.model_validate({"channels": ["values", "debug"]})
    with pytest.raises(ValidationError):
        Subscription.model_validate({"channels": ["values"], "since": -1})
