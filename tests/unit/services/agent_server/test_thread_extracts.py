"""Single values of a thread by path."""

from typing import Any

import pytest

from narutalk.errors import InvalidInput
from services.agent_server.threads.extracts import extract, parse_path

THREAD = {
    "values": {"messages": [{"content": "a", "tags": [1, 2]}, {"content": "b"}], "odd key": {"x": None}},
    "metadata": {"n": 0},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata", {"n": 0}),
        ("metadata.n", 0),
        ("values.messages[0].content", "a"),
        ("values.messages[-1].content", "b"),
        ("values.messages[*].content", ["a", "b"]),
        ("values.messages[*].tags[*]", [[1, 2], None]),
        ("values.odd key.x", None),
        ("values.messages[2]", None),
        ("values.messages.content", None),
        ("metadata.n.deeper[0]", None),
        ("metadata[0]", None),
        ("interrupts.a", None),
    ],
)
def test_follows_a_path(path: str, expected: Any) -> None:
    assert extract(THREAD, parse_path(path)) == expected


@pytest.mark.parametrize(
    "path", ["", "thread_id", "values..x", "values.", ".values", "values[x]", "values[1"]
)
def test_refuses_a_malformed_path(path: str) -> None:
    with pytest.raises(InvalidInput):
        parse_path(path)
