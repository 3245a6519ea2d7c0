"""What the supervisor recalls before it routes, and what it keeps for the next turn."""

from typing import Any

from graph.state import SupervisorState


def recall(state: SupervisorState) -> dict[str, Any]:
    """Begin a turn: the results of the turn before are dropped, its delegations stay for follow-ups."""
    return {"results": None, "previous": state.get("previous", [])}
