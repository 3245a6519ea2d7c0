"""Answers of the supervisor itself, without a routing decision or an agent."""

from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage
from langgraph.config import get_stream_writer
from langgraph.runtime import Runtime

from graph.conversation_id import conversation_id
from graph.history import last_question, marks
from graph.reasons import ReasonCode, because
from graph.routing import Route
from graph.state import SupervisorState
from narutalk.events import FinalEvent, RouteEvent, TokenEvent
from narutalk.languages import Language
from narutalk.registry import GENERAL_INTENT


def close_turn(
    state: SupervisorState, runtime: Runtime[None], text: str, language: Language, code: ReasonCode
) -> dict[str, Any]:
    """Stream an answer as a whole turn's events, and return what the state keeps of it.

    Args:
        state: Holds the question.
        runtime: Of the node.
        text: The answer.
        language: Of the answer.
        code: Why no agent is needed.
    """
    question = last_question(state["messages"])
    route = Route(intent=GENERAL_INTENT, confidence=1, language=language, reason=because(code))
    info = runtime.execution_info
    final = FinalEvent(
        response=text,
        intent=route.intent,
        service_used=GENERAL_INTENT,
        confidence=route.confidence,
        conversation_id=conversation_id(runtime),
        message_id=str(question.id),
        run_id=info.run_id if info else None,
        agents=[],
        citations=[],
    )
    for event in (
        RouteEvent(delegations=[], confidence=1, method=route.method, intent=route.intent),
        TokenEvent(text=text),
        final,
    ):
        get_stream_writer()(event.model_dump(mode="json"))
    answer = AIMessage(text, id=str(uuid4()), response_metadata=marks([], recalled=True))
    return {"messages": [answer], "route": route, "final": final}
