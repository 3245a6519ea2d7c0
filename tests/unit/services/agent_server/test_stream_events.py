"""Chunks of a graph become events of the wire."""

from typing import Any

import orjson
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langgraph.types import Interrupt

from narutalk.identity import Identity
from services.agent_server.events.stream_events import Chunk, StreamMapper, WireEvent, graph_modes, read_chunk


def mapped(modes: list[str], *chunks: Chunk) -> list[tuple[str, Any]]:
    mapper = StreamMapper(modes)
    return [(event.name, orjson.loads(event.data)) for chunk in chunks for event in mapper.map(chunk)]


@pytest.mark.parametrize(
    ("wire", "graph"),
    [
        (["values"], ["values"]),
        (["updates"], ["updates", "values"]),
        (["messages-tuple", "messages", "events"], ["messages", "values"]),
    ],
)
def test_modes_of_the_wire_are_modes_of_the_graph(wire: list[str], graph: list[str]) -> None:
    assert graph_modes(wire) == graph


def test_reads_chunks_with_and_without_a_namespace() -> None:
    assert read_chunk(("values", {"a": 1})) == Chunk((), "values", {"a": 1})
    assert read_chunk((("child:1",), "values", {"a": 1})) == Chunk(("child:1",), "values", {"a": 1})


def test_values_that_nobody_asked_for_are_not_sent() -> None:
    assert mapped(["updates"], Chunk((), "values", {}), Chunk((), "updates", {"n": None})) == [
        ("updates", {"n": None})
    ]


def test_the_namespace_is_behind_the_name() -> None:
    chunk = Chunk(("a:1", "b:2"), "updates", {})
    assert mapped(["updates"], chunk)[0][0] == "updates|a:1|b:2"


def test_interrupts_keep_their_fields() -> None:
    [(_, data)] = mapped(["updates"], Chunk((), "updates", {"__interrupt__": (Interrupt("why?", id="1"),)}))
    assert data == {"__interrupt__": [{"value": "why?", "id": "1", "response_schema": None}]}


def test_chunks_of_a_message_are_summed_up_by_id() -> None:
    chunks = [
        Chunk((), "messages", (AIMessageChunk(content=text, id="m"), {"node": "n"})) for text in ("a", "b")
    ]
    found = mapped(["messages"], *chunks)
    assert [name for name, _ in found] == ["messages/metadata", "messages/partial", "messages/partial"]
    assert found[0][1] == {"m": {"metadata": {"node": "n"}}}
    assert (found[-1][1][0]["content"], found[-1][1][0]["type"]) == ("ab", "ai")


def test_messages_that_alternate_do_not_mix() -> None:
    order = [("x", "1"), ("y", "2"), ("x", "3")]
    chunks = [Chunk((), "messages", (AIMessageChunk(content=text, id=key), {})) for key, text in order]
    partials = [
        data[0]["content"] for name, data in mapped(["messages"], *chunks) if name == "messages/partial"
    ]
    assert partials == ["1", "2", "13"]


def test_a_whole_message_replaces_its_chunks() -> None:
    streamed = Chunk((), "messages", (AIMessageChunk(content="a", id="m"), {}))
    whole = Chunk((), "messages", (AIMessage("abc", id="m"), {}))
    assert mapped(["messages"], streamed, whole)[-1] == (
        "messages/complete",
        [orjson.loads(orjson.dumps(AIMessage("abc", id="m").model_dump()))],
    )


def test_tuples_carry_the_chunk_and_its_metadata() -> None:
    chunk = Chunk(("c:1",), "messages", (AIMessageChunk(content="a", id="m"), {"langgraph_node": "n"}))
    [(name, data)] = mapped(["messages-tuple"], chunk)
    assert name == "messages|c:1"
    assert (data[0]["type"], data[0]["tool_call_chunks"], data[1]) == (
        "AIMessageChunk",
        [],
        {"langgraph_node": "n"},
    )


def test_checkpoints_say_their_place_and_not_who_runs_them() -> None:
    config = {
        "configurable": {
            "thread_id": "t",
            "checkpoint_ns": "",
            "checkpoint_id": "c",
            "langgraph_auth_user": Identity(user_id="u", username="secret"),
            "__pregel_send": object(),
        }
    }
    payload: dict[str, Any] = {
        "config": config,
        "parent_config": None,
        "values": {},
        "metadata": {},
        "next": [],
        "tasks": [],
    }
    [(_, data)] = mapped(["checkpoints"], Chunk((), "checkpoints", payload))
    assert data["checkpoint"] == {"checkpoint_id": "c", "thread_id": "t", "checkpoint_ns": ""}
    assert data["parent_checkpoint"] is None
    assert set(data["config"]["configurable"]) == {"thread_id", "checkpoint_ns", "checkpoint_id"}


def test_hidden_callbacks_are_not_sent() -> None:
    mapper = StreamMapper(["events"])
    assert list(mapper.map_callback({"event": "on_chain_start", "tags": ["langsmith:hidden"]})) == []
    [event] = mapper.map_callback(
        {"event": "on_chain_start", "tags": [], "data": {"input": HumanMessage("x")}}
    )
    assert orjson.loads(event.data)["data"]["input"]["content"] == "x"


def test_a_frame_ends_lines_with_crlf() -> None:
    assert WireEvent("values", b"{}").frame(7) == b"event: values\r\ndata: {}\r\nid: 7\r\n\r\n"
    assert WireEvent("values", b"{}").frame() == b"event: values\r\ndata: {}\r\n\r\n"
