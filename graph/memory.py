"""What the supervisor recalls before it routes, and what it keeps for the next turn."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage

from graph.state import SupervisorState
from narutalk.errors import InvalidInput


def recall(state: SupervisorState) -> dict[str, Any]:
    """Begin a turn: the results of the turn before are dropped, its delegations stay for follow-ups.

    Raises:
        InvalidInput: ``message_missing``.
    """
    last_question(state.get("messages", []))
    return {"results": None, "sent": [], "final": None, "previous": state.get("previous", [])}


def last_question(messages: Sequence[AnyMessage]) -> HumanMessage:
    """Return the question of this turn.

    Raises:
        InvalidInput: ``message_missing``.
    """
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            return message
    raise InvalidInput("There is no question among the messages.", code="message_missing")
