"""What graphs produce becomes JSON."""

import json
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import pytest
from langchain_core.messages import HumanMessage
from langgraph.types import Send
from pydantic import BaseModel

from services.agent_server.serialization import decode, encode


class Model(BaseModel):
    inner: frozenset[str]


class Pair(NamedTuple):
    left: int
    right: int


@dataclass
class Data:
    text: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Model(inner=frozenset({"a"})), {"inner": ["a"]}),
        (Pair(1, 2), {"left": 1, "right": 2}),
        (Data("x"), {"text": "x"}),
        (deque([1]), [1]),
        (Send("node", {"a": 1}), {"node": "node", "arg": {"a": 1}}),
        (ValueError("no"), {"error": "ValueError", "message": "no"}),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00+00:00"),
        (Decimal("1.5"), "1.5"),
        (PurePosixPath("/a"), "/a"),
        (b"x", "x"),
        ({1: "a", None: "b"}, {"1": "a", "null": "b"}),
        (float("nan"), None),
    ],
)
def test_encodes(value: Any, expected: Any) -> None:
    assert json.loads(encode(value)) == expected


def test_messages_are_their_fields() -> None:
    assert list(json.loads(encode(HumanMessage("hi", id="1")))) == [
        "content",
        "additional_kwargs",
        "response_metadata",
        "type",
        "name",
        "id",
    ]


@pytest.mark.parametrize("value", ["\ud800 x", {"a": ["\udfff"]}, {"m": 2**70}, [{(1, 2): "\ud800"}]])
def test_what_json_libraries_refuse_is_encoded_all_the_same(value: Any) -> None:
    assert decode(encode(value).decode()) is not None


def test_an_object_without_fields_is_its_text() -> None:
    class Odd:
        def __repr__(self) -> str:
            return "<odd>"

    assert json.loads(encode({"odd": Odd()})) == {"odd": "<odd>"}
