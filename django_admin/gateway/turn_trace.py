"""The trace of a turn: its root run, below which the router and the agents put theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from django_admin.conversations.actions import Outcome
from django_admin.conversations.models import Message
from narutalk.identity import Identity
from narutalk.telemetry.tracing.parent import TRACE_HEADER
from narutalk.telemetry.tracing.process import start_tree

if TYPE_CHECKING:
    from langsmith.run_trees import RunTree

ROOT_NAME = "turn"

logger = structlog.get_logger(__name__)


class TurnTrace:
    """A turn's root run.

    Args:
        root: None when this process traces nothing.

    Attributes:
        trace_id: Of the whole tree; empty when there is none.
        headers: Put the router's run below this one.
    """

    def __init__(self, root: RunTree | None) -> None:
        self._root = root
        self.trace_id = str(root.id) if root else ""
        self.headers = {TRACE_HEADER: root.dotted_order} if root else {}

    def end(self, outcome: Outcome) -> None:
        """Say how the turn ended."""
        if self._root is None:
            return
        outputs = {
            "status": outcome.status.value,
            "answer": outcome.content,
            "service_used": outcome.service_used,
            "agents": outcome.agents,
            "usage": outcome.usage,
        }
        error = f"{outcome.error_code}: {outcome.error_message}" if outcome.error_code else None
        with _costs_the_trace_only():
            self._root.end(outputs=outputs, error=error)
            self._root.patch()


def start_turn_trace(question: Message, identity: Identity) -> TurnTrace:
    """Begin the trace of a question's turn."""
    root = None
    with _costs_the_trace_only():
        root = start_tree(
            ROOT_NAME,
            inputs={"question": question.content},
            metadata={
                "conversation_id": str(question.conversation_id),
                "message_id": str(question.pk),
                "user_id": identity.user_id,
                "language": question.language,
            },
        )
    return TurnTrace(root)


@contextmanager
def _costs_the_trace_only() -> Iterator[None]:
    """Log whatever the SDK raises: the turn goes on without a trace."""
    try:
        yield
    except Exception:
        logger.exception("a turn was not traced")
