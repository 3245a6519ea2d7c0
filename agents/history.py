"""What an agent makes of the history it finds when a question comes."""

from collections.abc import Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime

KEPT_TOKENS = 8_000
"""What an agent keeps of its thread when a question comes; the supervisor's summary has what was before."""
STOPPED = "This was stopped before it ended. It may have been carried out all the same."


class TidyHistory(AgentMiddleware):
    """Begins a repeated question anew, and closes the tool calls that were stopped before it.

    A question has a fixed id, so that asking again replaces it where it stands. What an earlier run left
    behind it is dropped: otherwise the tools' sources would not be streamed again. A tool that
    changes something is kept from doing it twice by `narutalk.idempotency`.

    Before the question there may be calls without a result: of a run that was cancelled, or that waited
    for a person who asked something else instead. Model providers refuse such a history, so each
    gets a result that says so.

    The oldest turns go, whole ones, so that the thread stays within `KEPT_TOKENS` however long it is used.
    """

    async def abefore_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Drop everything behind the last question and what is too long ago, and mend what is between."""
        messages = state["messages"]
        kept = _to_the_last_question(messages)
        mended = latest_turns(with_all_results(kept))
        if [message.id for message in mended] != [message.id for message in kept]:
            return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *mended]}
        left_behind = messages[len(kept) :]
        if not left_behind:
            return None
        return {"messages": [RemoveMessage(id=str(message.id)) for message in left_behind]}


def with_all_results(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return a history in which every tool call has a result, those that had none right behind their call."""
    ended = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    mended: list[AnyMessage] = []
    for message in messages:
        mended.append(message)
        if isinstance(message, AIMessage):
            mended += [
                ToolMessage(STOPPED, name=call["name"], tool_call_id=call["id"], status="error")
                for call in message.tool_calls
                if call["id"] not in ended
            ]
    return mended


def latest_turns(messages: Sequence[AnyMessage], tokens: int = KEPT_TOKENS) -> Sequence[AnyMessage]:
    """Return the latest whole turns within a budget; the last question stays whatever its length."""
    start = len(messages)
    for position in range(len(messages) - 1, -1, -1):
        tokens -= count_tokens_approximately([messages[position]])
        if tokens < 0 and start < len(messages):
            break
        if isinstance(messages[position], HumanMessage):
            start = position
    return messages[start:] if start < len(messages) else messages


def _to_the_last_question(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    for position in range(len(messages), 0, -1):
        if isinstance(messages[position - 1], HumanMessage):
            return messages[:position]
    return messages
