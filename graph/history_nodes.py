"""The supervisor's nodes for long conversations: fold the oldest turns away, and quote them when asked."""

import asyncio
from typing import Any, Literal
from uuid import uuid4

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, SystemMessage
from langgraph.config import get_stream_writer
from langgraph.constants import TAG_NOSTREAM
from langgraph.runtime import Runtime

from graph.history import PROMPT_CHARS, Summary, foldable, folded, marks, shortened
from graph.memory import last_question
from graph.prompts import SUMMARY_DATA, SUMMARY_PROMPT
from graph.reasons import because
from graph.recollection import recollect
from graph.routing import Route
from graph.state import SupervisorState
from narutalk.events import FinalEvent, RouteEvent, TokenEvent
from narutalk.offline import OfflineChatModel
from narutalk.registry import GENERAL_INTENT

RECOLLECT: Literal["recollect"] = "recollect"
FOLD: Literal["fold"] = "fold"
ROUTE: Literal["route"] = "route"
SUMMARY_SECONDS = 8.0
WRITTEN_CHARS = 3_000
MESSAGE_CHARS = 1_500
RECENT_MESSAGES = 8

logger = structlog.get_logger(__name__)


class History:
    """What the nodes work with.

    Args:
        model: Writes summaries; the offline model leaves it at what is extracted.
        timeout_seconds: How long it may take.
    """

    def __init__(self, model: BaseChatModel, *, timeout_seconds: float = SUMMARY_SECONDS) -> None:
        self._model = model
        self._timeout_seconds = timeout_seconds

    async def fold(self, state: SupervisorState) -> dict[str, Any]:
        """Fold the oldest turns into the summary once the messages are over their budget."""
        turns = foldable(state["messages"])
        if not turns:
            return {}
        before = state.get("summary") or Summary()
        summary = folded(before, turns)
        gone = [message for turn in turns for message in turn]
        if not isinstance(self._model, OfflineChatModel):
            written = await self._write(before.text(), gone)
            summary = summary.model_copy(update={"written": written})
        return {"summary": summary, "messages": [RemoveMessage(id=str(message.id)) for message in gone]}

    async def _write(self, before: str, messages: list[AnyMessage]) -> str:
        """Return the model's summary; empty when it fails or takes too long, as the notes say the same."""
        told = "\n".join(f"{message.type}: {shortened(message.text, MESSAGE_CHARS)}" for message in messages)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                reply = await self._model.ainvoke(
                    [SystemMessage(SUMMARY_PROMPT), HumanMessage(f"{before}\n\n{told}"[-4 * PROMPT_CHARS :])],
                    {"tags": [TAG_NOSTREAM]},
                )
        except Exception as error:  # whatever a provider raises: the turn is answered
            logger.warning("summary without the model", error=repr(error)[:300])
            return ""
        return reply.text[:WRITTEN_CHARS]

    async def recollect(self, state: SupervisorState, runtime: Runtime[None]) -> dict[str, Any]:
        """Answer a question about the conversation, and close the turn."""
        question = last_question(state["messages"])
        found = recollect(state.get("summary") or Summary(), state["messages"], question.text)
        if found is None:
            raise RuntimeError("`begin` leads here only when something is found.")
        route = Route(
            intent=GENERAL_INTENT, confidence=1, language=found.language, reason=because("recollection")
        )
        info = runtime.execution_info
        final = FinalEvent(
            response=found.text,
            intent=route.intent,
            service_used=GENERAL_INTENT,
            confidence=route.confidence,
            conversation_id=(info.thread_id if info else None) or str(uuid4()),
            message_id=str(question.id),
            run_id=info.run_id if info else None,
            agents=[],
            citations=[],
        )
        for event in (
            RouteEvent(delegations=[], confidence=1, method=route.method, intent=route.intent),
            TokenEvent(text=found.text),
            final,
        ):
            get_stream_writer()(event.model_dump(mode="json"))
        answer = AIMessage(found.text, id=str(uuid4()), response_metadata=marks([], recalled=True))
        return {"messages": [answer], "route": route, "final": final}


def begin(state: SupervisorState) -> Literal["recollect", "route"]:
    """Return where a turn begins: a question about the conversation itself needs no routing."""
    question = last_question(state["messages"])
    found = recollect(state.get("summary") or Summary(), state["messages"], question.text)
    return RECOLLECT if found else ROUTE


def context(state: SupervisorState) -> list[AnyMessage]:
    """Return what a model is sent of the conversation: the summary as data, and the last messages."""
    summary = state.get("summary")
    recent = state["messages"][-RECENT_MESSAGES:]
    if summary is None:
        return recent
    told = summary.text(last_question(recent).text)
    return [HumanMessage(SUMMARY_DATA.format(summary=told)), *recent]
