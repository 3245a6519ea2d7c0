"""The supervisor's nodes for long conversations: fold the oldest turns away, and quote them when asked."""

import asyncio
from typing import Any, Literal

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage, RemoveMessage, SystemMessage
from langgraph.constants import TAG_NOSTREAM
from langgraph.runtime import Runtime

from graph.history import PROMPT_CHARS, Summary, foldable, folded, last_question, shortened
from graph.memory.nodes import REMEMBER
from graph.memory.recalled import Recalled
from graph.own_answer import close_turn
from graph.prompts import MEMORY_DATA, SUMMARY_DATA, SUMMARY_PROMPT
from graph.recollection import recollect
from graph.state import SupervisorState
from narutalk.offline import OfflineChatModel
from narutalk.quoting import answered_in

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
        return close_turn(state, runtime, found.text, found.language, "recollection")


def begin(state: SupervisorState) -> Literal["remember", "recollect", "route"]:
    """Return where a turn begins: what is asked of the memory or the conversation needs no routing."""
    if recalled_of(state).command:
        return REMEMBER
    question = last_question(state["messages"])
    found = recollect(state.get("summary") or Summary(), state["messages"], question.text)
    return RECOLLECT if found else ROUTE


def recalled_of(state: SupervisorState) -> Recalled:
    """Return what is known of the person in this turn; nothing where the turn began without a memory."""
    return state.get("memory") or Recalled()


def context(state: SupervisorState) -> list[AnyMessage]:
    """Return what a model is sent of the conversation, the question last.

    Before it stand the summary and what is remembered of the person, both as data, and the last messages.
    """
    summary, recalled = state.get("summary"), recalled_of(state)
    *recent, question = state["messages"][-RECENT_MESSAGES:]
    if isinstance(question, HumanMessage):
        language = answered_in(recalled.preferred_language())
        question = HumanMessage(recalled.question(question.text), id=question.id, **language)
    known = memory_data(recalled)
    if summary is None:
        return [*recent, *known, question]
    told = summary.text(last_question([*recent, question]).text)
    return [HumanMessage(SUMMARY_DATA.format(summary=told)), *recent, *known, question]


def memory_data(recalled: Recalled) -> list[AnyMessage]:
    """Return what is remembered of the person as a message that quotes it; none when that is nothing."""
    told = recalled.told()
    return [HumanMessage(MEMORY_DATA.format(memories=told))] if told else []
