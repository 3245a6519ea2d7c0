"""A question that is asked again: what an earlier, broken run left behind it is dropped first."""

from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain_core.messages import HumanMessage, RemoveMessage
from langgraph.runtime import Runtime


class AskedAgain(AgentMiddleware):
    """Begins a repeated question anew.

    A question has a fixed id, so that asking again replaces it where it stands. Behind it may be the calls of
    a run whose process was killed: without their results a model provider refuses them, and with them the
    tools' sources would not be streamed again.

    Repeating is right as long as tools only read. A tool that changes something must look up whether the call
    (its id, or the question's id and its arguments) was carried out before, and answer with that result.
    """

    async def abefore_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Drop everything behind the last question."""
        left_behind = []
        for message in reversed(state["messages"]):
            if isinstance(message, HumanMessage):
                break
            left_behind.append(message)
        if not left_behind:
            return None
        return {"messages": [RemoveMessage(id=str(message.id)) for message in left_behind]}
