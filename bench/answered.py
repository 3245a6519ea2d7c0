"""What one timed turn gives, on either side."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Answered(NamedTuple):
    """A turn that has been answered.

    Attributes:
        response: The answer's text.
        agents: Who worked on it with success.
        total_ms: From the question to the whole answer.
        first_token_ms: From the question to the first piece of the answer's text; None where nobody looked.
        slowest_agent_ms: The longest that one of the agents worked; 0 without any.
    """

    response: str
    agents: frozenset[str]
    total_ms: float
    first_token_ms: float | None = None
    slowest_agent_ms: float = 0.0


def answered(final: Mapping[str, Any], total_ms: float, first_token_ms: float | None = None) -> Answered:
    """Return what a turn gave.

    Args:
        final: The fields of its `final` event, which are those of the ``/api/chat`` answer.
        total_ms: From the question to the whole answer.
        first_token_ms: From the question to the first `token` event.
    """
    agents = frozenset(agent["name"] for agent in final["agents"] if agent["status"] == "success")
    slowest = max((agent["duration_ms"] for agent in final["agents"]), default=0.0)
    return Answered(str(final["response"]), agents, total_ms, first_token_ms, slowest)
